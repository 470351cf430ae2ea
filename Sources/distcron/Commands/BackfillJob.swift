import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron backfill`.
struct BackfillJob: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Run the instants that a job's schedule has in a range of the past.",
        discussion: """
            The schedule counts as it is now, whether or not the job existed then, was paused, or has run. The runs go \
            one after the other, oldest first, and wait for what the schedule brings meanwhile. A job finds the \
            instant in DISTCRON_SCHEDULED_AT and "backfill" in DISTCRON_TRIGGER.
            """
    )

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String
    @Option(
        help: ArgumentHelp("The first instant, RFC 3339 or such as 7d for seven days ago.", valueName: "time"),
        transform: Moment.past
    )
    var from: Instant
    @Option(
        help: ArgumentHelp("Up to this time, which is itself left out; RFC 3339 or such as 2h.", valueName: "time"),
        transform: Moment.past
    )
    var to: Instant
    @Option(help: "Why, for whoever wonders.")
    var reason: String?
    @Flag(help: "Permit more than 1,000 runs.")
    var force = false
    @Flag(help: "Say what would run, and run nothing.")
    var dryRun = false
    @Option(name: .shortAndLong, help: "How to print the result: table or json (the API's own).")
    var output = ReportFormat.table
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let client = try self.client.client()
        let query = QueryText(["dry_run": self.dryRun ? "1" : nil])
        let path = try await "/jobs/\(client.jobID(self.job))/backfill\(query)"
        let result = try await client.json(.post, path, body: .json(self.body))
        if self.output == .json { try StandardOutput.write(result.line) }
        StandardError.write("\(self.sentence(result))\n")
    }

    private var body: JSONValue {
        var body = JobChanges()
        body.set(["from"], .string("\(self.from)"))
        body.set(["to"], .string("\(self.to)"))
        if let reason = self.reason { body.set(["reason"], .string(reason)) }
        if self.force { body.set(["force"], .bool(true)) }
        return body.json
    }

    /// What was asked for, and where to look next.
    private func sentence(_ result: JSONValue) -> String {
        let count = result["count"]?.integer ?? 0
        let runs = count == 1 ? "1 run" : "\(count) runs"
        let (first, last) = (result["first"]?.string ?? "", result["last"]?.string ?? "")
        let span = count == 1 ? "for \(first)" : "from \(first) to \(last)"
        let job = Table.printable(self.job)
        if self.dryRun { return "\(job) would have \(runs), \(span); without --dry-run it gets them" }
        let list = "distcron runs \(self.job.shellQuoted) --trigger backfill --since \(first)"
        return "\(job) gets \(runs), \(span), one after the other; see how they go with: \(list)"
    }
}
