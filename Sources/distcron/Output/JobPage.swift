import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// All of a job as people read it.
struct JobPage {
    private let job: JSONValue
    private let now: Instant

    /// Shows a job that was asked for with `view=full`.
    init(_ job: JSONValue, now: Instant) {
        self.job = job
        self.now = now
    }

    /// A line for everything that says something, by the words that `set` takes.
    var text: String {
        NamedLines.text(self.identity + self.times + self.work + self.policies + self.statistics)
    }

    private var identity: [(name: String, value: String)] {
        var lines = self.lines("name", "description")
        lines.append(("id", self.job.identity))
        lines.append(("status", JobLine.status(self.job)))
        if let pause = self.job["pause"], pause != .null {
            let until = pause.instant("until").map { "until \(RelativeTime.end($0, now: self.now))" }
            let reason = pause["reason"]?.string.map { "because \($0)" }
            lines.append(
                ("pause", [until ?? "until it is resumed", reason].compactMap(\.self).joined(separator: ", "))
            )
        }
        if JobLine.labels(self.job) != "-" { lines.append(("labels", JobLine.labels(self.job))) }
        return lines
    }

    private var times: [(name: String, value: String)] {
        let zone = self.job["timezone"]?.string ?? "UTC"
        var lines = [("schedule", self.job["schedule"]?.string ?? ""), ("timezone", zone)]
        if self.job["seconds"]?.bool == true { lines.append(("seconds", "true")) }
        if self.job["dst"]?.string != ClockChangeRule.debian.rawValue { lines += self.lines("dst") }
        lines += (self.job["findings"]?.array ?? []).compactMap { $0["message"]?.string }.map { ("note", $0) }
        lines.append(("next", JobLine.next(self.job, now: self.now)))
        return lines + self.lines("max_runs", "ends_at")
    }

    private var work: [(name: String, value: String)] {
        var lines = self.lines("type")
        if let artifact = self.job["artifact"], artifact != .null {
            let size = ProgressLine.size(Double(artifact["size"]?.integer ?? 0))
            lines.append(("executable", "\(size), SHA-256 \(artifact["sha256"]?.string ?? "")"))
        } else {
            lines += self.lines("executable")
        }
        if case .object(let variables) = self.job["env"] {
            lines += variables.map { ("env.\($0.name)", $0.value.string ?? "") }
        }
        return lines + self.lines("cwd")
    }

    private var policies: [(name: String, value: String)] {
        let misfire = self.job["misfire"]
        let retry = self.job["retry"]
        var lines = self.lines("concurrency", "recovery", "on_lapse", "on_outage")
        lines.append(
            (
                "misfire",
                misfire?["policy"]?.string == MisfirePolicy.Choice.skip.rawValue
                    ? "skip"
                    : "\(misfire?["policy"]?.string ?? ""), at most \(misfire?["limit"]?.integer ?? 0), "
                        + "not later than \(Self.span(misfire?["window_s"]) ?? "-")"
            )
        )
        let retries = retry?["max"]?.integer ?? 0
        let pauses = [Self.span(retry?["backoff_s"]), Self.span(retry?["max_backoff_s"])].compactMap(\.self)
        lines.append(("retry", retries == 0 ? "none" : "\(retries) times, after \(pauses.joined(separator: " to "))"))
        for name in ["timeout_s", "deadline_s", "kill_grace_s"] {
            if let span = Self.span(self.job[name]) { lines.append((name, span)) }
        }
        return lines
    }

    private var statistics: [(name: String, value: String)] {
        let stats = self.job["stats"]
        let runs = "\(stats?["runs_24h"]?.integer ?? 0) runs, \(stats?["failures_24h"]?.integer ?? 0) failed"
        let slow = stats?.seconds("p95_s").map { ", 95 % within \($0)" } ?? ""
        return [("last 24 h", runs + slow)] + self.lines("worker", "version", "created_at", "updated_at")
    }

    private func lines(_ names: String...) -> [(name: String, value: String)] {
        names.compactMap { name in
            guard let value = self.job[name], value != .null else { return nil }
            return (name, value.string ?? value.text)
        }
    }

    private static func span(_ value: JSONValue?) -> String? { value?.integer.map { Span.text(seconds: $0) } }
}
