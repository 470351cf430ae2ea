#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Each kind of write when nothing is heard of its commit: it has happened once, and is answered for what it has done.
///
/// The second time, each would be refused, or be answered with something else.
@Suite(.timeLimit(.minutes(10)))
struct LostCommitTests {
    @Test(
        "Every kind of write whose commit is lost happens once and is answered",
        .enabled(if: TestServers.mariadb != nil),
        arguments: CommitProxy.Fault.allCases
    )
    func oneServer(_ fault: CommitProxy.Fault) async throws {
        try await LossyLedger.with(TestServers.mariadb, fault) { try await Self.writeEverything($0) }
    }

    @Test(
        "So it does on a cluster, where another node finds out what became of it",
        .enabled(if: TestServers.galera != nil),
        arguments: CommitProxy.Fault.allCases
    )
    func anotherNode(_ fault: CommitProxy.Fault) async throws {
        try await LossyLedger.with(TestServers.galera, fault) { try await Self.writeEverything($0) }
    }

    private static func writeEverything(_ ledger: LossyLedger) async throws {
        let job = try await Self.changeJob(ledger)
        try await Self.assign(job, ledger)
        try await Self.request(job, ledger)
        let waiting = try await Self.work(on: job, ledger)
        try await Self.takeOver(job, ledger)
        try await Self.confirm(ledger)
        try await Self.remove(job, waiting, ledger)
        try await Self.purge(job, ledger)
    }

    private static func changeJob(_ ledger: LossyLedger) async throws -> Job {
        let draft = try ledger.draft()
        let key = IdempotencyKey(key: "once", fingerprint: [1])
        let creation = try await ledger.losing { try await $0.createJob(draft, idempotency: key) }
        #expect(!creation.isReplay)
        #expect(try await ledger.direct.job(draft.id) == creation.job)
        let edit = JobDraft(id: draft.id, description: "edited", definition: draft.definition)
        let edited = try await ledger.losing { try await $0.updateJob(edit, ifVersion: 1) }
        #expect(edited.version.number == 2)
        #expect(try await ledger.direct.jobs(after: nil, limit: 10) == [edited])
        return edited
    }

    private static func assign(_ job: Job, _ ledger: LossyLedger) async throws {
        let owners = [job.slot: LossyLedger.worker]
        let slots = try await ledger.losing { try await $0.assign(owners, token: LossyLedger.token) }
        #expect(try await [ledger.slot(of: job)] == slots)
        // To the clock in milliseconds; the second time it would be one more.
        #expect(slots.first?.epoch.rawValue == UInt64(ledger.clock.now.timeIntervalSince1970 * 1_000))
    }

    private static func request(_ job: Job, _ ledger: LossyLedger) async throws {
        let trigger = TriggerID(rawValue: 7)
        let run = try await ledger.losing { try await $0.requestRun(of: job.id, trigger: trigger) }
        #expect(try await ledger.direct.runs(of: job.id, before: nil, limit: 10) == [run])
        let cancelled = try await ledger.losing { try await $0.cancelRun(run.id, reason: .requested) }
        #expect(cancelled.state == .cancelled)
        #expect(try await ledger.direct.run(run.id) == cancelled)

        let beginning = Instant(epochSeconds: 1_700_000_040)
        let backfilled = try await ledger.losing { store in
            try await store.backfill(
                job.id,
                at: [beginning, beginning + 60],
                trigger: .firstBackfill,
                request: RunRequest()
            )
        }
        #expect(backfilled.map(\.id.scheduledAt) == [beginning, beginning + 60])
        for run in backfilled {
            #expect(try await ledger.direct.run(run.id) == run)
            _ = try await ledger.direct.cancelRun(run.id, reason: .requested)
        }
    }

    /// Has a worker claim runs and record what becomes of them.
    ///
    /// - Returns: One that waits for its next attempt.
    private static func work(on job: Job, _ ledger: LossyLedger) async throws -> Run {
        let claim = try await ledger.claim(of: job)
        let run = claim.runs[0]
        let key = AttemptKey(of: run)
        let outcomes = try await ledger.losing { try await $0.claim([claim]) }
        #expect(outcomes == [.committed])
        #expect(try await ledger.direct.run(run.id) == run)
        let marked = try await ledger.losing { try await $0.markStarting([key]) }
        #expect(marked == [key])
        let start = ledger.clock.now
        let unknown = try await ledger.losing { try await $0.record(starts: [key: start], ends: []) }
        #expect(unknown.isEmpty)
        let running = try #require(try await ledger.direct.run(run.id))
        #expect(running.state == .running)
        #expect(running.startedAt == start)
        let failure = ledger.attempt(run, .exited(1), retryAt: Instant(ceiling: start) + 36_000)
        let missing = try await ledger.losing { try await $0.record(starts: [:], ends: [failure]) }
        #expect(missing.isEmpty)
        let waiting = try #require(try await ledger.direct.run(run.id))
        #expect((waiting.state, waiting.failures) == (.pending, 1))
        #expect(try await ledger.direct.attempts(of: run.id).map(\.number) == [1])

        // One that ends as most do, which is written by other statements.
        let other = try await ledger.claimRun(of: job)
        let success = ledger.attempt(other, .exited(0))
        let none = try await ledger.losing { try await $0.record(starts: [:], ends: [success]) }
        #expect(none.isEmpty)
        #expect(try await ledger.direct.run(other.id)?.state == .succeeded)
        #expect(try await ledger.direct.attempts(of: other.id).map(\.number) == [1])
        return waiting
    }

    /// Has another worker take an attempt over, adopt the run, and put back one that the store has forgotten.
    private static func takeOver(_ job: Job, _ ledger: LossyLedger) async throws {
        let (heir, successor) = (LossyLedger.heir, WorkerID(rawValue: "w-next"))
        let claimed = try await ledger.claimRun(of: job)
        let attempt = AttemptKey(of: claimed)
        let taken = try await ledger.losing {
            try await $0.takeOver([attempt], from: LossyLedger.worker, by: successor)
        }
        #expect(taken == [attempt])
        let run = try #require(try await ledger.direct.run(claimed.id))
        #expect(run.worker == successor)
        let owned = try await ledger.direct.assign([job.slot: heir], token: LossyLedger.token)
        let slot = try #require(owned.first)
        let adopted = Adoption.rerun.applied(to: run, by: heir, epoch: slot.epoch)
        let adoption = RunAdoption(before: run, after: adopted)
        let outcome = try await ledger.losing {
            try await $0.adopt([adoption], slot: slot.id, worker: heir, epoch: slot.epoch)
        }
        #expect(outcome == .committed)
        #expect(try await ledger.direct.run(run.id) == adopted)
        let after = try await ledger.slot(of: job)
        #expect(after.claimSequence == slot.claimSequence + 1)

        let forgotten = try await ledger.claim(of: job)
        let restoration = Self.restoration(of: forgotten, after: after.claimSequence)
        let restored = try await ledger.losing { try await $0.restore(restoration) }
        #expect(restored == .committed)
        #expect(try await ledger.direct.run(forgotten.runs[0].id) == forgotten.runs[0])
        #expect(try await ledger.slot(of: job).accountedUntil == forgotten.to)
    }

    /// Confirms a worker, and revokes that.
    private static func confirm(_ ledger: LossyLedger) async throws {
        let (worker, length) = (LossyLedger.heir, Duration.seconds(30))
        let isConfirmed = try await ledger.losing { try await $0.confirm(worker, for: length) }
        #expect(isConfirmed)
        let until = ledger.clock.now.addingTimeInterval(30)
        #expect(try await ledger.direct.confirmedWorkers() == [ConfirmedWorker(id: worker, until: until)])
        let revoked = try await ledger.losing {
            try await $0.revokeConfirmations(of: [worker], token: LossyLedger.token)
        }
        // The second time it would have been revoked already.
        #expect(revoked == [worker: RevokedConfirmation(remaining: length, wasRevoked: false)])
        #expect(try await ledger.direct.confirmedWorkers().isEmpty)
    }

    private static func restoration(of claim: SlotClaim, after sequence: UInt64) -> SlotRestoration {
        var restoration = SlotRestoration(
            slot: claim.slot,
            worker: claim.worker,
            epoch: claim.epoch,
            from: claim.from,
            to: claim.to,
            claimSequence: sequence + 1
        )
        restoration.runs = claim.runs
        return restoration
    }

    private static func remove(_ job: Job, _ waiting: Run, _ ledger: LossyLedger) async throws {
        let removed = try await ledger.losing { try await $0.removeJob(job.id) }
        #expect(removed?.progress.isRemoved == true)
        #expect(try await ledger.direct.job(job.id) == removed)
        #expect(try await ledger.direct.run(waiting.id)?.state == .cancelled)
    }

    private static func purge(_ job: Job, _ ledger: LossyLedger) async throws {
        ledger.clock.advance(by: .seconds(7_200))
        let now = ledger.clock.now
        let count = try await ledger.direct.runs(of: job.id, before: nil, limit: 100).count
        // As many as there may be, so that nothing else is looked for.
        let forgotten = try await ledger.losing { try await $0.purgeRuns(endedBefore: now, limit: 1) }
        #expect(forgotten == 1)
        #expect(try await ledger.direct.runs(of: job.id, before: nil, limit: 100).count == count - 1)

        let other = try await ledger.direct.createJob(try ledger.draft())
        _ = try await ledger.direct.removeJob(other.id)
        ledger.clock.advance(by: .seconds(60))
        let later = ledger.clock.now
        let purged = try await ledger.losing { try await $0.purgeJobs([other.id], idleSince: later) }
        #expect(purged == [other.id])
        #expect(try await ledger.direct.job(other.id) == nil)
    }
}
#endif
