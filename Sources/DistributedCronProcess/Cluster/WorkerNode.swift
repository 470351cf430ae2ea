#if ZooKeeper
package import DistributedCron
package import DistributedCronZooKeeper
package import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the workers of one node have in common, one after the other.
package struct WorkerNode: Sendable {
    private let host: String
    /// The artifacts that jobs are made of.
    private let artifacts: String
    private let directory: String
    package let journal: DirectoryWorkerJournal
    /// How they behave; the times that follow from a session are still to be set.
    private let configuration: WorkerConfiguration
    private let logger: Logger

    /// Opens the node's directories.
    ///
    /// - Throws: ``Failure``; ``JournalError``, with code `locked` if another worker uses the directory.
    package init(_ settings: Settings, logger: Logger) async throws {
        let capacity = try settings.read(.workerCapacity, "a number from 1 to 10000") { text in
            Int(text).flatMap { (1...10_000).contains($0) ? $0 : nil }
        }
        var configuration = capacity.map { WorkerConfiguration(capacity: $0) } ?? WorkerConfiguration()
        let drain = try settings.read(.workerDrain, "a span such as 15m") { Span($0) }
        if let drain { configuration.drainTimeout = drain.duration }
        configuration.drainMemory = DrainMemory()
        self.configuration = configuration
        self.host = settings.value(of: .workerHost)?.text ?? ProcessInfo.processInfo.hostName
        self.directory = try Directories.made(settings, .workerDirectory)
        self.artifacts = try Directories.made(settings, .artifactsDirectory)
        self.logger = logger
        self.journal = try await DirectoryWorkerJournal.open(directory: "\(self.directory)/journal", logger: logger)
    }

    /// Makes a worker of this node for a session.
    ///
    /// - Throws: ``CoordinatorError`` with code `sessionLost`.
    package func worker(_ id: WorkerID, store: any JobStore, session: ZooKeeperCluster) throws -> Worker {
        var configuration = self.configuration
        let timeout = session.coordinator.sessionTimeout
        guard timeout > .zero else { throw CoordinatorError(.sessionLost, message: "the session was lost at once") }
        configuration.suit(sessionTimeout: timeout)
        let executor = SupervisedExecutor(
            directory: "\(self.directory)/supervisor",
            command: [
                "distcron-supervisor", "supervise", "--directory", "\(self.directory)/supervisor", "--runs",
                "\(self.directory)/runs", "--artifacts", self.artifacts,
            ],
            worker: id,
            configuration: configuration,
            logger: self.logger
        )
        configuration.onLease = { executor.renewLease($0) }
        return Worker(
            id: id,
            host: self.host,
            store: store,
            queue: session.taskQueue,
            coordinator: session.coordinator,
            scheduler: TimerScheduler(),
            executor: executor,
            journal: self.journal,
            configuration: configuration,
            logger: self.logger
        )
    }
}
#endif
