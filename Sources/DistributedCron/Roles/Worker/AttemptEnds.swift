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
        /// Who has attempts that have run here.
        var heirs: [RunID: AttemptEnds] = [:]
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

    /// Asks for the end of a run's attempt as if the lease had lapsed, if it runs.
    func lapse(_ run: RunID) {
        let running = self.state.withLock { state -> Running? in
            guard let running = state.running[run] else { return nil }
            state.reasons[run] = state.reasons[run] ?? .lapsed
            return running
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

    /// Forgets a run whose attempt has ended, here or where it was handed over.
    func forget(_ run: RunID) {
        let heir = self.state.withLock { state in
            state.reasons[run] = nil
            return state.heirs.removeValue(forKey: run)
        }
        heir?.forget(run)
    }

    /// Hands an attempt over that runs and is not to end: from now on its end is asked for there and not here.
    ///
    /// Whoever has it looks at its own lease anew afterwards. Only to those that came later, so that nobody waits in a circle.
    ///
    /// - Returns: Whether it was; an attempt that is to end stays and ends here.
    func handOver(_ run: RunID, to heir: AttemptEnds) -> Bool {
        self.state.withLock { state in
            guard state.reasons[run] == nil, let running = state.running[run], heir.takeOver(run, running) else {
                return false
            }
            state.running[run] = nil
            state.heirs[run] = heir
            return true
        }
    }

    private func takeOver(_ run: RunID, _ running: Running) -> Bool {
        let (isTaken, isToEnd) = self.state.withLock { state in
            guard state.running[run] == nil else { return (false, false) }
            state.running[run] = running
            return (true, state.reasons[run] != nil)
        }
        if isToEnd { running.bell.ring() }
        return isTaken
    }

    /// Lets go of an attempt that has ended, here or where it was handed over.
    private func remove(_ run: RunID, _ bell: Bell) {
        let heir = self.state.withLock { state -> AttemptEnds? in
            guard state.running[run]?.bell === bell else { return state.heirs[run] }
            state.running[run] = nil
            return nil
        }
        heir?.remove(run, bell)
    }

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
        defer { self.remove(run, bell) }
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
