import DistributedCron

// What the ledger says of attempts, held against what their processes did: V9.
extension Judge {
    /// An attempt's end is recorded: it is how the attempt's process has ended.
    func checkTruth(of end: Attempt) {
        let fence = end.epoch.fence(attempt: end.number)
        let execution = self.state.withLock { state in
            (state.byRun[end.run] ?? []).map { state.executions[$0] }.last { $0.fence == fence }
        }
        guard !Self.isTrue(end.report, of: execution) else { return }
        let exit = execution.map { $0.exit.map { "\($0)" } ?? "is alive" } ?? "never started"
        self.violated(
            "V9 at least one",
            "attempt \(end.number) of \(end.run) is recorded as \(end.report.outcome), and its process: \(exit)"
        )
    }

    private static func isTrue(_ report: AttemptReport, of execution: Execution?) -> Bool {
        guard let execution else {
            return switch report.outcome {
            case .notStarted, .expired, .cancelled, .lost: report.startedAt == nil
            case .exited, .signaled, .failed, .timedOut: false
            }
        }
        switch report.outcome {
        case .exited(let code): return execution.exit == .code(code)
        case .signaled(let number): return execution.exit == .signal(number)
        case .timedOut:
            // What listens to being asked, or ends just then, ends with a code of its own.
            guard let timeout = execution.timeout, let end = execution.end else { return false }
            return end - execution.start >= timeout
        case .cancelled, .lost: return execution.end != nil
        case .failed, .notStarted, .expired: return false
        }
    }
}
