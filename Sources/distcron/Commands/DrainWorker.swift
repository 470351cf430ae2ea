import ArgumentParser
import DistributedCronProcess

/// `distcron drain`.
struct DrainWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Have a worker finish what it runs, and its slots of jobs given to the others of its pools.",
        discussion: """
            Where there are no others it keeps them: jobs do not stop. A worker that is started again is another one, which \
            does not drain.
            """
    )

    @OptionGroup var target: WorkerArgument
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await self.target.ask("drain", try self.client.client(), self.format)
        let name = self.target.worker
        StandardError.write(
            "\(Table.printable(name)) drains: others get its slots; undo it with: distcron undrain \(name.shellQuoted)\n"
        )
    }
}
