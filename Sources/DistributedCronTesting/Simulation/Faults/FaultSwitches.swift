import DistributedCron

/// Which faults strike at present and how often, and how many times each has.
final class FaultSwitches: Sendable {
    private struct State {
        var probabilities: [FaultKind: Double] = [:]
        var counts: [FaultKind: Int] = [:]
        var underWayUntil = Duration.zero
    }
    private let engine: SimulationEngine
    private let state = Lock(State())

    init(engine: SimulationEngine) { self.engine = engine }

    /// Makes a fault strike with this probability at each occasion; zero for never.
    func set(_ kind: FaultKind, _ probability: Double) {
        self.state.withLock { $0.probabilities[kind] = probability > 0 ? probability : nil }
    }

    /// Makes nothing strike any more.
    func heal() { self.state.withLock { $0.probabilities = [:] } }

    /// Whether a fault may strike at present.
    func isOn(_ kind: FaultKind) -> Bool { self.state.withLock { $0.probabilities[kind] != nil } }

    /// Whether a fault strikes at this occasion; it is counted then.
    func strikes(_ kind: FaultKind) -> Bool {
        guard self.mayStrike(kind) else { return false }
        self.count(kind)
        return true
    }

    /// Whether a fault is tried at this occasion; it is counted by whoever sees that it has an effect.
    func mayStrike(_ kind: FaultKind) -> Bool {
        let probability = self.state.withLock { $0.probabilities.isEmpty ? nil : $0.probabilities[kind] }
        return probability.map { self.engine.chance($0) } ?? false
    }

    /// Takes note that a fault had an effect.
    func count(_ kind: FaultKind) { self.state.withLock { $0.counts[kind, default: 0] += 1 } }

    /// Takes note of a request that is under way: it arrives whatever becomes right meanwhile.
    func note(arrivalAt time: Duration) {
        self.state.withLock { $0.underWayUntil = max($0.underWayUntil, time) }
    }

    /// When the last request arrives that was sent so far.
    var underWayUntil: Duration { self.state.withLock { $0.underWayUntil } }

    /// How many times each fault had an effect.
    var counts: [FaultKind: Int] { self.state.withLock { $0.counts } }
}
