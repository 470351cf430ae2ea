import DistributedCron

/// A service of a simulated cluster: does what requests ask for, once they have arrived.
final class SimulatedServer: Sendable {
    private enum Condition { case up, down(FaultKind), stalled }
    private struct State {
        var condition = Condition.up
        /// What was sent while it stalled.
        var waiting: [Request] = []
        /// What it does next.
        var accepted: [Request] = []

        mutating func takeAccepted() -> [Request] {
            defer { self.accepted = [] }
            return self.accepted
        }
    }
    private typealias Request = @Sendable () async -> Void
    private let faults: FaultSwitches
    private let state = Lock(State())
    // Not a stream: every request of a simulation comes through here, and streams are not specialized.
    private let bell = Bell()

    init(faults: FaultSwitches) { self.faults = faults }

    /// Serves until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for request in self.state.withLock({ $0.takeAccepted() }) { group.addTask { await request() } }
                await self.bell.wait()
            }
            group.cancelAll()
        }
    }

    /// Takes in a request that has arrived.
    ///
    /// - Returns: Whether there is anybody to take it.
    func accept(_ request: @escaping @Sendable () async -> Void) -> Bool {
        let condition = self.state.withLock { state in
            switch state.condition {
            case .up: state.accepted.append(request)
            case .stalled: state.waiting.append(request)
            case .down: break
            }
            return state.condition
        }
        switch condition {
        case .up: self.bell.ring()
        case .down(let fault): self.faults.count(fault)
        case .stalled: self.faults.count(.storeStall)
        }
        if case .down = condition { return false }
        return true
    }

    /// Whether requests are taken in.
    var isUp: Bool {
        self.state.withLock { state in
            if case .up = state.condition { return true }
            return false
        }
    }

    /// Answers nobody, because of a fault.
    func goDown(_ fault: FaultKind) { self.state.withLock { $0.condition = .down(fault) } }

    /// Answers nobody until it is up again, and then everybody.
    func stall() { self.state.withLock { $0.condition = .stalled } }

    /// Answers.
    func comeUp() {
        self.state.withLock { state in
            state.condition = .up
            state.accepted += state.waiting
            state.waiting = []
        }
        self.bell.ring()
    }
}
