import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron run`.
struct RunNow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a job now.",
        discussion: WaitOptions.discussion
    )

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String
    @Option(help: "Why, for whoever wonders.")
    var reason: String?
    @Option(help: ArgumentHelp("A variable of its environment; may be given more than once.", valueName: "key=value"))
    var env: [String] = []
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        var body = JobChanges()
        if let reason = self.reason { body.set(["reason"], .string(reason)) }
        try body.setTexts("env", self.env)
        let run = try await client.json(.post, "/jobs/\(client.jobID(self.job))/runs", body: .json(body.json))
        try await self.waiting.show(run, client, self.format)
    }
}
