import ArgumentParser
import DistributedCronProcess

/// `distcron undrain`.
struct UndrainWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Give a worker that drains its share of the slots of jobs again."
    )

    @OptionGroup var target: WorkerArgument
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await self.target.ask("undrain", try self.client.client(), self.format)
        StandardError.write("\(Table.printable(self.target.worker)) does not drain: it gets its share of the slots\n")
    }
}
