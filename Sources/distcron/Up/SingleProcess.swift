import DistributedCron
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A whole cluster in this process: all roles on backends in memory, on the path that a real cluster uses.
struct SingleProcess {
    /// What clients can do with jobs.
    let service: JobService
    /// Where scripts and binaries are.
    let artifacts: any ArtifactStore
    /// Assigns the slots.
    let manager: Manager
    /// Executes the jobs.
    let worker: Worker
    private let store: InMemoryJobStore

    /// Composes the roles; running them starts everything.
    ///
    /// - Parameters:
    ///   - directory: Where everything is kept; made if it does not exist.
    ///   - isVolatile: Whether jobs and runs are kept in memory only.
    ///   - drainTimeout: How long runs may go on after a graceful shutdown began.
    ///   - logger: Receives the messages of all roles.
    /// - Throws: What keeps the directory from being made; ``JournalError`` if it cannot be used.
    init(directory: String, isVolatile: Bool, drainTimeout: Duration, logger: Logger) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let identities = IdentitySource()
        let store =
            isVolatile
            ? InMemoryJobStore(identities: identities)
            : try await InMemoryJobStore.open(
                directory: "\(directory)/store",
                identities: identities,
                logger: logger
            )
        let queue = InMemoryTaskQueue()
        // Sessions and elections end with the process, and the store remembers the leaders of earlier ones.
        let lives = try await store.slots().map(\.leaderToken.incarnation)
        let coordinator = InMemoryEnsemble(incarnation: (lives.max() ?? 0) + 1).session()
        self.store = store
        let artifacts = DirectoryArtifactStore(directory: "\(directory)/artifacts")
        // Whoever worked on this store before is dead: nobody else can have the directory.
        var managing = Manager.Configuration()
        managing.grace = .zero
        self.manager = Manager(
            id: identities.managerID(),
            store: store,
            queue: queue,
            coordinator: coordinator,
            configuration: managing,
            logger: logger
        )
        let outputs = LiveOutputs()
        var configuration = WorkerConfiguration(capacity: 4 * ProcessInfo.processInfo.activeProcessorCount)
        configuration.drainTimeout = drainTimeout
        self.worker = Worker(
            id: identities.workerID(),
            host: "local",
            store: store,
            queue: queue,
            coordinator: coordinator,
            scheduler: TimerScheduler(),
            executor: ProcessExecutor(artifacts: artifacts, directory: "\(directory)/runs", logger: logger),
            outputs: outputs,
            configuration: configuration,
            logger: logger
        )
        self.service = JobService(
            store: store,
            artifacts: artifacts,
            coordinator: coordinator,
            outputs: outputs,
            identities: identities
        )
        self.artifacts = artifacts
    }

    /// Writes what is left to write.
    func close() async { await self.store.close() }
}
