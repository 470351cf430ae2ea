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
    let coordinator: InMemoryCoordinator
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
    /// How often the leader looks whether it is followed by another.
    let beat: Duration
    private let durable: InMemoryJobStore?
    /// What has to stay locked, if the store does not see to that.
    private let files: FilesDirectory?
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
        case .store(let store, let path):
            try await Self(store: store, files: path, identities: identities, logger: logger)
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
        self.beat = Manager.Configuration().beat
        self.durable = nil
        self.files = nil
        self.temporaryDirectory = directory
    }

    private init(directory path: String, identities: IdentitySource, logger: Logger) async throws {
        try Self.makeDirectories(path)
        if let owner = FilesDirectory.owner(of: path) {
            throw JournalError(
                .unusable,
                message: "\(path) holds the files of cluster \(owner), whose jobs are elsewhere"
            )
        }
        let store = try await InMemoryJobStore.open(directory: "\(path)/store", identities: identities, logger: logger)
        self.init(
            store: store,
            directory: path,
            coordinator: try await Self.session(on: store),
            beat: Manager.Configuration().beat,
            durable: store,
            logger: logger
        )
    }

    private init(store: any JobStore, files path: String, identities: IdentitySource, logger: Logger) async throws {
        let cluster = try await store.cluster().id
        try Self.makeDirectories(path)
        self.init(
            store: store,
            directory: path,
            coordinator: try await Self.session(on: store, countingFrom: identities.triggerID().rawValue >> 16),
            beat: .seconds(2),
            files: try FilesDirectory(path: path, cluster: cluster),
            logger: logger
        )
    }

    private init(
        store: any JobStore,
        directory path: String,
        coordinator: InMemoryCoordinator,
        beat: Duration,
        durable: InMemoryJobStore? = nil,
        files: FilesDirectory? = nil,
        logger: Logger
    ) {
        self.store = store
        self.artifacts = DirectoryArtifactStore(directory: "\(path)/artifacts")
        self.coordinator = coordinator
        self.scheduler = TimerScheduler()
        self.processes = ProcessExecutor(artifacts: self.artifacts, directory: "\(path)/runs", logger: logger)
        self.wallClock = SystemWallClock()
        self.attemptClock = ContinuousClock()
        self.beat = beat
        self.durable = durable
        self.files = files
        self.temporaryDirectory = nil
    }

    /// The session of a process whose leader follows every earlier one.
    ///
    /// Sessions and elections end with the process, and the store remembers the leaders of earlier ones.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - lastToken: From where the leaders count; drawn at random where two processes may begin at the same moment, see
    ///     the same leaders and must not lead under the same token.
    /// - Returns: A session with an ensemble of its own.
    /// - Throws: ``JobStoreError``.
    private static func session(
        on store: any JobStore,
        countingFrom lastToken: UInt64 = 0
    ) async throws -> InMemoryCoordinator {
        let lives = try await store.slots().map(\.leaderToken.incarnation)
        return InMemoryEnsemble(incarnation: (lives.max() ?? 0) + 1, lastToken: lastToken).session()
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
