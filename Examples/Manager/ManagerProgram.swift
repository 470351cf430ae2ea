import ArgumentParser
import DistributedCron
import DistributedCronProcess

#if ZooKeeper
import DistributedCronZooKeeper
#endif

/// `distcron-manager`: stands for election, and while it leads assigns the slots of jobs to workers.
@main
struct ManagerProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcron-manager",
        abstract: "Assign the jobs of a cluster to its workers; any number may run, of which one leads.",
        version: Release.version
    )

    @OptionGroup var process: ProcessOptions

    static func main() async { await Self.runAsProgram() }

    func run() async throws {
        #if HTTP && MariaDB && ZooKeeper
        guard let settings = try self.process.begin(ClusterProcess.settings) else { return }
        let process = try ClusterProcess(settings, label: "distcron-manager")
        let identities = IdentitySource()
        let role = RenewedRole(process.sessions, logger: process.logger) { session in
            var configuration = Manager.Configuration()
            configuration.rebuildGrace = max(configuration.rebuildGrace, session.coordinator.sessionTimeout)
            return Manager(
                id: identities.managerID(),
                store: process.store,
                queue: session.taskQueue,
                coordinator: session.coordinator,
                configuration: configuration,
                logger: process.logger
            )
        }
        try await process.run([role])
        #else
        throw Failure.withoutCluster
        #endif
    }
}
