import DistributedCron

/// At which write of the store a process stops, as SIGSTOP and a long collection of garbage do, and for how long.
final class WriteHold: Sendable {
    /// Whether it stops at this write.
    let isMeant: @Sendable (StoreChange) -> Bool
    let length: Duration
    /// Whether the request has just left then, so that its answer waits for the process; else it leaves late.
    let isSent: Bool
    /// What happens besides, before anything arrives at the store.
    let onReach: @Sendable () -> Void
    private let state = Lock(false)

    init(
        length: Duration = .zero,
        isSent: Bool,
        at isMeant: @escaping @Sendable (StoreChange) -> Bool,
        onReach: @escaping @Sendable () -> Void = {}
    ) {
        self.length = length
        self.isSent = isSent
        self.isMeant = isMeant
        self.onReach = onReach
    }

    /// Whether the process has come to such a write.
    var isReached: Bool { self.state.withLock { $0 } }

    func reach() {
        self.state.withLock { $0 = true }
        self.onReach()
    }
}

extension StoreChange {
    var isClaim: Bool { if case .claims = self { true } else { false } }
    var isAssignment: Bool { if case .assignment = self { true } else { false } }
}
