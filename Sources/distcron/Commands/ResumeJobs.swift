import ArgumentParser
import DistributedCronProcess

/// `distcron resume`.
struct ResumeJobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume jobs that are paused; nothing of the pause is caught up."
    )

    @OptionGroup var jobs: JobsArgument
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        try await self.jobs.forEach { name in
            let job = try await client.json(.post, "/jobs/\(client.jobID(name))/resume?view=full")
            try self.format.print(job)
            StandardError.write("resumed \(Table.printable(name)), \(JobLine.prospect(job))\n")
        }
    }
}
