import DistributedCron

/// A job as the API shows it.
struct JobResource {
    /// How much is shown.
    enum View: String, CaseIterable {
        /// The five members of the contract.
        case contract
        /// All members.
        case full
    }

    let job: Job
    let view: View
    /// Where a client reaches the API, such as `http://localhost:30000`.
    let baseURL: String
    /// What the paths of the API begin with.
    let path: String
    /// The present, for what follows from it.
    let now: Instant
    /// What has become of the job lately; only the full view shows it.
    var statistics = JobStatistics()
    /// The worker that owns the job's slot, null if nobody does; nil for an answer that does not tell.
    var worker: JSONValue?

    /// The job; it begins with the contract's members, in the contract's order.
    var json: JSONValue {
        .object(self.view == .full ? self.contract + self.extensions : self.contract)
    }

    /// Where a job's file can be read.
    static func artifactURL(_ job: JobID, baseURL: String) -> String { "\(baseURL)/jobs/\(job)/artifact" }

    private var contract: [JSONMember] {
        let executable = self.job.definition.executable
        let text: String
        switch executable {
        case .command(let command), .closure(let command): text = command
        case .script, .binary: text = Self.artifactURL(self.job.id, baseURL: self.baseURL)
        }
        return [
            JSONMember("id", .string("\(self.job.id)")),
            JSONMember("status", .string(self.job.status.rawValue)),
            JSONMember("executable", .string(text)),
            JSONMember("schedule", .string(self.job.definition.schedule.text)),
            JSONMember("type", .string(executable.kind.rawValue)),
        ]
    }

    private var extensions: [JSONMember] {
        let next = self.job.progress.isRemoved ? nil : self.job.version.next(after: self.now)
        var members = JobSettings.members(of: JobRequest(self.job, at: self.now))
        if let worker = self.worker { members.append(JSONMember("worker", worker)) }
        return members + [
            JSONMember("artifact", self.artifact),
            JSONMember("state", .string(self.state)),
            JSONMember("next_run_at", .optional(next?.description)),
            JSONMember("last_run", self.lastRun),
            JSONMember("stats", self.stats),
            JSONMember("findings", self.job.definition.schedule.findingsJSON),
            JSONMember("version", .number(String(self.job.version.number))),
            JSONMember("created_at", .timestamp(self.job.createdAt)),
            JSONMember("updated_at", .timestamp(self.job.updatedAt)),
        ]
    }

    private var artifact: JSONValue {
        guard let artifact = self.job.definition.executable.artifact else { return .null }
        return ["size": .number(String(artifact.size)), "sha256": .string(artifact.digest.hexadecimal)]
    }

    private var state: String {
        if self.job.version.isPaused(at: self.now) { return "paused" }
        return self.job.progress.openRuns > 0 ? "running" : "active"
    }

    private var lastRun: JSONValue {
        guard let run = self.statistics.lastRun else { return .null }
        return RunResource(run: run, path: self.path).summary
    }

    private var stats: JSONValue {
        let statistics = self.statistics
        return [
            "runs_24h": .number(String(statistics.ended)),
            "failures_24h": .number(String(statistics.failed)),
            "p95_s": .seconds(statistics.percentile95),
        ]
    }
}
