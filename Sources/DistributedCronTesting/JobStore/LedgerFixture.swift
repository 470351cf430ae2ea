import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A fresh store and what every check of it needs: identities, drafts, owned slots, claims.
///
/// The clock begins half a second before a full minute, so "the next whole second" is the first instant of the
/// schedule `* * * * *`, which all jobs have, and is within the second by which a claim may be ahead.
final class LedgerFixture: Sendable {
    let store: any JobStore
    let clock: ManualWallClock
    let slotCount: Int
    let worker = WorkerID(rawValue: "w-one")
    let otherWorker = WorkerID(rawValue: "w-two")
    let token = LeaderToken(incarnation: 1, sequence: 10)
    private let lastIdentity = Lock<UInt128>(0x019B_76DA_0000_7000_8000_0000_0000_0000)

    init(_ make: @Sendable (any WallClock) async throws -> any JobStore) async throws {
        self.clock = ManualWallClock(now: Date(timeIntervalSince1970: 1_767_225_599.5))
        self.store = try await make(self.clock)
        self.slotCount = try await self.store.cluster().slotCount
    }

    // MARK: Time

    /// The next full minute, half a second from now.
    var nextMinute: Instant { Instant(ceiling: self.clock.now) }

    /// Goes on to half a second before the following minute.
    func passMinute() { self.clock.advance(by: .seconds(60)) }

    // MARK: Jobs

    /// A new identity, higher than those before, that hashes to a slot if one is named.
    func identity(in slot: SlotID? = nil) -> JobID {
        self.lastIdentity.withLock { last in
            repeat {
                last += 1
            } while slot.map { $0 != SlotID(of: JobID(rawValue: last), count: self.slotCount) } ?? false
            return JobID(rawValue: last)
        }
    }

    func draft(
        in slot: SlotID? = nil,
        name: String? = nil,
        executable: Executable = .command("true"),
        _ change: (inout JobPolicies) -> Void = { _ in }
    ) throws -> JobDraft {
        var policies = JobPolicies()
        change(&policies)
        let schedule = try Schedule("* * * * *")
        return JobDraft(
            id: self.identity(in: slot),
            name: name,
            definition: JobDefinition(schedule: schedule, executable: executable, policies: policies)
        )
    }

    /// Creates a job.
    func job(
        in slot: SlotID? = nil,
        name: String? = nil,
        _ change: (inout JobPolicies) -> Void = { _ in }
    ) async throws -> Job {
        try await self.store.createJob(try self.draft(in: slot, name: name, change))
    }

    /// Creates a job whose slot the worker owns.
    func ownedJob(in slot: SlotID? = nil, _ change: (inout JobPolicies) -> Void = { _ in }) async throws -> Job {
        let job = try await self.job(in: slot, change)
        if try await self.slot(job.slot).worker == nil { try await self.own(job.slot) }
        return job
    }

    /// The job as the store has it now.
    func reload(_ job: Job) async throws -> Job { try #require(try await self.store.job(job.id)) }

    /// The run as the store has it now.
    func reload(_ run: Run) async throws -> Run { try #require(try await self.store.run(run.id)) }

    func request(_ job: Job, trigger: UInt64? = nil) async throws -> Run {
        let trigger = trigger ?? UInt64(truncatingIfNeeded: self.identity().rawValue)
        return try await self.store.requestRun(of: job.id, trigger: TriggerID(rawValue: trigger))
    }

    /// Asks for runs of minutes that were long ago.
    func backfill(
        _ job: Job,
        minutes: some Sequence<Int64>,
        trigger: UInt64 = 0,
        reason: String = "why"
    ) async throws -> [Run] {
        let instants = minutes.map { Instant(epochSeconds: 1_700_000_040 + 60 * $0) }
        let trigger = TriggerID(rawValue: TriggerID.firstBackfill.rawValue + trigger)
        return try await self.store.backfill(
            job.id,
            at: instants,
            trigger: trigger,
            request: RunRequest(reason: reason)
        )
    }

    // MARK: Slots

    /// The slot's row as it is now.
    func slot(_ id: SlotID) async throws -> Slot { try await self.contents(id, limit: 1).slot }

    func contents(_ id: SlotID, after revision: Revision = .zero, limit: Int = 1_000) async throws -> SlotContents {
        try await self.store.contents(of: id, after: revision, limit: limit)
    }

    /// Gives a slot to a worker.
    @discardableResult
    func own(_ id: SlotID, by worker: WorkerID? = nil) async throws -> Slot {
        let slots = try await self.store.assign([id: worker ?? self.worker], token: self.token)
        return try #require(slots.first)
    }

    // MARK: Claims

    /// A claim that fits a slot's row, up to the next full minute unless told otherwise.
    func claim(_ slot: Slot, to: Instant? = nil) -> SlotClaim {
        SlotClaim(
            slot: slot.id,
            worker: slot.worker ?? self.worker,
            epoch: slot.epoch,
            revision: slot.revision,
            from: slot.accountedUntil,
            to: to ?? self.nextMinute
        )
    }

    /// A claimed first attempt of one instant.
    func claimedRun(of job: Job, at instant: Instant, in slot: Slot) -> Run {
        Run(
            id: RunID(job: job.id, scheduledAt: instant),
            version: job.version.number,
            state: .claimed,
            attempt: 1,
            worker: slot.worker,
            epoch: slot.epoch
        )
    }

    /// Commits a claim.
    func commit(_ claim: SlotClaim, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let outcomes = try await self.store.claim([claim])
        try #require(outcomes == [.committed], sourceLocation: sourceLocation)
    }

    /// Goes on to the next minute and claims that instant of a job.
    func claimRun(of job: Job, _ change: (inout Run) -> Void = { _ in }) async throws -> Run {
        self.passMinute()
        let slot = try await self.slot(job.slot)
        var run = self.claimedRun(of: job, at: self.nextMinute, in: slot)
        change(&run)
        var claim = self.claim(slot)
        claim.runs = [run]
        try await self.commit(claim)
        return run
    }

    /// Tells the store that the watermark has passed the job's last instant.
    func exhaust(_ job: Job) async throws {
        var claim = self.claim(try await self.slot(job.slot))
        claim.to = claim.from
        claim.exhausted = [job.id]
        try await self.commit(claim)
    }

    // MARK: Attempts

    func key(_ run: Run) -> AttemptKey { AttemptKey(of: run) }

    /// Marks the current attempts of runs as starting, under the epochs that the runs are known with.
    func markStarting(_ runs: [Run]) async throws -> Set<AttemptKey> {
        try await self.store.markStarting(runs.map(self.key))
    }

    /// The record of a run's current attempt, with an end at the present.
    func attempt(
        _ run: Run,
        _ outcome: AttemptOutcome,
        output: String = "",
        cancellation: RunReason? = nil,
        retryAt: Instant? = nil
    ) -> Attempt {
        var tail = OutputTail()
        tail.append(Array(output.utf8), from: .stdout)
        let now = self.clock.now
        let report = AttemptReport(
            outcome: outcome,
            startedAt: now.addingTimeInterval(-0.25),
            finishedAt: now,
            output: tail
        )
        return Attempt(
            run: run.id,
            number: run.attempt,
            worker: run.worker ?? self.worker,
            epoch: run.epoch,
            report: report,
            cancellation: cancellation,
            retryAt: retryAt
        )
    }

    func end(_ run: Run, _ outcome: AttemptOutcome) async throws {
        try await self.store.record(starts: [:], ends: [self.attempt(run, outcome)])
    }

    // MARK: Seeing that nothing has changed

    /// All that a store says of some jobs and their slots.
    struct Snapshot: Equatable {
        var slots: [SlotContents] = []
        var jobs: [Job?] = []
        var runs: [[Run]] = []
        var gaps: [[Gap]] = []
        var attempts: [[Attempt]] = []
    }

    func snapshot(_ jobs: Job...) async throws -> Snapshot {
        var snapshot = Snapshot()
        for job in jobs {
            snapshot.slots.append(try await self.contents(job.slot))
            snapshot.jobs.append(try await self.store.job(job.id))
            let runs = try await self.store.runs(of: job.id, before: nil, limit: 1_000)
            snapshot.runs.append(runs)
            snapshot.gaps.append(try await self.store.gaps(of: job.id, limit: 1_000))
            for run in runs { snapshot.attempts.append(try await self.store.attempts(of: run.id)) }
        }
        return snapshot
    }

    /// Expects a ``JobStoreError`` with a code.
    func expectError(
        _ code: JobStoreError.Code,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let error = await #expect(throws: JobStoreError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }
}

/// Whether two moments agree to the millisecond, which is as much as every store keeps.
func agree(_ lhs: Date?, _ rhs: Date?) -> Bool {
    guard let lhs, let rhs else { return lhs == nil && rhs == nil }
    return abs(lhs.timeIntervalSince(rhs)) < 0.001
}
