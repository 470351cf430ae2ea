import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JobStoreConformance {
    /// A restoration that fits a slot's row, up to the next full minute.
    private func restoration(_ slot: Slot, _ fixture: LedgerFixture) -> SlotRestoration {
        SlotRestoration(
            slot: slot.id,
            worker: slot.worker ?? fixture.worker,
            epoch: slot.epoch,
            from: slot.accountedUntil,
            to: fixture.nextMinute,
            claimSequence: slot.claimSequence + 5
        )
    }

    /// A run as it is after the end of its attempt.
    private func ended(_ run: Run, by attempt: Attempt) -> Run {
        var run = run
        let hasChanged = run.record(attempt)
        #expect(hasChanged)
        return run
    }

    func endOfAForgottenClaimIsNotRecorded(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let pending = try await fixture.request(job)
        // As it was when the claim was made that the store knows nothing of.
        var claimed = pending
        (claimed.state, claimed.attempt, claimed.worker) = (.claimed, 1, fixture.worker)
        claimed.epoch = try await fixture.slot(job.slot).epoch
        let end = fixture.attempt(claimed, .exited(0))
        #expect(try await fixture.store.record(starts: [:], ends: [end]) == [pending.id])
        #expect(try await fixture.reload(pending) == pending)
        #expect(try await fixture.store.attempts(of: pending.id) == [])
    }

    func restorationPutsBackWhatIsMissing(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        fixture.clock.advance(by: .seconds(600))
        let slot = try await fixture.slot(job.slot)
        let to = fixture.nextMinute
        var restoration = self.restoration(slot, fixture)
        let old = Epoch(rawValue: slot.epoch.rawValue - 1)
        var foreign = fixture.claimedRun(of: job, at: to - 60, in: slot)
        (foreign.state, foreign.worker, foreign.epoch) = (.starting, fixture.otherWorker, old)
        let claimed = fixture.claimedRun(of: job, at: to - 120, in: slot)
        let attempt = fixture.attempt(claimed, .exited(3), output: "no")
        let failed = self.ended(claimed, by: attempt)
        restoration.runs = [failed, foreign, fixture.claimedRun(of: job, at: to, in: slot)]
        restoration.gaps = [
            Gap(job: job.id, first: to - 540, last: to - 180, count: 7, reason: .misfire, version: 1)
        ]
        restoration.attempts = [attempt]
        // The second is of a version that the store does not have.
        restoration.versionEnds = [1, 9].map { VersionEnd(job: job.id, version: $0, effectiveTo: to + Int64($0)) }
        #expect(try await fixture.store.restore(restoration) == .committed)
        #expect(try await fixture.reload(job).version.effectiveTo == to + 1)
        let after = try await fixture.contents(job.slot)
        #expect(after.slot.accountedUntil == to)
        #expect(after.slot.claimSequence == slot.claimSequence + 5)
        #expect((after.slot.revision, after.slot.epoch) == (slot.revision, slot.epoch))
        #expect(after.open.map(\.run) == Array(restoration.runs[1...]))
        for run in restoration.runs { #expect(try await fixture.store.run(run.id) == run) }
        #expect(try await fixture.store.gaps(of: job.id, limit: 10) == restoration.gaps)
        #expect(try await fixture.store.attempts(of: failed.id) == [attempt])
        let progress = try await fixture.reload(job).progress
        #expect((progress.openRuns, progress.startedRuns, progress.isFailing) == (2, 3, true))
        #expect(try await fixture.store.workersOfOpenRuns() == [fixture.worker, fixture.otherWorker])
    }

    func restorationMovesRunsForwardAndNeverBack(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let behind = try await fixture.claimRun(of: job)
        let over = try await fixture.claimRun(of: job)
        try await fixture.end(over, .exited(0))
        let retried = try await fixture.claimRun(of: job)
        let retry = fixture.attempt(retried, .exited(1), retryAt: fixture.nextMinute + 3_600)
        try await fixture.store.record(starts: [:], ends: [retry])
        let pending = try await fixture.request(job)
        let slot = try await fixture.slot(job.slot)
        var restoration = self.restoration(slot, fixture)
        restoration.to = restoration.from
        let attempt = fixture.attempt(behind, .exited(2))
        var taken = pending
        (taken.state, taken.attempt, taken.worker, taken.epoch) = (.starting, 1, slot.worker, slot.epoch)
        // What is known of these two is older than what the store has.
        restoration.runs = [self.ended(behind, by: attempt), over, retried, taken]
        restoration.attempts = [attempt]
        let before = (try await fixture.reload(over), try await fixture.reload(retried))
        #expect(try await fixture.store.restore(restoration) == .committed)
        #expect(try await fixture.reload(behind) == restoration.runs[0])
        #expect(try await fixture.reload(over) == before.0)
        #expect(try await fixture.reload(retried) == before.1)
        #expect(try await fixture.reload(pending) == taken)
        #expect(try await fixture.reload(job).progress.openRuns == 2)
        let now = try await fixture.snapshot(job)
        #expect(try await fixture.store.restore(restoration) == .committed)
        #expect(try await fixture.snapshot(job) == now, "repeating it changes nothing")
        // The end that was put back comes once more, from the worker that has it.
        try await fixture.store.record(starts: [:], ends: [attempt])
        #expect(try await fixture.snapshot(job) == now)
    }

    func restorationNeedsTheSlotAsItWas(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        try await fixture.commit(fixture.claim(try await fixture.slot(job.slot)))
        try await fixture.own(job.slot)
        fixture.passMinute()
        let slot = try await fixture.slot(job.slot)
        var fitting = self.restoration(slot, fixture)
        fitting.runs = [fixture.claimedRun(of: job, at: fitting.to, in: slot)]
        let before = try await fixture.snapshot(job)
        let changes: [@Sendable (inout SlotRestoration) -> Void] = [
            { $0.worker = fixture.otherWorker }, { $0.epoch = $0.epoch.next },
            { $0.epoch = Epoch(rawValue: $0.epoch.rawValue - 1) }, { $0.from = $0.from - 1 },
            { $0.from = $0.from + 1 }, { $0.to = $0.from - 1 },
            { $0.slot = SlotID(pool: PoolID(rawValue: "nowhere"), index: 0) },
        ]
        for change in changes {
            var other = fitting
            change(&other)
            #expect(try await fixture.store.restore(other) == .refused)
            #expect(try await fixture.snapshot(job) == before)
        }
        #expect(try await fixture.store.restore(fitting) == .committed)
        #expect(try await fixture.store.restore(fitting) == .refused, "the watermark has moved")
    }

    func restorationLeavesOutWhatTheStoreDoesNotKnow(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let slot = try await fixture.slot(job.slot)
        let unknown = fixture.identity(in: job.slot)
        var restoration = self.restoration(slot, fixture)
        // Of a job whose creation was forgotten, and of a version whose making was.
        var run = fixture.claimedRun(of: job, at: restoration.to, in: slot)
        run = Run(id: run.id, version: 7, state: .starting, attempt: 1, worker: run.worker, epoch: run.epoch)
        let lost = Run(
            id: RunID(job: unknown, scheduledAt: restoration.to),
            version: 1,
            state: .claimed,
            attempt: 1,
            worker: slot.worker,
            epoch: slot.epoch
        )
        restoration.runs = [lost, run]
        restoration.gaps = [
            Gap(job: unknown, first: slot.accountedUntil, last: restoration.to, count: 1, reason: .misfire, version: 1)
        ]
        restoration.attempts = [fixture.attempt(lost, .exited(0))]
        #expect(try await fixture.store.restore(restoration) == .committed)
        #expect(try await fixture.store.run(lost.id) == nil)
        #expect(try await fixture.store.attempts(of: lost.id).isEmpty)
        let open = try await fixture.contents(job.slot).open.map(\.run)
        #expect(open.map(\.id) == [run.id])
        #expect((open.first?.version, open.first?.state) == (1, .starting))
    }

    func revisionsFollowTheStoresClock(_ fixture: LedgerFixture) async throws {
        let microseconds = { UInt64(fixture.clock.now.timeIntervalSince1970 * 1_000_000) }
        let job = try await fixture.job()
        let first = try await fixture.slot(job.slot).revision
        #expect(first.rawValue >= microseconds())
        let second = try await fixture.request(job)
        #expect(try await fixture.slot(job.slot).revision > first, "two changes of one moment differ")
        fixture.clock.advance(by: .seconds(1))
        _ = try await fixture.store.cancelRun(second.id, reason: .requested)
        #expect(try await fixture.slot(job.slot).revision.rawValue >= microseconds())
    }
}
