import DistributedCron
import Testing

extension JobStoreConformance {
    /// A run that the worker left unfinished in a slot that the other worker owns now.
    private func inheritance(_ fixture: LedgerFixture) async throws -> (run: Run, slot: Slot) {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let run = try await fixture.claimRun(of: job)
        try await fixture.store.record(starts: [fixture.key(run): fixture.clock.now], ends: [])
        return (try await fixture.reload(run), try await fixture.own(job.slot, by: fixture.otherWorker))
    }

    private func adopt(
        _ before: [Run],
        _ adoption: Adoption = .rerun,
        in slot: Slot,
        _ fixture: LedgerFixture,
        worker: WorkerID? = nil,
        epoch: Epoch? = nil
    ) async throws -> ClaimOutcome {
        let heir = worker ?? fixture.otherWorker
        let adoptions = before.map { run in
            RunAdoption(before: run, after: adoption.applied(to: run, by: heir, epoch: epoch ?? slot.epoch))
        }
        return try await fixture.store.adopt(adoptions, slot: slot.id, worker: heir, epoch: epoch ?? slot.epoch)
    }

    func adoptedRunIsTheHeirs(_ fixture: LedgerFixture) async throws {
        let (run, slot) = try await self.inheritance(fixture)
        #expect(try await self.adopt([run], in: slot, fixture) == .committed)
        let adopted = try await fixture.reload(run)
        #expect(adopted == Adoption.rerun.applied(to: run, by: fixture.otherWorker, epoch: slot.epoch))
        #expect(adopted.attempt == run.attempt + 1)
        let contents = try await fixture.contents(slot.id)
        #expect(contents.open.map(\.run) == [adopted])
        #expect(contents.slot.accountedUntil == slot.accountedUntil)
    }

    func adoptedRunMayBeLost(_ fixture: LedgerFixture) async throws {
        let (run, slot) = try await self.inheritance(fixture)
        #expect(try await self.adopt([run], .giveUp, in: slot, fixture) == .committed)
        let lost = try await fixture.reload(run)
        #expect(lost.state == .lost)
        #expect(lost.reason == .workerLost)
        #expect(lost.detail?.isEmpty == false)
        #expect(try await fixture.contents(slot.id).open.isEmpty)
        let job = try #require(try await fixture.store.job(run.id.job))
        #expect(job.progress.openRuns == 0)
        #expect(job.status == .error)
        // What becomes known later is history.
        let late = fixture.attempt(run, .exited(0))
        try await fixture.store.record(starts: [:], ends: [late])
        #expect(try await fixture.reload(run) == lost)
        #expect(try await fixture.store.attempts(of: run.id) == [late])
    }

    func adoptionNeedsTheSlot(_ fixture: LedgerFixture) async throws {
        let (run, slot) = try await self.inheritance(fixture)
        let formerEpoch = Epoch(rawValue: slot.epoch.rawValue - 1)
        #expect(try await self.adopt([run], in: slot, fixture, worker: fixture.worker) == .refused)
        #expect(try await self.adopt([run], in: slot, fixture, epoch: formerEpoch) == .refused)
        #expect(try await self.adopt([run], in: slot, fixture, epoch: slot.epoch.next) == .refused)
        #expect(try await fixture.reload(run) == run)
    }

    func adoptionNeedsRunsAsTheyWere(_ fixture: LedgerFixture) async throws {
        let (first, former) = try await self.inheritance(fixture)
        let job = try #require(try await fixture.store.job(first.id.job))
        let second = try await fixture.claimRun(of: job)
        let slot = try await fixture.own(former.id, by: fixture.otherWorker)
        // One of two has ended in the meantime: neither is written.
        try await fixture.end(second, .exited(0))
        #expect(try await self.adopt([first, second], in: slot, fixture) == .refused)
        #expect(try await fixture.reload(first) == first)
        // Somebody was told in the meantime that one will be ended.
        let asked = try await fixture.store.cancelRun(first.id, reason: .requested)
        #expect(try await self.adopt([first], in: slot, fixture) == .refused)
        #expect(try await fixture.reload(first).cancellation == .requested)
        // The same state of another attempt is not the same.
        #expect(try await self.adopt([asked], in: slot, fixture) == .committed)
        let again = try await fixture.reload(first)
        try await fixture.store.record(starts: [fixture.key(again): fixture.clock.now], ends: [])
        #expect(try await self.adopt([asked], in: slot, fixture) == .refused)
        var unknown = first
        unknown = Run(
            id: RunID(job: job.id, scheduledAt: first.id.scheduledAt, trigger: TriggerID(rawValue: 5)),
            version: unknown.version,
            state: unknown.state,
            attempt: unknown.attempt
        )
        #expect(try await self.adopt([unknown], in: slot, fixture) == .refused)
    }

    func supersededAttemptIsHistoryOnly(_ fixture: LedgerFixture) async throws {
        let (run, slot) = try await self.inheritance(fixture)
        #expect(try await self.adopt([run], in: slot, fixture) == .committed)
        let adopted = try await fixture.reload(run)
        let late = fixture.attempt(run, .exited(0), output: "late")
        try await fixture.store.record(starts: [fixture.key(run): fixture.clock.now], ends: [late])
        #expect(try await fixture.reload(run) == adopted)
        #expect(try await fixture.store.attempts(of: run.id) == [late])
        #expect(try await fixture.markStarting([run]).isEmpty)
        #expect(try await fixture.store.job(run.id.job)?.progress.openRuns == 1)
        let current = fixture.attempt(adopted, .exited(4))
        try await fixture.store.record(starts: [:], ends: [current])
        #expect(try await fixture.reload(run).exitCode == 4)
        #expect(try await fixture.store.attempts(of: run.id) == [late, current])
    }

    func startingNeedsTheEpochOfTheClaim(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let slot = try await fixture.own(job.slot, by: fixture.otherWorker)
        #expect(try await self.adopt([run], .launch, in: slot, fixture) == .committed)
        let adopted = try await fixture.reload(run)
        #expect(adopted.attempt == run.attempt)
        // The old owner holds a permit for the very same attempt.
        #expect(try await fixture.markStarting([run]).isEmpty)
        #expect(try await fixture.markStarting([adopted]) == [fixture.key(adopted)])
        // Nor is its late end the new owner's.
        let late = fixture.attempt(run, .exited(0))
        try await fixture.store.record(starts: [fixture.key(run): fixture.clock.now], ends: [late])
        #expect(try await fixture.reload(run).state == .starting)
        #expect(try await fixture.store.attempts(of: run.id) == [late])
        try await fixture.store.record(starts: [:], ends: [fixture.attempt(adopted, .exited(4))])
        #expect(try await fixture.reload(run).exitCode == 4)
    }
}
