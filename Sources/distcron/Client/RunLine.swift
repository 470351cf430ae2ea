import DistributedCron
import DistributedCronHTTP

/// A run as a row of a table shows it.
enum RunLine {
    static let header = ["RUN", "TRIGGER", "STATE", "EXIT", "SCHEDULED", "TOOK"]

    /// A table of runs.
    static func table(_ runs: [JSONValue], now: Instant) -> Table {
        // A run's identity cannot be cut: logs and cancel take it.
        var table = Table(Self.header, flexible: [2, 4]) { column, cell in column == 2 ? Self.colour(of: cell) : nil }
        for run in runs { table.add(Self.cells(run, now: now)) }
        return table
    }

    /// The cells of a run.
    static func cells(_ run: JSONValue, now: Instant) -> [String] {
        let state = run["state"]?.string ?? ""
        return [
            run.identity,
            run["trigger"]?.string ?? "",
            run["reason"]?.string.map { "\(state) (\($0))" } ?? state,
            run["exit_code"]?.integer.map { "\($0)" } ?? "-",
            run.instant("scheduled_at").map { RelativeTime.text($0, now: now) } ?? "-",
            run.seconds("duration_s") ?? "-",
        ]
    }

    /// How a run ended, in a sentence.
    static func ending(_ run: JSONValue) -> String {
        let state = run["state"]?.string ?? "ended"
        let code = run["exit_code"]?.integer.map { ": exit \($0)" } ?? ""
        // The detail of an exit is its code again.
        let detail = run["reason"]?.string == "exit" ? "" : run["detail"]?.string.map { ": \($0)" } ?? ""
        let time = run.seconds("duration_s").map { " in \($0)" } ?? ""
        return Table.printable("\(state)\(code)\(time)\(detail)")
    }

    private static func colour(of state: String) -> Colour? {
        switch state.split(separator: " ").first {
        case "succeeded"?: .good
        case "failed"?, "timed_out"?, "lost"?: .bad
        case "cancelled"?, "skipped"?, "missed"?: .attention
        default: nil
        }
    }
}
