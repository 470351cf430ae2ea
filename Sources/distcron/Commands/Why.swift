import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron why`.
struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a job ran at a time, or why it did not.",
        discussion: """
            The ledger tells: it has a run or a gap for every instant that the job's schedule names. The time has to be such \
            an instant to the second; if it is not, the nearest ones are told.
            """
    )

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String
    @Option(
        help: ArgumentHelp("The time, RFC 3339 or such as 2h for two hours ago.", valueName: "time"),
        transform: Moment.past
    )
    var at: Instant
    @Option(name: .shortAndLong, help: "How to print the result: table or json (the API's own).")
    var output = ReportFormat.table
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let client = try self.client.client()
        let query = QueryText(["at": self.at.description])
        let report = try await client.json(.get, "/jobs/\(client.jobID(self.job))/why\(query)")
        switch self.output {
        case .json: try StandardOutput.write(report.line)
        case .table: try StandardOutput.write(InstantPage(report, of: self.job, now: .present).text)
        }
    }
}
