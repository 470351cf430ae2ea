#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A job store in this process's memory.
///
/// As complete as the others, for tests and for services that can do without history across restarts. Each call is
/// atomic; cost is proportional to what the call touches, except that loading a slot looks at each of its jobs.
public final class InMemoryJobStore: JobStore {
    private let ledger: Lock<InMemoryLedger>
    private let wallClock: any WallClock

    /// Creates an empty store of an initialised cluster.
    ///
    /// - Parameters:
    ///   - slotCount: How many slots each pool has, a power of two; 1,024 by default.
    ///   - historyLimit: How many ended runs, and how many gaps, are kept of each job, the newest; 1,000 by default.
    ///   - totalLimit: How many runs of all jobs together are kept, the newest; 500,000 by default.
    ///   - identities: Where the cluster's identity comes from.
    ///   - wallClock: The store's clock.
    public init(
        slotCount: Int = 1_024,
        historyLimit: Int = 1_000,
        totalLimit: Int = 500_000,
        identities: IdentitySource = IdentitySource(),
        wallClock: any WallClock = SystemWallClock()
    ) {
        precondition(slotCount > 0 && slotCount & (slotCount - 1) == 0, "the number of slots is a power of two")
        let cluster = Cluster(id: identities.clusterID(), slotCount: slotCount)
        self.ledger = Lock(
            InMemoryLedger(
                cluster: cluster,
                historyLimit: historyLimit,
                totalLimit: totalLimit,
                now: wallClock.now
            )
        )
        self.wallClock = wallClock
    }

    /// The cluster's identity and shape.
    public func cluster() async throws -> Cluster { self.ledger.withLock { $0.cluster } }

    /// The store's clock.
    public func now() async throws -> Date { self.wallClock.now }

    /// Adds a job.
    public func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        try self.ledger.withLock { try $0.createJob(draft, idempotency: key, now: self.wallClock.now) }
    }

    /// Puts a new version of a job in force.
    public func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        try self.ledger.withLock { try $0.updateJob(draft, ifVersion: version, now: self.wallClock.now) }
    }

    /// Finds a job.
    public func job(_ id: JobID) async throws -> Job? { self.ledger.withLock { $0.jobs[id]?.job } }

    /// Lists jobs.
    public func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        var jobs: [Job] = []
        var cursor = cursor
        while true {
            let now = Instant(floor: self.wallClock.now)
            let page = self.ledger.withLock {
                $0.jobs(matching: filter, after: cursor, limit: limit - jobs.count, now: now)
            }
            jobs += page.found
            guard let last = page.last, jobs.count < limit else { return jobs }
            cursor = last
            try Task.checkCancellation()
        }
    }

    /// Counts what has become of jobs lately.
    public func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics] {
        var statistics: [JobID: JobStatistics] = [:]
        for job in jobs {
            statistics[job] = self.ledger.withLock { ledger in
                ledger.jobs[job].map { JobStatistics(of: $0.runs.lazy.map(\.run), since: since) }
            }
        }
        return statistics
    }

    /// Removes a job.
    public func removeJob(_ id: JobID) async throws -> Job? {
        self.ledger.withLock { $0.removeJob(id, now: self.wallClock.now) }
    }

    /// Adds a pending run.
    public func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        try self.ledger.withLock {
            try $0.requestRun(of: job, trigger: trigger, request: request, now: self.wallClock.now)
        }
    }

    /// Ends a pending run, or asks for the end of one that may have started.
    public func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        try self.ledger.withLock { try $0.cancelRun(id, reason: reason) }
    }

    /// Finds a run.
    public func run(_ id: RunID) async throws -> Run? { self.ledger.withLock { $0.run(id)?.run } }

    /// Lists runs.
    public func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        var runs: [Run] = []
        var cursor = cursor
        while true {
            let page = self.ledger.withLock { $0.runs(matching: filter, before: cursor, limit: limit - runs.count) }
            runs += page.found
            guard let last = page.last, runs.count < limit else { return runs }
            cursor = last
            try Task.checkCancellation()
        }
    }

    /// Lists a job's gaps.
    public func gaps(of job: JobID, limit: Int) async throws -> [Gap] {
        self.ledger.withLock { $0.gaps(of: job, limit: limit) }
    }

    /// Lists a run's attempts.
    public func attempts(of run: RunID) async throws -> [Attempt] {
        self.ledger.withLock { $0.run(run)?.attempts ?? [] }
    }

    /// Every slot.
    public func slots() async throws -> [Slot] { self.ledger.withLock { $0.slots.map(\.slot) } }

    /// Gives slots to workers.
    public func assign(_ owners: [SlotID: WorkerID], token: LeaderToken) async throws -> [Slot] {
        try self.ledger.withLock { try $0.assign(owners, token: token) }
    }

    /// The workers of runs that are claimed and have not ended.
    public func workersOfOpenRuns() async throws -> Set<WorkerID> {
        self.ledger.withLock { $0.workersOfOpenRuns() }
    }

    /// Loads what has changed in a slot.
    public func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        try self.ledger.withLock { try $0.contents(of: slot, after: revision, limit: limit) }
    }

    /// Accounts for spans of time.
    public func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] {
        self.ledger.withLock { ledger in claims.map { ledger.claim($0, now: self.wallClock.now) } }
    }

    /// Writes a dead worker's runs as their new owner leaves them.
    public func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) async throws -> ClaimOutcome {
        self.ledger.withLock { $0.adopt(adoptions, slot: slot, worker: worker, epoch: epoch) }
    }

    /// Marks attempts as about to start.
    public func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        self.ledger.withLock { $0.markStarting(attempts) }
    }

    /// Records starts and ends of attempts.
    public func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws {
        self.ledger.withLock { $0.record(starts: starts, ends: ends) }
    }
}
