import ArgumentParser
import DistributedCronHTTP

/// `distcron retry`.
struct RetryRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run the job of a run that has ended once more, with the run's variables.",
        discussion: "The job runs as it is defined now. \(WaitOptions.discussion)"
    )

    @Argument(help: "The run, or a job's identity or name for its newest run.", completion: .jobs)
    var target: String
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        let run = try await client.json(.post, "/runs/\(client.runID(self.target))/retry")
        try await self.waiting.show(run, client, self.format)
    }
}
