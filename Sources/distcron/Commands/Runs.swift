import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron runs`.
struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a job's runs, newest first.")

    @Argument(help: "The job's identity or name.")
    var job: String
    @Option(help: "The most runs to list, 1 to 1000.")
    var limit = 20
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        let answer = try await client.send(.get, "/jobs/\(client.jobID(self.job))/runs?limit=\(self.limit)")
        if self.format.output == .json { return try StandardOutput.write(answer.body) }
        let runs = try answer.json().array ?? []
        if self.format.output == .name {
            return try StandardOutput.write(runs.map { "\($0["id"]?.string ?? "")\n" }.joined())
        }
        guard !runs.isEmpty else { return StandardError.write("the job has not run yet\n") }
        let now = Instant(floor: SystemWallClock().now)
        var table = Table(JobLine.runHeader, flexible: 0)
        for run in runs { table.add(JobLine.runCells(run, now: now)) }
        try StandardOutput.write(table.text(width: nil))
    }
}
