import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The store as one process of a simulated cluster reaches it.
struct SimulatedJobStore: JobStore {
    private static let losses = [
        Wire.Loss(answer: .commitUnknownApplied, request: .commitUnknownLost, notice: .milliseconds(5))
    ]

    let wire: Wire
    let service: StoreService

    /// How much later than usual a write arrives, or its answer.
    private func lag() -> Wire.Lag {
        guard self.wire.faults.strikes(.writeLate) else { return Wire.Lag() }
        let engine = self.wire.engine
        return engine.chance(0.5)
            ? Wire.Lag(request: engine.duration(.seconds(1)...(.seconds(60))))
            : Wire.Lag(answer: engine.duration(.seconds(1)...self.wire.timeout))
    }

    private func unreachable() -> JobStoreError {
        JobStoreError(.unavailable, message: "the connection to the store was lost", backendCode: 2013)
    }

    /// A read that sees every write that was acknowledged before.
    private func causal<Answer: Sendable>(
        _ body: @escaping @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        try await self.wire.request(unknown: self.unreachable()) { try await self.service.read(isCausal: true, body) }
    }

    /// A read that may see the store as it was a little while ago.
    private func relaxed<Answer: Sendable>(
        _ body: @escaping @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        try await self.wire.request(unknown: self.unreachable()) { try await self.service.read(isCausal: false, body) }
    }

    private func write<Answer: Sendable>(
        _ change: StoreChange,
        _ body: @escaping @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        try await self.wire.process.reaches(change)
        return try await self.wire.request(losses: Self.losses, lag: self.lag(), unknown: self.unreachable()) {
            try await self.service.write(change, body)
        }
    }

    func cluster() async throws -> Cluster { try await self.causal { try await $0.cluster() } }
    func now() async throws -> Date { try await self.causal { try await $0.now() } }
    func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        try await self.write(.creation(draft.id, key: key?.key)) { try await $0.createJob(draft, idempotency: key) }
    }
    func job(madeBy key: IdempotencyKey) async throws -> Job? {
        try await self.causal { try await $0.job(madeBy: key) }
    }
    func job(_ id: JobID) async throws -> Job? { try await self.causal { try await $0.job(id) } }
    func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        try await self.causal { try await $0.jobs(matching: filter, after: cursor, limit: limit) }
    }
    func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        try await self.write(.job(draft.id)) { try await $0.updateJob(draft, ifVersion: version) }
    }
    func removeJob(_ id: JobID) async throws -> Job? {
        try await self.write(.job(id)) { try await $0.removeJob(id) }
    }
    func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID> {
        try await self.write(.other) { try await $0.purgeJobs(jobs, idleSince: time) }
    }
    func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int {
        try await self.write(.other) { try await $0.purgeRuns(endedBefore: time, limit: limit) }
    }
    func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics] {
        try await self.relaxed { try await $0.statistics(of: jobs, since: since) }
    }
    func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        try await self.write(.request(job)) { try await $0.requestRun(of: job, trigger: trigger, request: request) }
    }
    func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run] {
        try await self.write(.request(job)) {
            try await $0.backfill(job, at: instants, trigger: trigger, request: request)
        }
    }
    func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        try await self.write(.request(id.job)) { try await $0.cancelRun(id, reason: reason) }
    }
    func run(_ id: RunID) async throws -> Run? { try await self.causal { try await $0.run(id) } }
    func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        try await self.causal { try await $0.runs(matching: filter, before: cursor, limit: limit) }
    }
    func gaps(of job: JobID, limit: Int) async throws -> [Gap] {
        try await self.causal { try await $0.gaps(of: job, limit: limit) }
    }
    func attempts(of run: RunID) async throws -> [Attempt] { try await self.causal { try await $0.attempts(of: run) } }
    func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences {
        try await self.relaxed { try await $0.artifacts(after: cursor, limit: limit) }
    }
    func slots() async throws -> [Slot] { try await self.causal { try await $0.slots() } }
    func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot] {
        try await self.write(.assignment(owners, token)) { try await $0.assign(owners, token: token, above: above) }
    }
    func workersOfOpenRuns() async throws -> Set<WorkerID> {
        try await self.relaxed { try await $0.workersOfOpenRuns() }
    }
    func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation] {
        try await self.write(.revocation(workers)) { try await $0.revokeConfirmations(of: workers, token: token) }
    }
    func confirmedWorkers() async throws -> [ConfirmedWorker] {
        try await self.relaxed { try await $0.confirmedWorkers() }
    }
    func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool {
        let sent = self.wire.engine.now
        let isConfirmed = try await self.write(.confirmation(worker)) { try await $0.confirm(worker, for: length) }
        if isConfirmed { self.service.noteConfirmed(worker, sentAt: sent) }
        return isConfirmed
    }
    func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        try await self.causal { try await $0.contents(of: slot, after: revision, limit: limit) }
    }
    func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] {
        try await self.write(.claims(claims)) { try await $0.claim(claims) }
    }
    func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) async throws -> ClaimOutcome {
        try await self.write(.adoption(adoptions, in: slot, by: worker, under: epoch)) {
            try await $0.adopt(adoptions, slot: slot, worker: worker, epoch: epoch)
        }
    }
    func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey> {
        try await self.write(.takeOver(attempts, from: predecessor, by: worker)) {
            try await $0.takeOver(attempts, from: predecessor, by: worker)
        }
    }
    func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome {
        try await self.write(.restoration(restoration)) { try await $0.restore(restoration) }
    }
    func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        try await self.write(.marks(attempts)) { try await $0.markStarting(attempts) }
    }
    func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID> {
        try await self.write(.record(starts: starts, ends: ends)) { try await $0.record(starts: starts, ends: ends) }
    }
}

/// What a write of the store is about, for whoever watches over it.
enum StoreChange: Sendable {
    case job(JobID)
    /// A job is created, unless one was under the same idempotency key before.
    case creation(JobID, key: String?)
    /// A run of a job is asked for, or its end.
    case request(JobID)
    case assignment([SlotID: WorkerID], LeaderToken)
    case claims([SlotClaim])
    case adoption([RunAdoption], in: SlotID, by: WorkerID, under: Epoch)
    case restoration(SlotRestoration)
    case takeOver([AttemptKey], from: WorkerID, by: WorkerID)
    case marks([AttemptKey])
    case record(starts: [AttemptKey: Date], ends: [Attempt])
    /// A worker's lease in the ledger.
    case confirmation(WorkerID)
    /// The end of such leases.
    case revocation(Set<WorkerID>)
    case other
}
