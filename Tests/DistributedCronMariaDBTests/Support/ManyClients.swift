#if MariaDB
import DistributedCron
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Many clients of one cluster as one store: each call goes to the next of them, as if it came from another machine.
final class ManyClients: JobStore {
    private let stores: [any JobStore]
    private let calls = Atomic(0)

    init(_ stores: [any JobStore]) { self.stores = stores }

    private var next: any JobStore {
        self.stores[self.calls.wrappingAdd(1, ordering: .relaxed).oldValue % self.stores.count]
    }

    func cluster() async throws -> Cluster { try await self.next.cluster() }
    func now() async throws -> Date { try await self.next.now() }
    func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        try await self.next.createJob(draft, idempotency: key)
    }
    func job(madeBy key: IdempotencyKey) async throws -> Job? { try await self.next.job(madeBy: key) }
    func job(_ id: JobID) async throws -> Job? { try await self.next.job(id) }
    func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        try await self.next.jobs(matching: filter, after: cursor, limit: limit)
    }
    func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        try await self.next.updateJob(draft, ifVersion: version)
    }
    func removeJob(_ id: JobID) async throws -> Job? { try await self.next.removeJob(id) }
    func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID> {
        try await self.next.purgeJobs(jobs, idleSince: time)
    }
    func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int {
        try await self.next.purgeRuns(endedBefore: time, limit: limit)
    }
    func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics] {
        try await self.next.statistics(of: jobs, since: since)
    }
    func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        try await self.next.requestRun(of: job, trigger: trigger, request: request)
    }
    func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run] {
        try await self.next.backfill(job, at: instants, trigger: trigger, request: request)
    }
    func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        try await self.next.cancelRun(id, reason: reason)
    }
    func run(_ id: RunID) async throws -> Run? { try await self.next.run(id) }
    func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        try await self.next.runs(matching: filter, before: cursor, limit: limit)
    }
    func gaps(of job: JobID, limit: Int) async throws -> [Gap] { try await self.next.gaps(of: job, limit: limit) }
    func attempts(of run: RunID) async throws -> [Attempt] { try await self.next.attempts(of: run) }
    func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences {
        try await self.next.artifacts(after: cursor, limit: limit)
    }
    func slots() async throws -> [Slot] { try await self.next.slots() }
    func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot] {
        try await self.next.assign(owners, token: token, above: above)
    }
    func workersOfOpenRuns() async throws -> Set<WorkerID> { try await self.next.workersOfOpenRuns() }
    func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation] {
        try await self.next.revokeConfirmations(of: workers, token: token)
    }
    func confirmedWorkers() async throws -> [ConfirmedWorker] { try await self.next.confirmedWorkers() }
    func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool {
        try await self.next.confirm(worker, for: length)
    }
    func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        try await self.next.contents(of: slot, after: revision, limit: limit)
    }
    func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] { try await self.next.claim(claims) }
    func adopt(_ adoptions: [RunAdoption], slot: SlotID, worker: WorkerID, epoch: Epoch) async throws -> ClaimOutcome {
        try await self.next.adopt(adoptions, slot: slot, worker: worker, epoch: epoch)
    }
    func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey> {
        try await self.next.takeOver(attempts, from: predecessor, by: worker)
    }
    func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome {
        try await self.next.restore(restoration)
    }
    func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        try await self.next.markStarting(attempts)
    }
    @discardableResult
    func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID> {
        try await self.next.record(starts: starts, ends: ends)
    }
}
#endif
