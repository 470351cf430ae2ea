import ArgumentParser
import DistributedCronProcess

/// `distcron cluster`.
struct ShowCluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Show who leads, and whether every slot of jobs has a worker."
    )

    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let cluster = try await self.client.client().json(.get, "/cluster")
        try self.format.print(cluster)
        guard self.format.output == .table else { return }
        try StandardOutput.write(ClusterPage(cluster).text)
    }
}
