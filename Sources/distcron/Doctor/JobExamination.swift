import DistributedCron
import DistributedCronHTTP

/// What may be wrong with jobs and what waits.
struct JobExamination {
    /// How many seconds a run may wait before it is said to be late.
    static let patience: Int64 = 120
    /// How many names are listed.
    private static let shownNames = 5

    /// The jobs that are not finished, in full.
    let jobs: [JSONValue]
    /// Runs that have waited for longer than that.
    let waiting: [JSONValue]
    let now: Instant

    /// What was found.
    var checks: [DoctorCheck] { [self.list, self.failing, self.never, self.paused, self.late].compactMap(\.self) }

    private var list: DoctorCheck {
        DoctorCheck("jobs", .good, self.jobs.count == 1 ? "1 job can run" : "\(self.jobs.count) jobs can run")
    }

    private var failing: DoctorCheck? {
        let jobs = self.jobs.filter { $0["status"]?.string == JobStatus.error.rawValue }
        guard let first = jobs.first else { return nil }
        return DoctorCheck(
            "failures",
            .warning,
            "nothing has succeeded since a run failed: \(Self.names(jobs))",
            fix: "see which with: distcron runs \(first.jobName.shellQuoted) --result failure; then distcron logs RUN"
        )
    }

    private var never: DoctorCheck? {
        let jobs = self.jobs.filter { $0["next_run_at"] == .null && !Self.isPausedForGood($0) }
        guard let first = jobs.first else { return nil }
        return DoctorCheck(
            "schedules",
            .warning,
            "\(Self.names(jobs)) will never run again",
            fix: "change the schedule with: distcron set \(first.jobName.shellQuoted) schedule=…; or remove it"
        )
    }

    private var paused: DoctorCheck? {
        let jobs = self.jobs.filter(Self.isPausedForGood)
        guard let first = jobs.first else { return nil }
        return DoctorCheck(
            "pauses",
            .warning,
            "\(Self.names(jobs)) will not run until resumed",
            fix: "if that was forgotten: distcron resume \(first.jobName.shellQuoted)"
        )
    }

    private var late: DoctorCheck? {
        // A run that is to be tried again later waits for its time, and backfilled ones for one another.
        let runs = self.waiting.filter { run in
            run["trigger"] != "backfill" && run.instant("not_before").map { $0 <= self.now } ?? true
        }
        guard let oldest = runs.last, let since = oldest.instant("scheduled_at") else { return nil }
        return DoctorCheck(
            "late",
            .warning,
            "\(runs.count == 1 ? "1 run waits" : "\(runs.count) runs wait"), the oldest since "
                + RelativeTime.text(since, now: self.now),
            fix: "see whether it waits behind another run: distcron runs \(oldest["job_id"]?.string ?? "")"
        )
    }

    private static func isPausedForGood(_ job: JSONValue) -> Bool {
        job["state"]?.string == "paused" && job["pause"]?["until"] == .null
    }

    private static func names(_ jobs: [JSONValue]) -> String {
        let names = jobs.prefix(Self.shownNames).map(\.jobName).joined(separator: ", ")
        let rest = jobs.count - Self.shownNames
        return rest > 0 ? "\(names) and \(rest) more" : names
    }
}
