import ArgumentParser
import DistributedCron
import DistributedCronProcess

/// `distcron explain`.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say in words when a schedule fires, and what may surprise about it."
    )

    @Argument(help: "An expression (no server is needed for it), or a job's identity or name.", completion: .jobs)
    var target: [String]
    @OptionGroup var options: ScheduleOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let schedule = try await ScheduleTarget(self.target, self.options).schedule(self.client)
        try StandardOutput.write(Self.text(schedule, after: try self.options.start))
    }

    /// The words, the next instants and the findings.
    static func text(_ schedule: Schedule, after start: Instant) -> String {
        var lines = [schedule.summary]
        let fires = schedule.instants(after: start, count: 3).map { RelativeTime.full($0, zone: schedule.zone) }
        let zone = schedule.zone == .utc ? "UTC" : schedule.zone.name
        lines.append(fires.isEmpty ? "next: never" : "next (\(zone)): \(fires.joined(separator: " · "))")
        lines += schedule.findings.map { "note: \($0.message)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
