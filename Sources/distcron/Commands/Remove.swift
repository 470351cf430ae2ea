import ArgumentParser
import DistributedCronProcess
import NIOPosix

/// `distcron rm`.
struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove jobs: they keep their history and never run again.",
        discussion: "On a terminal it asks first."
    )

    @OptionGroup var jobs: JobsArgument
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @Flag(help: "End runs in progress; otherwise they end normally.")
    var cancelRunning = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let client = try self.client.client()
        guard try await self.isConfirmed() else { throw Failure(.failed, "nothing was removed") }
        try await self.jobs.forEach { job in
            let id = try await client.jobID(job)
            _ = try await client.send(.delete, "/jobs/\(id)\(self.cancelRunning ? "?running=cancel" : "")")
            StandardError.write("removed \(Table.printable(job)); its runs: distcron runs \(id)\n")
        }
    }

    /// Whether the person wants it; without a terminal nobody is asked, and nothing waits.
    private func isConfirmed() async throws -> Bool {
        guard !self.yes, Terminal.isInteractive else { return true }
        let names = self.jobs.jobs.map(Table.printable).joined(separator: ", ")
        StandardError.write("remove \(names), for good? [y/N] ")
        // Reading waits, which the threads of the cooperative pool must not.
        let answer = try await NIOThreadPool.singleton.runIfActive { readLine() }
        return ["y", "yes"].contains(answer?.lowercased())
    }
}
