import DistributedCron
import DistributedCronHTTP

/// A job or a run as rows of tables show it.
enum JobLine {
    static let header = ["ID", "NAME", "STATUS", "SCHEDULE", "NEXT", "EXECUTABLE"]
    static let runHeader = ["RUN", "TRIGGER", "STATE", "EXIT", "SCHEDULED", "TOOK"]

    /// The cells of a job that was asked for with `view=full`.
    static func cells(_ job: JSONValue, now: Instant) -> [String] {
        let zone = job["timezone"]?.string ?? "UTC"
        let schedule = job["schedule"]?.string ?? ""
        let isCommand = job["type"]?.string == "command"
        return [
            job["id"]?.string ?? "",
            job["name"]?.string ?? "-",
            job["status"]?.string ?? "",
            zone == "UTC" ? schedule : "\(schedule) \(zone)",
            job["next_run_at"]?.string.flatMap { Instant($0) }.map { RelativeTime.text($0, now: now) } ?? "-",
            (isCommand ? job["executable"]?.string : job["type"]?.string.map { "(\($0))" }) ?? "",
        ]
    }

    /// The cells of a run.
    static func runCells(_ run: JSONValue, now: Instant) -> [String] {
        let state = run["state"]?.string ?? ""
        let took: String
        if case .number(let seconds) = run["duration_s"] { took = "\(seconds) s" } else { took = "-" }
        return [
            run["id"]?.string ?? "",
            run["trigger"]?.string ?? "",
            run["reason"]?.string.map { "\(state) (\($0))" } ?? state,
            run["exit_code"]?.integer.map { "\($0)" } ?? "-",
            run["scheduled_at"]?.string.flatMap { Instant($0) }.map { RelativeTime.text($0, now: now) } ?? "-",
            took,
        ]
    }
}
