/// The attempts of a worker that are to end early, and why.
final class AttemptEnds: Sendable {
    private struct Running {
        let bell: Bell
        let conduct: LapseConduct
        let policy: OutagePolicy
    }
    private struct State {
        var reasons: [RunID: RunReason] = [:]
        var running: [RunID: Running] = [:]
    }
    private let state = Lock(State())

    /// Asks for the end of a run's attempt, whether it runs or is still to start.
    func cancel(_ cancellation: RunCancellation) {
        let running = self.state.withLock { state in
            // What somebody asks for is to be, whatever else happened to the attempt.
            if state.reasons[cancellation.run] ?? .lapsed == .lapsed {
                state.reasons[cancellation.run] = cancellation.reason
            }
            return state.running[cancellation.run]
        }
        running?.bell.ring()
    }

    /// Asks for the end of all that runs under a lease and is to stop when that lapses.
    ///
    /// - Returns: The runs of such attempts, and those of them whose end nobody had asked for before.
    func lapse(_ policy: OutagePolicy) -> (running: [RunID], added: [RunID]) {
        let (running, added) = self.state.withLock { state in
            let running = state.running.filter { $0.value.conduct == .stop && $0.value.policy == policy }
            let added = running.filter { state.reasons[$0.key] == nil }
            for run in added.keys { state.reasons[run] = .lapsed }
            return (Array(running.keys), added)
        }
        // Sorted, because a dictionary's order is another in every process, and a simulation could not be replayed.
        let runs = added.keys.sorted()
        for run in runs { added[run]?.bell.ring() }
        return (running.sorted(), runs)
    }

    /// Whether something runs that goes on in an outage.
    var hasOngoing: Bool { self.state.withLock { state in state.running.contains { $0.value.policy == .lease } } }

    /// Why a run's attempt is to end, or nil if it is not.
    func reason(of run: RunID) -> RunReason? { self.state.withLock { $0.reasons[run] } }

    /// Forgets a run whose attempt has ended.
    func forget(_ run: RunID) { self.state.withLock { $0.reasons[run] = nil } }

    /// Does the work of an attempt, in a task that is cancelled when the end is asked for.
    func untilCancelled(
        _ run: RunID,
        onLapse conduct: LapseConduct,
        onOutage policy: OutagePolicy,
        _ work: @escaping @Sendable () async -> AttemptReport
    ) async -> AttemptReport {
        let bell = Bell()
        let isCancelled = self.state.withLock { state in
            state.running[run] = Running(bell: bell, conduct: conduct, policy: policy)
            return state.reasons[run] != nil
        }
        defer { self.state.withLock { $0.running[run] = nil } }
        return await withTaskGroup(of: AttemptReport?.self) { group in
            group.addTask { await work() }
            if isCancelled {
                group.cancelAll()
            } else {
                group.addTask {
                    await bell.wait()
                    return nil
                }
            }
            var report: AttemptReport?
            while let next = await group.next() {
                if let next { report = next }
                group.cancelAll()
            }
            guard let report else { preconditionFailure("the work of an attempt always ends with a report") }
            return report
        }
    }
}
