import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron pause`.
struct PauseJobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause jobs, until they are resumed or until a time; nothing is caught up."
    )

    @OptionGroup var jobs: JobsArgument
    @Option(name: .customLong("for"), help: ArgumentHelp("For how long, such as 90, 15m, 2h or 1d.", valueName: "span"))
    var span: Span?
    @Option(help: ArgumentHelp("Until when, RFC 3339.", valueName: "time"), transform: Moment.timestamp)
    var until: Instant?
    @Option(help: "Why, for whoever wonders.")
    var reason: String?
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard self.span == nil || self.until == nil else {
            throw ValidationError("--for and --until say the same; give one of them.")
        }
    }

    func run() async throws {
        let client = try self.client.client()
        let until = self.span.map { Instant.present + Int64($0.seconds) } ?? self.until
        let members: [(String, JSONValue)] = [
            ("until", .optional(until?.description)), ("reason", .optional(self.reason)),
        ]
        let body = JSONValue.object(members.filter { $0.1 != .null }.map { JSONMember($0.0, $0.1) })
        try await self.jobs.forEach { name in
            let path = try await "/jobs/\(client.jobID(name))/pause?view=full"
            let job = try await client.json(.post, path, body: .json(body))
            try self.format.print(job)
            let end = until.map { "until \(RelativeTime.end($0, now: .present))" } ?? "until it is resumed"
            StandardError.write(
                "paused \(Table.printable(name)) \(end); resume it with: distcron resume \(name.shellQuoted)\n"
            )
        }
    }
}
