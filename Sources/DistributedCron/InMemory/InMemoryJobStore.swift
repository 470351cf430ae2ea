#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A job store in this process's memory, which one directory can make durable.
///
/// As complete as the others, for tests and for a cluster of one process. Each call is atomic; cost is proportional to
/// what the call touches.
///
/// With a directory (``open(directory:slotCount:historyLimit:totalLimit:identities:wallClock:logger:)``) every change is
/// on disk before it is acknowledged, and before anybody can see it: calls that come together share one write. After a
/// crash the store is what it was at some moment after the last change that was acknowledged.
public final class InMemoryJobStore: JobStore {
    private let ledger: Lock<InMemoryLedger>
    private let wallClock: any WallClock
    private let journal: Journal?
    private let snapshots: SnapshotTaker?
    private let onChange: @Sendable () -> Void

    /// Creates an empty store of an initialised cluster, which ends with this process.
    ///
    /// - Parameters:
    ///   - slotCount: How many slots each pool has, a power of two; 1,024 by default.
    ///   - historyLimit: How many ended runs, and how many gaps, are kept of each job, the newest; 1,000 by default.
    ///   - totalLimit: How many runs of all jobs together are kept, the newest; 500,000 by default.
    ///   - identities: Where the cluster's identity comes from.
    ///   - wallClock: The store's clock.
    public convenience init(
        slotCount: Int = 1_024,
        historyLimit: Int = 1_000,
        totalLimit: Int = 500_000,
        identities: IdentitySource = IdentitySource(),
        wallClock: any WallClock = SystemWallClock()
    ) {
        self.init(
            slotCount: slotCount,
            historyLimit: historyLimit,
            totalLimit: totalLimit,
            identities: identities,
            wallClock: wallClock,
            onChange: {}
        )
    }

    /// Creates an empty store that tells of every call that may have changed it.
    package init(
        slotCount: Int = 1_024,
        historyLimit: Int = 1_000,
        totalLimit: Int = 500_000,
        identities: IdentitySource = IdentitySource(),
        wallClock: any WallClock,
        onChange: @escaping @Sendable () -> Void
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
        self.journal = nil
        self.snapshots = nil
        self.onChange = onChange
    }

    init(
        ledger: consuming sending InMemoryLedger,
        wallClock: any WallClock,
        journal: Journal,
        snapshots: SnapshotTaker
    ) {
        self.ledger = Lock(ledger)
        self.wallClock = wallClock
        self.journal = journal
        self.snapshots = snapshots
        self.onChange = {}
    }

    /// Creates a store without a directory that holds what another did when it was copied.
    package init(_ copy: Copy, wallClock: any WallClock) {
        self.ledger = Lock(copy.ledger)
        self.wallClock = wallClock
        self.journal = nil
        self.snapshots = nil
        self.onChange = {}
    }

    /// Writes what is left to write and lets go of the directory; later changes are refused.
    public func close() async {
        await self.snapshots?.close()
        await self.journal?.close()
    }

    /// How many times the disk was made to write; nil without a directory.
    package var syncCount: Int? { self.journal?.syncCount }

    // MARK: Calls

    /// Changes the ledger; returns when the change is on disk, if there is one.
    private func change<Answer: Sendable>(
        _ body: (inout InMemoryLedger, Date) throws(JobStoreError) -> Answer
    ) async throws(JobStoreError) -> Answer {
        guard let journal = self.journal else {
            defer { self.onChange() }
            return try self.ledger.withLock { ledger throws(JobStoreError) in try body(&ledger, self.wallClock.now) }
        }
        try journal.checkAccepting()
        let (answer, ticket) = try self.ledger.withLock { ledger throws(JobStoreError) -> (Answer, Journal.Ticket) in
            let answer = try body(&ledger, self.wallClock.now)
            let records = ledger.takeChanges()
            // Even what changes nothing may rest on a change that is not on disk yet.
            return (answer, records.isEmpty ? journal.lastTicket : journal.enqueue(records))
        }
        try await journal.durable(ticket)
        self.snapshots?.takeIfDue { self.snapshotPieces() }
        return answer
    }

    /// Reads the ledger; returns when all that was read is on disk.
    private func read<Answer: Sendable>(
        _ body: (borrowing InMemoryLedger) throws(JobStoreError) -> Answer
    ) async throws(JobStoreError) -> Answer {
        let (answer, ticket) = try self.ledger.withLock { ledger throws(JobStoreError) -> (Answer, Journal.Ticket?) in
            (try body(ledger), self.journal?.lastTicket)
        }
        if let ticket { try await self.journal?.durable(ticket) }
        return answer
    }

    /// Begins a snapshot and returns what gives its pieces one after the other.
    private func snapshotPieces() -> SnapshotTaker.Pieces? {
        guard let journal = self.journal, let number = self.ledger.withLock({ _ in journal.beginSnapshot() }) else {
            return nil
        }
        var cursor: JobID?
        // The store stays for as long as this does: a snapshot that ends early would take the place of all that follows.
        return SnapshotTaker.Pieces(number: number) {
            guard let piece = self.ledger.withLock({ $0.snapshotPiece(after: cursor) }) else { return nil }
            cursor = piece.last
            return piece.bytes
        }
    }

    // MARK: Forgetting

    /// All that a store holds at one moment.
    package struct Copy: Sendable {
        package let ledger: InMemoryLedger
    }

    /// What the store holds now, to which ``revert(to:)`` makes it fall back.
    package func copy() -> Copy { self.ledger.withLock { Copy(ledger: $0) } }

    /// Forgets all that was acknowledged since a copy was made, as databases have been seen to do; without a directory
    /// only.
    package func revert(to copy: Copy) {
        precondition(self.journal == nil, "a store with a directory forgets nothing")
        self.ledger.withLock { $0 = copy.ledger }
    }

    // MARK: Cluster and jobs

    /// The cluster's identity and shape.
    public func cluster() async throws -> Cluster { self.ledger.withLock { $0.cluster } }

    /// The store's clock.
    public func now() async throws -> Date { self.wallClock.now }

    /// Adds a job.
    public func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.createJob(draft, idempotency: key, now: now)
        }
    }

    /// Puts a new version of a job in force.
    public func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.updateJob(draft, ifVersion: version, now: now)
        }
    }

    /// Finds the job that a request has made.
    public func job(madeBy key: IdempotencyKey) async throws -> Job? {
        try await self.change { ledger, now throws(JobStoreError) in try ledger.replay(key, now: now) }
    }

    /// Finds a job.
    public func job(_ id: JobID) async throws -> Job? { try await self.read { $0.jobs[id]?.job } }

    /// Lists jobs.
    public func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        var jobs: [Job] = []
        var cursor = cursor
        while true {
            let now = Instant(floor: self.wallClock.now)
            let (start, count) = (cursor, limit - jobs.count)
            let page = try await self.read { $0.jobs(matching: filter, after: start, limit: count, now: now) }
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
            statistics[job] = try await self.read { ledger in
                ledger.jobs[job].map { JobStatistics(of: $0.runs.lazy.map(\.run), since: since) }
            }
        }
        return statistics
    }

    /// Removes a job.
    public func removeJob(_ id: JobID) async throws -> Job? {
        try await self.change { ledger, now in ledger.removeJob(id, now: now) }
    }

    /// Removes jobs that are over for good.
    public func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID> {
        try await self.change { ledger, _ in ledger.purgeJobs(jobs, idleSince: time) }
    }

    /// Forgets runs that ended long ago.
    public func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int {
        try await self.change { ledger, _ in ledger.purgeRuns(endedBefore: time, limit: limit) }
    }

    // MARK: Runs

    /// Adds a pending run.
    public func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.requestRun(of: job, trigger: trigger, request: request, now: now)
        }
    }

    /// Adds a pending run for each of some instants of the past.
    public func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run] {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.backfill(job, at: instants, trigger: trigger, request: request, now: now)
        }
    }

    /// Ends a pending run, or asks for the end of one that may have started.
    public func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.cancelRun(id, reason: reason, now: now)
        }
    }

    /// Finds a run.
    public func run(_ id: RunID) async throws -> Run? { try await self.read { $0.run(id)?.run } }

    /// Lists runs.
    public func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        var runs: [Run] = []
        var cursor = cursor
        while true {
            let (end, count) = (cursor, limit - runs.count)
            let page = try await self.read { $0.runs(matching: filter, before: end, limit: count) }
            runs += page.found
            guard let last = page.last, runs.count < limit else { return runs }
            cursor = last
            try Task.checkCancellation()
        }
    }

    /// Lists a job's gaps.
    public func gaps(of job: JobID, limit: Int) async throws -> [Gap] {
        try await self.read { $0.gaps(of: job, limit: limit) }
    }

    /// Lists a run's attempts.
    public func attempts(of run: RunID) async throws -> [Attempt] {
        try await self.read { $0.run(run)?.attempts ?? [] }
    }

    /// Lists the artifacts that jobs refer to.
    public func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences {
        try await self.read { $0.artifacts(after: cursor, limit: limit) }
    }

    // MARK: Slots

    /// Every slot.
    public func slots() async throws -> [Slot] { try await self.read { $0.slots.map(\.slot) } }

    /// Gives slots to workers.
    public func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot] {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.assign(owners, token: token, above: above, now: now)
        }
    }

    /// The workers of runs that are claimed and have not ended.
    public func workersOfOpenRuns() async throws -> Set<WorkerID> {
        try await self.read { $0.workersOfOpenRuns() }
    }

    /// Sees to it that workers are not confirmed any more.
    public func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation] {
        try await self.change { ledger, now throws(JobStoreError) in
            try ledger.revokeConfirmations(of: workers, token: token, now: now)
        }
    }

    /// The workers that are confirmed now.
    public func confirmedWorkers() async throws -> [ConfirmedWorker] {
        let now = self.wallClock.now
        return try await self.read { $0.confirmedWorkers(now: now) }
    }

    // MARK: The ledger

    /// Confirms for a while that a worker's slots are its own.
    public func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool {
        try await self.change { ledger, now in ledger.confirm(worker, for: length, now: now) }
    }

    /// Loads what has changed in a slot.
    public func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        try await self.read { ledger throws(JobStoreError) in
            try ledger.contents(of: slot, after: revision, limit: limit)
        }
    }

    /// Accounts for spans of time.
    public func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] {
        try await self.change { ledger, now in ledger.claim(claims, now: now) }
    }

    /// Writes a dead worker's runs as their new owner leaves them.
    public func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) async throws -> ClaimOutcome {
        try await self.change { ledger, _ in ledger.adopt(adoptions, slot: slot, worker: worker, epoch: epoch) }
    }

    /// Makes attempts that a dead worker has left running the attempts of another.
    public func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey> {
        try await self.change { ledger, _ in ledger.takeOver(attempts, from: predecessor, by: worker) }
    }

    /// Puts back what the store has forgotten of a slot.
    public func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome {
        try await self.change { ledger, _ in ledger.restore(restoration) }
    }

    /// Marks attempts as about to start.
    public func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        try await self.change { ledger, _ in ledger.markStarting(attempts) }
    }

    /// Records starts and ends of attempts.
    @discardableResult
    public func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID> {
        try await self.change { ledger, _ in ledger.record(starts: starts, ends: ends) }
    }
}
