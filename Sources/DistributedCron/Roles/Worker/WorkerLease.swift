/// A worker's lease, shared by the task that renews it and those that act under it.
final class WorkerLease: Sendable {
    private let lease: Lock<Lease>
    private let stopwatch: Stopwatch
    private let renewals = Broadcast<Void>()

    init(length: Duration, clock: any Clock<Duration>) {
        self.lease = Lock(Lease(length: length))
        self.stopwatch = Stopwatch(clock)
    }

    /// The present, as the lease counts it.
    var now: Duration { self.stopwatch.elapsed }

    /// Whether the worker may act now.
    var isValid: Bool { self.lease.withLock { $0.isValid(at: self.now) } }

    /// Waits until the worker may act.
    ///
    /// - Returns: False if the task was cancelled first.
    func waitUntilValid() async -> Bool {
        if self.isValid { return true }
        for await _ in self.renewals.stream() where self.isValid { return true }
        return false
    }

    func acknowledge(sentAt sent: Duration) {
        self.lease.withLock { $0.acknowledge(sentAt: sent) }
        self.renewals.send(())
    }

    func revoke() { self.lease.withLock { $0.revoke() } }
}
