import DistributedCron

/// Tells that something has changed, and counts how often.
final class ChangeSignal: Sendable {
    private let counter = Lock(0)
    private let broadcast = Broadcast<Void>(())

    /// How often something has changed.
    var count: Int { self.counter.withLock { $0 } }

    /// One element at once, and then one whenever something has changed since the last.
    func stream() -> AsyncStream<Void> { self.broadcast.stream() }

    /// Something has changed.
    func send() {
        self.counter.withLock { $0 += 1 }
        self.broadcast.send(())
    }
}
