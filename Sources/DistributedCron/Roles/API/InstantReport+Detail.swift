extension InstantReport {
    /// What became of the instant, as a clause for people; times are UTC, as RFC 3339 writes them.
    public var detail: String {
        let account = self.accountDetail
        return self.backfill.map { "\(account); it was backfilled, and \(Self.runClause($0))" } ?? account
    }

    private var accountDetail: String {
        let version = self.job.version
        switch self.outcome {
        case .run(let run) where run.id.trigger == .schedule: return Self.runClause(run)
        case .run(let run): return "somebody asked for a run in this second: \(Self.runClause(run))"
        case .gap(let gap): return self.gapClause(gap)
        case .future: return "the schedule names it, and it is to come"
        case .paused: return "the schedule names it, but the job is paused\(self.pauseWords)"
        case .unaccounted:
            let owner = self.slot?.worker.map { "worker \($0)" } ?? "no worker"
            let until = self.slot.map { " until \($0.accountedUntil)" } ?? ""
            return "it has come, but the slot of the job, which \(owner) owns, is accounted for only\(until)"
        case .beforeCreation: return "the job did not exist yet: its schedule counts from \(self.job.firstSecond) on"
        case .removed: return "the job was removed at \(Instant(floor: self.job.updatedAt))"
        case .ended:
            if let end = version.definition.policies.endsAt, self.instant >= end {
                return "the schedule ended at \(end)"
            }
            let limit = version.definition.policies.maxRuns.map { ", \($0)" } ?? ""
            return "the job had had as many runs as it may have\(limit)"
        case .notNamed: return "the schedule does not name it; \(self.neighbours)"
        case .earlierVersion:
            return
                "no run and no gap accounts for it; what the schedule was before \(version.effectiveFrom) is not known"
        case .forgotten: return "the schedule names it and it was accounted for, but its row is kept no longer"
        }
    }

    private static func runClause(_ run: Run) -> String {
        let worker = run.worker.map { " on worker \($0)" } ?? ""
        let attempt = "attempt \(run.attempt)\(worker)"
        let reason = (run.detail ?? run.reason?.clause).map { ": \($0)" } ?? ""
        switch run.state {
        case .pending where run.attempt == 0: return "its run waits to be claimed\(reason)"
        case .pending:
            let start = run.notBefore.map { ", not before \($0)" } ?? ""
            return "\(attempt) has ended, and its run waits for the next\(start)\(reason)"
        case .claimed, .starting: return "its run is about to start: \(attempt)"
        case .running: return "its run is in progress: \(attempt)"
        case .succeeded: return "its run succeeded in \(attempt)"
        case .failed: return "its run failed in \(attempt)\(reason)"
        case .timedOut: return "its run exceeded its time-out in \(attempt)"
        case .cancelled where run.attempt == 0: return "its run was cancelled before it began\(reason)"
        case .cancelled: return "its run was cancelled in \(attempt)\(reason)"
        case .lost: return "its run was lost in \(attempt)\(reason)"
        case .skipped: return "its run was skipped\(reason)"
        case .missed: return "its run was missed\(reason)"
        }
    }

    private func gapClause(_ gap: Gap) -> String {
        // A pause's own words belong to the version that it began.
        let pause = gap.reason == .paused && gap.version == self.job.version.number ? self.pauseWords : ""
        let range = gap.count == 1 ? "it was" : "\(gap.count) instants from \(gap.first) to \(gap.last) were"
        return "\(gap.reason.clause)\(pause); \(range) not run"
    }

    /// Until when the present version is paused, and why.
    private var pauseWords: String {
        guard let pause = self.job.version.pause else { return "" }
        let until = pause.until.map { " until \($0)" } ?? ""
        return until + (pause.reason.map { " (\($0))" } ?? "")
    }

    /// The instants that the schedule has instead.
    private var neighbours: String {
        switch (self.previous, self.next) {
        case (nil, nil): "it names none"
        case (nil, let next?): "the first that it names is \(next)"
        case (let previous?, nil): "the last that it names is \(previous)"
        case (let previous?, let next?): "the nearest that it names are \(previous) and \(next)"
        }
    }
}

extension RunReason {
    /// The reason as a clause for people, or the word itself if it is none that this program knows.
    fileprivate var clause: String { Self.clauses[self] ?? self.rawValue }

    private static let clauses: [RunReason: String] = [
        .exit: "its exit code was not 0",
        .signal: "a signal ended it",
        .error: "its closure threw an error",
        .spawn: "it could not be started",
        .timeout: "it exceeded its time-out",
        .shutdown: "its worker was shut down",
        .removed: "the job was removed",
        .overlap: "another run of the job was in progress",
        .misfire: "it was claimed too late",
        .requested: "somebody asked for that",
        .replaced: "a newer run of the job took its place",
        .queued: "another run of the job has to end first",
        .queueFull: "too many runs of the job were waiting",
        .maxRuns: "the job had had all of its runs",
        .deadline: "the deadline of the job passed before it could begin",
        .paused: "the job was paused",
        .noHandler: "no process has the job's closure",
        .lapsed: "its worker lost touch with the cluster",
        .unknown: "how it ended was never reported",
        .workerLost: "its worker died",
    ]
}
