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

    /// Composes the roles; running them starts everything.
    ///
    /// - Parameters:
    ///   - directory: Where files of jobs and of runs in progress go; made if it does not exist.
    ///   - drainTimeout: How long runs may go on after a graceful shutdown began.
    ///   - logger: Receives the messages of all roles.
    /// - Throws: What keeps the directory from being made.
    init(directory: String, drainTimeout: Duration, logger: Logger) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let identities = IdentitySource()
        let store = InMemoryJobStore(identities: identities)
        let queue = InMemoryTaskQueue()
        let coordinator = InMemoryEnsemble().session()
        let artifacts = DirectoryArtifactStore(directory: "\(directory)/artifacts")
        self.manager = Manager(
            id: identities.managerID(),
            store: store,
            queue: queue,
            coordinator: coordinator,
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
}
