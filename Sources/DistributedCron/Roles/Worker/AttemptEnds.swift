/// The attempts of a worker that are to end early, and why.
final class AttemptEnds: Sendable {
    private struct State {
        var reasons: [RunID: RunReason] = [:]
        var bells: [RunID: Bell] = [:]
    }
    private let state = Lock(State())

    /// Asks for the end of a run's attempt, whether it runs or is still to start.
    func cancel(_ cancellation: RunCancellation) {
        let bell = self.state.withLock { state in
            if state.reasons[cancellation.run] == nil { state.reasons[cancellation.run] = cancellation.reason }
            return state.bells[cancellation.run]
        }
        bell?.ring()
    }

    /// Why a run's attempt is to end, or nil if it is not.
    func reason(of run: RunID) -> RunReason? { self.state.withLock { $0.reasons[run] } }

    /// Forgets a run whose attempt has ended.
    func forget(_ run: RunID) { self.state.withLock { $0.reasons[run] = nil } }

    /// Does the work of an attempt, in a task that is cancelled when the end is asked for.
    func untilCancelled(_ run: RunID, _ work: @escaping @Sendable () async -> AttemptReport) async -> AttemptReport {
        let bell = Bell()
        let isCancelled = self.state.withLock { state in
            state.bells[run] = bell
            return state.reasons[run] != nil
        }
        defer { self.state.withLock { $0.bells[run] = nil } }
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
