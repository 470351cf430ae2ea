import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// A job as a row of a table shows it.
enum JobLine {
    static let header = ["JOB", "STATUS", "SCHEDULE", "NEXT", "LAST", "EXECUTABLE"]
    static let wideHeader = [
        "ID", "NAME", "STATUS", "SCHEDULE", "NEXT", "LAST", "24 H", "LABELS", "TYPE", "EXECUTABLE",
    ]

    /// A table of jobs that were asked for with `view=full`.
    static func table(_ jobs: [JSONValue], isWide: Bool, now: Instant) -> Table {
        var table = Table(
            isWide ? Self.wideHeader : Self.header,
            flexible: isWide ? [] : [5, 4, 2, 0, 3],
            colour: { column, cell in column == (isWide ? 2 : 1) ? Self.colour(of: cell) : nil }
        )
        for job in jobs { table.add(isWide ? Self.wideCells(job, now: now) : Self.cells(job, now: now)) }
        return table
    }

    /// The cells of a job.
    static func cells(_ job: JSONValue, now: Instant) -> [String] {
        [
            job.jobName, Self.status(job), Self.schedule(job), Self.next(job, now: now), Self.last(job, now: now),
            Self.executable(job),
        ]
    }

    private static func wideCells(_ job: JSONValue, now: Instant) -> [String] {
        let runs = job["stats"]?["runs_24h"]?.integer ?? 0
        let failures = job["stats"]?["failures_24h"]?.integer ?? 0
        return [
            job.identity, job["name"]?.string ?? "-", Self.status(job), Self.schedule(job), Self.next(job, now: now),
            Self.last(job, now: now), failures > 0 ? "\(runs), \(failures) failed" : "\(runs)",
            Self.labels(job), job["type"]?.string ?? "", Self.executable(job),
        ]
    }

    /// The status, and the state if that says more.
    static func status(_ job: JSONValue) -> String {
        let status = job["status"]?.string ?? ""
        guard let state = job["state"]?.string, state != "active", status != "finished" else { return status }
        return status == "scheduled" ? state : "\(status), \(state)"
    }

    /// The schedule, with its zone if that is not UTC.
    static func schedule(_ job: JSONValue) -> String {
        let zone = job["timezone"]?.string ?? "UTC"
        let schedule = job["schedule"]?.string ?? ""
        return zone == "UTC" ? schedule : "\(schedule) \(zone)"
    }

    /// When it runs next.
    static func next(_ job: JSONValue, now: Instant) -> String {
        job.instant("next_run_at").map { RelativeTime.text($0, now: now) } ?? "-"
    }

    /// When it runs next, or why it does not, for messages.
    static func prospect(_ job: JSONValue) -> String {
        let next = Self.next(job, now: .present)
        return next == "-" ? job["state"]?.string == "paused" ? "paused" : "never runs again" : "next \(next)"
    }

    /// The labels as `key=value`.
    static func labels(_ job: JSONValue) -> String {
        guard case .object(let labels) = job["labels"], !labels.isEmpty else { return "-" }
        return labels.map { "\($0.name)=\($0.value.string ?? "")" }.joined(separator: ",")
    }

    private static func last(_ job: JSONValue, now: Instant) -> String {
        guard let run = job["last_run"], run != .null else { return "-" }
        let outcome = run["result"]?.string ?? run["state"]?.string ?? ""
        guard let start = run["started_at"]?.string.flatMap({ Instant(floor: $0) }) else { return outcome }
        return "\(outcome) \(RelativeTime.distance(start, now: now))"
    }

    /// What it runs: the command, or what kind of file.
    static func executable(_ job: JSONValue) -> String {
        switch job["type"]?.string {
        case "script"?, "binary"?: "(\(job["type"]?.string ?? ""))"
        default: job["executable"]?.string ?? ""
        }
    }

    private static func colour(of status: String) -> Colour? {
        switch status {
        case "finished": .faint
        case "paused": .attention
        case "running": .good
        default: status.hasPrefix("error") ? .bad : nil
        }
    }
}
