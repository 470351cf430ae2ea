import ArgumentParser
import DistributedCronProcess

/// `distcron workers`.
struct Workers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "List the workers: where each is, how many runs it takes at once, and how many slots of jobs it owns.",
        discussion: """
            One that is gone is not registered any more, and owns slots until the leader gives them to others. One that is \
            draining is registered, and gives its slots to others while it finishes what it runs. So does one that is \
            stalled: it lives and has let something due lie for too long; its log and the leader's say more.
            """
    )

    @OptionGroup var client: ClientOptions
    @OptionGroup var format: ListOptions

    func run() async throws {
        let workers = Pages(try self.client.client(), "/workers", QueryText(), limit: nil)
        let count = try await self.format.print(workers) { WorkerLine.table($0) }
        if count == 0, self.format.isTable { StandardError.write("no worker is registered, so nothing runs\n") }
    }
}
