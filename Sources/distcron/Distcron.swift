import ArgumentParser

/// The command line tool.
@main
struct Distcron: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcron",
        abstract: "Cron for more than one machine.",
        version: Version.current,
        subcommands: [
            Up.self, Add.self, List.self, Get.self, Remove.self, RunNow.self, Runs.self, Logs.self, Next.self,
            Explain.self, Version.self,
        ]
    )

    /// Runs the command that the arguments name, and ends the process with its exit code.
    static func main() async {
        do {
            var command = try Self.parseAsRoot()
            if let next = command as? Next, next.jsonl {
                // It waits for its input, which only the main thread may do.
                try NextLines().run()
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            failure.report()
            Self.exit(withError: failure.exitCode)
        } catch {
            Self.exit(withError: error)
        }
    }
}
