import DistributedCron

/// A run as the API shows it.
struct RunResource {
    let run: Run
    /// What the paths of the API begin with.
    let path: String

    /// The run; members without a value are null.
    var json: JSONValue {
        let run = self.run
        return [
            "id": .string("\(run.id)"),
            "job_id": .string("\(run.id.job)"),
            "trigger": .string(run.id.trigger.kind.rawValue),
            "state": .string(run.state.rawValue),
            "result": .optional(RunResult(run.state)?.rawValue),
            "reason": .optional(run.reason?.rawValue),
            "detail": .optional(run.detail),
            "exit_code": .optional(run.exitCode.map { Int($0) }),
            "scheduled_at": .string("\(run.id.scheduledAt)"),
            "not_before": .optional(run.notBefore?.description),
            "started_at": .timestamp(run.startedAt),
            "finished_at": .timestamp(run.finishedAt),
            "duration_s": .seconds(from: run.startedAt, to: run.finishedAt),
            "attempt": .number(String(run.attempt)),
            "failures": .number(String(run.failures)),
            "worker": .optional(run.worker?.rawValue),
            "cancelling": .bool(run.cancellation != nil),
            "request_reason": .optional(run.request?.reason),
            "log": .string("\(self.path)/runs/\(run.id)/log"),
        ]
    }

    /// What a job shows of its last run.
    var summary: JSONValue {
        let run = self.run
        return [
            "id": .string("\(run.id)"),
            "state": .string(run.state.rawValue),
            "result": .optional(RunResult(run.state)?.rawValue),
            "started_at": .timestamp(run.startedAt),
            "duration_s": .seconds(from: run.startedAt, to: run.finishedAt),
            "exit_code": .optional(run.exitCode.map { Int($0) }),
            "worker": .optional(run.worker?.rawValue),
        ]
    }

    /// What the stream of a log ends with.
    var ending: JSONValue {
        let run = self.run
        return [
            "state": .string(run.state.rawValue),
            "result": .optional(RunResult(run.state)?.rawValue),
            "reason": .optional(run.reason?.rawValue),
            "exit_code": .optional(run.exitCode.map { Int($0) }),
            "duration_s": .seconds(from: run.startedAt, to: run.finishedAt),
        ]
    }
}
