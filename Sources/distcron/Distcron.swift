import ArgumentParser
import DistributedCronProcess

/// The command line tool.
@main
struct Distcron: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcron",
        abstract: "Cron for more than one machine.",
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(name: "Server", subcommands: [Up.self, Migrate.self, Doctor.self]),
            CommandGroup(
                name: "Jobs",
                subcommands: [
                    Add.self, List.self, Get.self, SetJob.self, PauseJobs.self, ResumeJobs.self, Remove.self,
                ]
            ),
            CommandGroup(
                name: "Runs",
                subcommands: [
                    RunNow.self, RetryRun.self, BackfillJob.self, Runs.self, Logs.self, CancelRuns.self, Why.self,
                ]
            ),
            CommandGroup(name: "Schedules", subcommands: [Next.self, Explain.self]),
            CommandGroup(
                name: "Cluster",
                subcommands: [Workers.self, DrainWorker.self, UndrainWorker.self, ShowCluster.self]
            ),
            CommandGroup(name: "This tool", subcommands: [Completion.self, Version.self]),
        ]
    )

    /// Runs the command that the arguments name, and ends the process with its exit code.
    static func main() async {
        do {
            var command = try await Self.asyncParseAsRoot()
            if let next = command as? Next, next.jsonl {
                // It waits for its input, which only the main thread may do.
                try NextLines().run()
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let failure = Failure(error) else { Self.exit(withError: error) }
            failure.report()
            Self.exit(withError: failure.exitCode)
        }
    }
}
