import DistributedCron

/// The way from one node to one service and back, each direction by itself.
final class Link: Sendable {
    /// What can be wrong with a link.
    struct Condition: Sendable {
        /// The fault by which nothing arrives at the service, if any.
        var outwardCut: FaultKind?
        /// The fault by which nothing arrives at the node, if any.
        var inwardCut: FaultKind?
        /// What each message takes beyond what is normal.
        var delay: ClosedRange<Duration>?
        /// What each answer takes besides.
        var answerLag = Duration.zero
    }
    enum Direction: Sendable { case outward, inward }

    /// What a message takes when nothing is wrong.
    private static let latency = Duration.microseconds(200)...Duration.milliseconds(4)

    private let engine: SimulationEngine
    private let faults: FaultSwitches
    private let state = Lock(Condition())
    private let mended = Broadcast<Void>(())

    init(engine: SimulationEngine, faults: FaultSwitches) {
        self.engine = engine
        self.faults = faults
    }

    var condition: Condition {
        get { self.state.withLock { $0 } }
        set {
            self.state.withLock { $0 = newValue }
            self.mended.send(())
        }
    }

    /// Ends what a fault has done, and nothing that another has done since.
    func mend(_ kind: FaultKind) {
        var condition = self.condition
        if condition.outwardCut == kind { condition.outwardCut = nil }
        if condition.inwardCut == kind { condition.inwardCut = nil }
        if kind == .linkDelayed { (condition.delay, condition.answerLag) = (nil, .zero) }
        self.condition = condition
    }

    /// Whether a message that arrives now in this direction does arrive; a lost one is counted.
    func delivers(_ direction: Direction) -> Bool {
        let cut = self.state.withLock { direction == .outward ? $0.outwardCut : $0.inwardCut }
        guard let cut else { return true }
        switch cut {
        // Counted when the session has run out.
        case .sessionLost, .sessionLostUnnoticed: break
        default: self.faults.count(cut)
        }
        return false
    }

    /// What a message takes that is sent now.
    func latencyOfMessage() -> Duration {
        let usual = self.engine.duration(Self.latency)
        guard let delay = self.condition.delay else { return usual }
        self.faults.count(.linkDelayed)
        return usual + self.engine.duration(delay)
    }

    /// Waits until something arrives in this direction, or the task is cancelled.
    func waitUntilDelivering(_ direction: Direction) async {
        if self.delivers(direction) { return }
        for await _ in self.mended.stream() where self.delivers(direction) { return }
    }
}
