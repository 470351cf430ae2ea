import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// What became of an instant of a job, as people read it.
struct InstantPage {
    private let report: JSONValue
    private let job: String
    private let now: Instant

    /// Shows what the API says of an instant of a job.
    ///
    /// - Parameters:
    ///   - report: What the API says.
    ///   - job: What the person calls the job.
    ///   - now: The present.
    init(_ report: JSONValue, of job: String, now: Instant) {
        self.report = report
        self.job = job
        self.now = now
    }

    /// A sentence, and a line for everything that helps to understand it.
    var text: String {
        let detail = self.report["detail"]?.string ?? ""
        let sentence = "\(self.job) \(self.verb) at \(self.report["at"]?.string ?? ""): \(detail)"
        return Table.printable(sentence) + "\n" + NamedLines.text(self.lines)
    }

    private var verb: String {
        if self.report["fired"]?.bool == true { return "ran" }
        if self.report["cause"]?.string == "future" { return "is to run" }
        let state = self.report["run"]?["state"]?.string.flatMap { RunState(rawValue: $0) }
        let isOpen = self.report["cause"]?.string == "unaccounted" || state?.isTerminal == false
        return isOpen ? "has not run yet" : "did not run"
    }

    private var lines: [(name: String, value: String)] {
        var lines: [(name: String, value: String)] = []
        if let run = self.report["run"], run != .null { lines.append(("run", run.identity)) }
        if let run = self.report["backfill"], run != .null { lines.append(("backfill", run.identity)) }
        if let schedule = self.report["schedule"]?.string {
            lines.append(("schedule", "\(schedule) \(self.report["timezone"]?.string ?? "")"))
        }
        if let version = self.report["version"]?.integer { lines.append(("version", "\(version)")) }
        for (name, member) in [("before", "previous"), ("after", "next")] {
            guard let instant = self.report.instant(member) else { continue }
            lines.append((name, RelativeTime.text(instant, now: self.now)))
        }
        return self.report["matched"]?.bool == false ? lines + self.mismatches : lines
    }

    /// The fields of the schedule that do not name the time.
    private var mismatches: [(name: String, value: String)] {
        (self.report["checks"]?.array ?? []).filter { $0["ok"]?.bool == false }.map { check in
            let shown = check["value"]?.integer ?? 0
            return (
                check["field"]?.string ?? "", "it was \(shown), and the schedule has \(check["allowed"]?.string ?? "")"
            )
        }
    }
}
