import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

#if HTTP
import NIOCore
#endif
#if ZooKeeper
import DistributedCronZooKeeper
#endif

/// `distcron-server`: the REST API of a cluster.
@main
struct ServerProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcron-server",
        abstract: "Serve the REST API of a cluster; any number may run.",
        discussion: "It listens on the loopback address: who reaches it may run commands.",
        version: Release.version
    )

    private static let settings: [Setting] = [.httpPort, .artifactsDirectory, .retainedRuns, .retainedJobs]

    @OptionGroup var process: ProcessOptions

    static func main() async { await Self.runAsProgram() }

    func run() async throws {
        #if HTTP && MariaDB && ZooKeeper
        guard let settings = try self.process.begin(ClusterProcess.settings + Self.settings) else { return }
        let process = try ClusterProcess(settings, label: "distcron-server")
        let artifacts = DirectoryArtifactStore(directory: try Directories.made(settings, .artifactsDirectory))
        let coordinator = RenewedCoordinator(process.sessions, logger: process.logger)
        let service = JobService(store: process.store, artifacts: artifacts, coordinator: coordinator)
        let port = try settings.read(.httpPort, "a number from 0 to 65535") { text in
            Int(text).flatMap { (0...65_535).contains($0) ? $0 : nil }
        }
        let server = JobsAPI(service: service).application(port: port ?? 30_000, logger: process.logger) { channel in
            try? StandardOutput.write("Listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)\n")
        }
        var housekeeper = Housekeeper(store: process.store, artifacts: artifacts, logger: process.logger)
        if let span = try Retention.span(settings, .retainedRuns) { housekeeper.runRetention = span.duration }
        if let span = try Retention.span(settings, .retainedJobs) { housekeeper.jobRetention = span.duration }
        try await process.run([coordinator, housekeeper, BoundedShutdown(service: server, limit: .seconds(3))])
        #else
        throw Failure.withoutCluster
        #endif
    }
}
