/// A worker's lease, shared by the task that renews it and those that act under it.
///
/// A worker has one session, so a lease that was revoked stays so.
final class WorkerLease: WatchedLease {
    private struct State {
        var lease: Lease
        var isRevoked = false
    }
    private let state: Lock<State>
    /// Held while a change is made and told, so that the last thing told is what is true.
    private let telling = Lock(())
    private let stopwatch: Stopwatch
    private let renewals = Broadcast<Void>()
    private let reviews = Bell()
    private let onLease: (@Sendable (() -> Duration) -> Void)?

    /// How long an acknowledged heartbeat permits the worker to act.
    let length: Duration

    /// A lease that is still to be given.
    ///
    /// - Parameters:
    ///   - length: How long an acknowledged heartbeat permits the worker to act.
    ///   - clock: Measures that.
    ///   - onLease: Is told for how long the lease is good, whenever it is renewed or revoked.
    init(length: Duration, clock: any Clock<Duration>, onLease: (@Sendable (() -> Duration) -> Void)? = nil) {
        self.length = length
        self.state = Lock(State(lease: Lease(length: length)))
        self.stopwatch = Stopwatch(clock)
        self.onLease = onLease
    }

    /// The present, as the lease counts it.
    var now: Duration { self.stopwatch.elapsed }

    /// Until when the worker may act; nil if it may not.
    var deadline: Duration? { self.state.withLock { $0.lease.deadline } }

    /// Whether the worker may act now.
    var isValid: Bool { self.isGood(for: .zero) }

    /// Whether the worker may act for more than some time from now, even if the lease is not renewed.
    func isGood(for time: Duration) -> Bool { self.state.withLock { $0.lease.isValid(at: self.now + time) } }

    /// Waits until the worker may act for more than some time.
    ///
    /// - Returns: False if the task was cancelled first.
    func waitUntilGood(for time: Duration = .zero) async -> Bool {
        if self.isGood(for: time) { return true }
        for await _ in self.renewals.stream() where self.isGood(for: time) { return true }
        return false
    }

    func acknowledge(sentAt sent: Duration) {
        self.telling.withLock { _ in
            let deadline = self.state.withLock { state in
                if !state.isRevoked { state.lease.acknowledge(sentAt: sent) }
                return state.lease.deadline
            }
            if let deadline { self.onLease?({ max(.zero, deadline - self.now) }) }
        }
        self.renewals.send(())
        self.review()
    }

    func revoke() {
        self.telling.withLock { _ in
            self.state.withLock { state in
                state.isRevoked = true
                state.lease.revoke()
            }
            self.onLease?({ .zero })
        }
        self.review()
    }

    // MARK: Supervising

    /// Has what runs under the lease judged anew.
    func review() { self.reviews.ring() }

    /// Waits for the next review, or until a time on the lease's clock; for one task.
    func waitForReview(until time: Duration?, on clock: any Clock<Duration>) async {
        guard let time else { return await self.reviews.wait() }
        await self.reviews.wait(atMost: time - self.now, on: clock)
    }
}
