#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What clients can do with jobs: validates requests, and turns them into changes of the store.
///
/// Any number of API servers have one each; it keeps nothing. What it returned is durable.
public struct JobService: Sendable {
    /// What requests may contain; the defaults are the system's.
    public struct Limits: Sendable, Hashable {
        /// The most bytes of a command; 64 KiB by default.
        public var commandBytes = 64 * 1_024
        /// The most bytes of a script or binary; 64 MiB by default.
        public var artifactBytes = 64 * 1_024 * 1_024
        /// The most bytes of a name; 128 by default.
        public var nameBytes = 128
        /// The most bytes of a description; 4 KiB by default.
        public var descriptionBytes = 4 * 1_024
        /// The most labels of a job; 64 by default.
        public var labels = 64
        /// The most variables of a job; 256 by default.
        public var variables = 256
        /// The most bytes of all variables of a job; 64 KiB by default.
        public var environmentBytes = 64 * 1_024

        /// Creates the defaults.
        public init() {}
    }

    /// What requests may contain.
    public let limits: Limits
    /// The zone of schedules that name none.
    public let timeZone: Zone
    let store: any JobStore
    let artifacts: any ArtifactStore
    let coordinator: any Coordinator
    let outputs: LiveOutputs
    let identities: IdentitySource
    let clock: any Clock<Duration>

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - store: Where jobs and runs are.
    ///   - artifacts: Where scripts and binaries go.
    ///   - coordinator: This process's session, through which changes are signalled, and leader and workers are seen.
    ///   - outputs: What attempts in this process write, shared with the worker; without one nothing can be followed.
    ///   - limits: What requests may contain.
    ///   - timeZone: The zone of schedules that name none.
    ///   - identities: Where the identities of jobs and manual runs come from.
    ///   - clock: Measures waits.
    public init(
        store: any JobStore,
        artifacts: any ArtifactStore,
        coordinator: any Coordinator,
        outputs: LiveOutputs = LiveOutputs(),
        limits: Limits = Limits(),
        timeZone: Zone = .utc,
        identities: IdentitySource = IdentitySource(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.artifacts = artifacts
        self.coordinator = coordinator
        self.outputs = outputs
        self.limits = limits
        self.timeZone = timeZone
        self.identities = identities
        self.clock = clock
    }

    // MARK: Finding jobs

    /// Finds a job, removed ones included.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func job(_ id: JobID) async throws -> Job? { try await self.store.job(id) }

    /// Lists jobs in the order of their creation, a page at a time.
    ///
    /// - Parameters:
    ///   - filter: Which jobs.
    ///   - cursor: The last job of the page before, or nil to begin.
    ///   - limit: The most jobs to return, 1 to 1,000.
    /// - Returns: The next jobs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func jobs(
        matching filter: JobFilter = JobFilter(),
        after cursor: JobID? = nil,
        limit: Int = 1_000
    ) async throws -> [Job] {
        try await self.store.jobs(matching: filter, after: cursor, limit: limit)
    }

    /// Counts what has become of jobs in the last 24 hours.
    ///
    /// - Parameter jobs: At most 1,000 jobs.
    /// - Returns: The figures of those that exist.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func statistics(of jobs: [JobID]) async throws -> [JobID: JobStatistics] {
        let now = Instant(floor: try await self.store.now())
        return try await self.store.statistics(of: jobs, since: now - 86_400)
    }

    // MARK: Files

    /// Stores a script or a binary that a request is to name.
    ///
    /// - Parameter bytes: The file, in pieces; read as fast as the store takes it.
    /// - Returns: What to name it by.
    /// - Throws: ``JobRequestError`` if the file is empty or too large; what `bytes` throws; ``ArtifactStoreError``.
    public func upload<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        let limit = self.limits.artifactBytes
        let counter = Lock(0)
        let artifact = try await self.artifacts.store(
            bytes.map { piece in
                let count = counter.withLock { count in
                    count += piece.count
                    return count
                }
                guard count <= limit else {
                    throw JobRequestError(
                        issues: [.init(field: "executable", message: "the file is larger than \(limit) bytes")]
                    )
                }
                return piece
            }
        )
        guard artifact.size > 0 else {
            throw JobRequestError(issues: [.init(field: "executable", message: "the file is empty")])
        }
        return artifact
    }

    /// Reads a script, a binary, or the whole output of an attempt.
    ///
    /// - Throws: ``ArtifactStoreError`` with code `notFound` or `unavailable`.
    public func read(_ artifact: Artifact) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await self.artifacts.read(artifact.digest)
    }

    // MARK: Readiness

    /// Checks what the service needs, one entry for each.
    ///
    /// While the coordination service does not answer, for which five seconds are waited at the most, `leader` says since when,
    /// and what goes on by the ledger.
    public func checks() async -> [ReadinessCheck] {
        let store = await ReadinessCheck("store") {
            _ = try await self.store.now()
            return nil
        }
        let leader = await ReadinessCheck("leader") {
            let manager = try await self.reportingOutage(asksLedger: store.problem == nil) { try await self.leader() }
            return manager == nil ? "no manager leads" : nil
        }
        return [store, leader]
    }

    /// Says that something has changed; a lost signal costs delay only, because the leader looks by itself as well.
    func signal() async {
        try? await self.coordinator.signalChange()
    }
}
