import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// A run as a row of a table shows it.
enum RunLine {
    static let header = ["RUN", "TRIGGER", "STATE", "EXIT", "SCHEDULED", "TOOK"]
    static let wideHeader = header + ["ATTEMPT", "WORKER", "REQUESTED BECAUSE"]

    /// A table of runs.
    static func table(_ runs: [JSONValue], isWide: Bool = false, now: Instant) -> Table {
        var table = Table(isWide ? Self.wideHeader : Self.header, flexible: isWide ? [] : [0, 4, 2]) { column, cell in
            column == 2 ? Self.colour(of: cell) : nil
        }
        for run in runs { table.add(Self.cells(run, now: now) + (isWide ? Self.wideCells(run) : [])) }
        return table
    }

    private static func wideCells(_ run: JSONValue) -> [String] {
        [
            run["attempt"]?.integer.map { "\($0)" } ?? "-", run["worker"]?.string ?? "-",
            run["request_reason"]?.string ?? "-",
        ]
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
