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
            "trigger": run.id.trigger == .schedule ? "schedule" : "manual",
            "state": .string(run.state.rawValue),
            "reason": .optional(run.reason?.rawValue),
            "detail": .optional(run.detail),
            "exit_code": .optional(run.exitCode.map { Int($0) }),
            "scheduled_at": .string("\(run.id.scheduledAt)"),
            "started_at": .timestamp(run.startedAt),
            "finished_at": .timestamp(run.finishedAt),
            "duration_s": .seconds(from: run.startedAt, to: run.finishedAt),
            "attempt": .number(String(run.attempt)),
            "worker": .optional(run.worker?.rawValue),
            "log": .string("\(self.path)/runs/\(run.id)/log"),
        ]
    }
}
