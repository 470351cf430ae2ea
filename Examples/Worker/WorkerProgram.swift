import ArgumentParser
import DistributedCron
import DistributedCronProcess

#if ZooKeeper
import DistributedCronZooKeeper
#endif

/// `distcron-worker`: runs on every node of a cluster, and executes the jobs that are assigned to it.
@main
struct WorkerProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcron-worker",
        abstract: "Execute the jobs of a cluster that are assigned to this node.",
        version: Release.version,
        subcommands: [Supervise.self]
    )

    private static let settings: [Setting] = [
        .artifactsDirectory, .workerDirectory, .workerCapacity, .workerDrain, .workerHost,
    ]

    @OptionGroup var process: ProcessOptions

    static func main() async { await Self.runAsProgram() }

    func run() async throws {
        #if HTTP && MariaDB && ZooKeeper
        guard let settings = try self.process.begin(ClusterProcess.settings + Self.settings) else { return }
        let process = try ClusterProcess(settings, label: "distcron-worker")
        let node = try await WorkerNode(settings, logger: process.logger)
        let identities = IdentitySource()
        let role = RenewedRole(process.sessions, logger: process.logger) { session in
            try node.worker(identities.workerID(), store: process.store, session: session)
        }
        try await process.run([role])
        await node.journal.close()
        #else
        throw Failure.withoutCluster
        #endif
    }
}
