import DistributedCron
import Foundation

/// A store whose claims and adoptions are written, but whose answer to the first of each is lost.
///
/// The first mark is written late, when the second comes.
final class UncertainJobStore: JobStore {
    private let store: InMemoryJobStore
    private let lost = Lock<Set<String>>([])
    private let late = Lock<[AttemptKey]>([])

    init(_ store: InMemoryJobStore) { self.store = store }

    /// What was written without an answer.
    var lostAnswers: Set<String> { self.lost.withLock { $0 } }

    private func answer<Value: Sendable>(_ call: String, _ value: Value) throws -> Value {
        guard self.lost.withLock({ $0.insert(call).inserted }) else { return value }
        throw JobStoreError(.unavailable, message: "the connection was lost during COMMIT")
    }

    func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] {
        try self.answer("claim", await self.store.claim(claims))
    }

    func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) async throws -> ClaimOutcome {
        try self.answer("adopt", await self.store.adopt(adoptions, slot: slot, worker: worker, epoch: epoch))
    }

    func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID> {
        try self.answer("record", await self.store.record(starts: starts, ends: ends))
    }

    func cluster() async throws -> Cluster { try await self.store.cluster() }
    func now() async throws -> Date { try await self.store.now() }
    func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        try await self.store.createJob(draft, idempotency: key)
    }
    func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        try await self.store.updateJob(draft, ifVersion: version)
    }
    func job(madeBy key: IdempotencyKey) async throws -> Job? { try await self.store.job(madeBy: key) }
    func job(_ id: JobID) async throws -> Job? { try await self.store.job(id) }
    func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        try await self.store.jobs(matching: filter, after: cursor, limit: limit)
    }
    func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics] {
        try await self.store.statistics(of: jobs, since: since)
    }
    func removeJob(_ id: JobID) async throws -> Job? { try await self.store.removeJob(id) }
    func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        try await self.store.requestRun(of: job, trigger: trigger, request: request)
    }
    func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run] {
        try await self.store.backfill(job, at: instants, trigger: trigger, request: request)
    }
    func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        try await self.store.cancelRun(id, reason: reason)
    }
    func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID> {
        try await self.store.purgeJobs(jobs, idleSince: time)
    }
    func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int {
        try await self.store.purgeRuns(endedBefore: time, limit: limit)
    }
    func workersOfOpenRuns() async throws -> Set<WorkerID> { try await self.store.workersOfOpenRuns() }
    func run(_ id: RunID) async throws -> Run? { try await self.store.run(id) }
    func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        try await self.store.runs(matching: filter, before: cursor, limit: limit)
    }
    func gaps(of job: JobID, limit: Int) async throws -> [Gap] { try await self.store.gaps(of: job, limit: limit) }
    func attempts(of run: RunID) async throws -> [Attempt] { try await self.store.attempts(of: run) }
    func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences {
        try await self.store.artifacts(after: cursor, limit: limit)
    }
    func slots() async throws -> [Slot] { try await self.store.slots() }
    func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot] {
        try await self.store.assign(owners, token: token, above: above)
    }
    func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation] {
        try await self.store.revokeConfirmations(of: workers, token: token)
    }
    func confirmedWorkers() async throws -> [ConfirmedWorker] { try await self.store.confirmedWorkers() }
    func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool {
        try await self.store.confirm(worker, for: length)
    }
    func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        try await self.store.contents(of: slot, after: revision, limit: limit)
    }
    func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey> {
        try await self.store.takeOver(attempts, from: predecessor, by: worker)
    }
    func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome {
        try await self.store.restore(restoration)
    }
    func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        if self.lost.withLock({ $0.insert("mark").inserted }) {
            self.late.withLock { $0 = attempts }
            throw JobStoreError(.unavailable, message: "the connection was lost before the statement was done")
        }
        _ = try await self.store.markStarting(self.late.withLock { $0 })
        return try await self.store.markStarting(attempts)
    }
}
