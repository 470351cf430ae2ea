import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron get`.
struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a job and its last runs.")

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        // Not as a list shows it, in which a name is found: it does not name the worker.
        let job = try await client.json(.get, "/jobs/\(client.jobID(self.job))?view=full")
        try self.format.print(job)
        guard self.format.output == .table else { return }
        let runs = try await client.json(.get, "/jobs/\(job.identity)/runs?limit=5").array ?? []
        try StandardOutput.write(JobPage(job, now: .present).text)
        guard !runs.isEmpty else { return StandardError.write("it has not run yet\n") }
        try StandardOutput.write("\n" + RunLine.table(runs, now: .present).text(on: StandardOutput.terminal))
    }
}
