#if MariaDB
public import DistributedCron
public import Logging
public import ServiceLifecycle

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Jobs and the ledger in a MariaDB database, alone or as a Galera cluster.
///
/// Every call is one transaction whose decisions are conditions of its writes, so any number of stores may work on one
/// database, and on different nodes of one Galera cluster. The present is the database's clock.
///
/// `run()` looks after the connections: it closes those that nobody needs, and all at the end. Calls work without it.
public final class MariaDBJobStore: JobStore, Service {
    let work: UnitOfWork
    let schedules: Schedules
    private let pool: ConnectionPool
    private let shape = Lock<Cluster?>(nil)
    private let creations: Combiner<JobRequestRow, JobCreation>

    /// Creates a store on a database that has been migrated (``SchemaMigrator``).
    ///
    /// - Parameters:
    ///   - configuration: Where the database is.
    ///   - clock: Measures waits.
    ///   - logger: Hears of connections that break, and of what was resolved after that.
    public convenience init(
        configuration: MariaDBConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        let pool = ConnectionPool(configuration: configuration, clock: clock, logger: logger)
        self.init(pool: pool, clock: clock, wallClock: nil, logger: logger)
    }

    /// Creates a store over a pool, which may take the present from another clock than the database's.
    package init(
        pool: ConnectionPool,
        clock: any Clock<Duration> = ContinuousClock(),
        identities: IdentitySource = IdentitySource(),
        wallClock: (any WallClock)?,
        logger: Logger
    ) {
        self.pool = pool
        let work = UnitOfWork(pool: pool, clock: clock, identities: identities, wallClock: wallClock, logger: logger)
        self.work = work
        let schedules = Schedules()
        self.schedules = schedules
        self.creations = Combiner(limit: 256) { await JobCreator(work: work, schedules: schedules).create($0) }
    }

    /// Looks after the connections until gracefully shut down or cancelled.
    public func run() async throws { try await self.pool.run() }

    /// Closes all connections.
    public func close() async { await self.pool.close() }

    // MARK: Cluster

    /// The cluster's identity and shape.
    public func cluster() async throws -> Cluster {
        if let known = self.shape.withLock({ $0 }) { return known }
        let found = try await self.work.read { session in
            try session.checkSchema()
            return try session.query("SELECT id, slot_count FROM cluster") {
                Cluster(id: ClusterID(rawValue: try $0.text(0)), slotCount: try $0.int(1))
            }
        }
        guard let cluster = found.first else {
            throw JobStoreError(.unavailable, message: "the database has no cluster in it; run `distcron migrate`")
        }
        self.shape.withLock { $0 = cluster }
        return cluster
    }

    /// The database's clock.
    public func now() async throws -> Date { try await self.work.read { try $0.now() } }

    /// The number of a slot's row, or nil if there is no such slot.
    func number(of slot: SlotID) async throws -> Int? {
        let count = try await self.cluster().slotCount
        return slot.pool == .default && (0..<count).contains(slot.index) ? slot.index : nil
    }

    /// The number of the row of a job's slot.
    func slotNumber(of job: JobID) async throws -> Int {
        SlotID(of: job, count: try await self.cluster().slotCount).index
    }

    /// A value that a slot's row has never had: whatever is written with it changes the row, which Galera certifies.
    func newUnit(_ session: Session) throws -> SQLValue {
        .job(self.work.identities.jobID(at: try session.now()))
    }

    // MARK: Creating

    /// Adds a job; calls that come together share a transaction, which none of them cancels once it has begun.
    public func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        let slot = try await self.slotNumber(of: draft.id)
        return try await self.creations.submit(JobRequestRow(draft: draft, key: key, slot: slot))
    }
}
#endif
