#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Glibc
package import Logging

/// What the roles of one process work over.
package struct EmbeddedBackends: Sendable {
    let store: any JobStore
    let artifacts: any ArtifactStore
    let queue = InMemoryTaskQueue()
    /// The session of every role: they live and die together.
    let coordinator: any Coordinator
    let scheduler: any Scheduler
    /// Runs what is no closure.
    let processes: any AttemptExecutor
    let wallClock: any WallClock
    /// Measures the time-outs of closures.
    let attemptClock: any Clock<Duration>
    package var sweep = WorkerConfiguration.defaultSweep
    /// Is told what the worker knows whenever it rests.
    package var onRest: (@Sendable ([SlotID: SlotView]) -> Void)?
    package var coalescing = Manager.Configuration.defaultCoalescing
    private let durable: InMemoryJobStore?
    /// Where processes of jobs find their files if nothing is kept.
    private let temporaryDirectory: String?

    /// Opens a storage.
    static func open(
        _ storage: CronService.Storage,
        identities: IdentitySource,
        logger: Logger
    ) async throws -> Self {
        switch storage.kind {
        case .memory:
            Self(
                store: InMemoryJobStore(identities: identities),
                scheduler: TimerScheduler(),
                wallClock: SystemWallClock(),
                attemptClock: ContinuousClock(),
                identities: identities,
                logger: logger
            )
        case .directory(let path):
            try await Self(directory: path, identities: identities, logger: logger)
        }
    }

    /// Joins backends that keep nothing.
    ///
    /// - Parameters:
    ///   - store: The ledger.
    ///   - scheduler: What wakes the worker.
    ///   - wallClock: Decides which instants are due.
    ///   - attemptClock: Measures the time-outs of closures; those of processes take real time.
    ///   - identities: Where the name of a temporary directory comes from.
    ///   - logger: Hears of what goes wrong beside an attempt.
    package init(
        store: any JobStore,
        scheduler: any Scheduler,
        wallClock: any WallClock,
        attemptClock: any Clock<Duration>,
        identities: IdentitySource,
        logger: Logger
    ) {
        let name = "distcron-\(identities.workerID())"
        let directory = FileManager.default.temporaryDirectory.appending(path: name).path()
        self.store = store
        self.artifacts = InMemoryArtifactStore()
        self.coordinator = InMemoryEnsemble().session()
        self.scheduler = scheduler
        self.processes = ProcessExecutor(
            artifacts: self.artifacts,
            directory: directory,
            wallClock: wallClock,
            logger: logger
        )
        self.wallClock = wallClock
        self.attemptClock = attemptClock
        self.durable = nil
        self.temporaryDirectory = directory
    }

    private init(directory path: String, identities: IdentitySource, logger: Logger) async throws {
        try Self.makeDirectories(path)
        let store = try await InMemoryJobStore.open(directory: "\(path)/store", identities: identities, logger: logger)
        // Sessions and elections end with the process, and the store remembers the leaders of earlier ones.
        let lives = try await store.slots().map(\.leaderToken.incarnation)
        self.store = store
        self.artifacts = DirectoryArtifactStore(directory: "\(path)/artifacts")
        self.coordinator = InMemoryEnsemble(incarnation: (lives.max() ?? 0) + 1).session()
        self.scheduler = TimerScheduler()
        self.processes = ProcessExecutor(artifacts: self.artifacts, directory: "\(path)/runs", logger: logger)
        self.wallClock = SystemWallClock()
        self.attemptClock = ContinuousClock()
        self.durable = store
        self.temporaryDirectory = nil
    }

    /// Makes a directory and its parents, if they are not there.
    private static func makeDirectories(_ path: String) throws(SystemError) {
        let parts = path.split(separator: "/")
        for count in stride(from: 1, through: parts.count, by: 1) {
            let parent = (path.hasPrefix("/") ? "/" : "") + parts[..<count].joined(separator: "/")
            guard mkdir(parent, 0o777) == 0 || errno == EEXIST || errno == EROFS else {
                throw SystemError(doing: "make the directory \(parent)")
            }
        }
        _ = try Descriptor.openDirectory(path)
    }

    /// Removes what was of use to running attempts only.
    func discard() {
        if let directory = self.temporaryDirectory { try? FileManager.default.removeItem(atPath: directory) }
    }

    func close() async { await self.durable?.close() }
}
