import DistributedCron

/// A service of a simulated cluster: does what requests ask for, once they have arrived.
final class SimulatedServer: Sendable {
    private enum Condition { case up, down(FaultKind), stalled }
    private struct State {
        var condition = Condition.up
        var waiting: [@Sendable () async -> Void] = []
    }
    private let faults: FaultSwitches
    private let state = Lock(State())
    private let requests = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)

    init(faults: FaultSwitches) { self.faults = faults }

    /// Serves until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await request in self.requests.stream { group.addTask { await request() } }
            group.cancelAll()
        }
    }

    /// Takes in a request that has arrived.
    ///
    /// - Returns: Whether there is anybody to take it.
    func accept(_ request: @escaping @Sendable () async -> Void) -> Bool {
        let condition = self.state.withLock { state in
            if case .stalled = state.condition { state.waiting.append(request) }
            return state.condition
        }
        switch condition {
        case .up: self.requests.continuation.yield(request)
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
        let waiting = self.state.withLock { state in
            state.condition = .up
            defer { state.waiting = [] }
            return state.waiting
        }
        for request in waiting { self.requests.continuation.yield(request) }
    }
}
