import DistributedCron
import Testing

extension JobStoreConformance {
    // MARK: What a claim writes

    func claimMovesTheWatermarkAndAddsRows(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        fixture.clock.advance(by: .seconds(600))
        let before = try await fixture.slot(job.slot)
        let to = fixture.nextMinute - 60
        var claim = fixture.claim(before, to: to)
        let gap = Gap(job: job.id, first: to - 540, last: to - 60, count: 9, reason: .misfire, version: 1)
        claim.runs = [fixture.claimedRun(of: job, at: to, in: before)]
        claim.gaps = [gap]
        try await fixture.commit(claim)
        let after = try await fixture.contents(job.slot)
        #expect(after.slot.accountedUntil == to)
        #expect(after.slot.claimSequence == before.claimSequence + 1)
        #expect(after.slot.revision == before.revision)
        #expect(after.slot.epoch == before.epoch)
        #expect(after.slot.worker == before.worker)
        #expect(after.open == [OpenRun(run: claim.runs[0], definition: job.definition)])
        #expect(try await fixture.store.run(claim.runs[0].id) == claim.runs[0])
        #expect(try await fixture.store.runs(of: job.id, before: nil, limit: 10) == claim.runs)
        #expect(try await fixture.store.gaps(of: job.id, limit: 10) == [gap])
        let progress = try await fixture.reload(job).progress
        #expect(progress.openRuns == 1)
        #expect(!progress.isExhausted)
    }

    func claimWithoutRowsMovesTheWatermark(_ fixture: LedgerFixture) async throws {
        let before = try await fixture.own(SlotID(index: 0))
        try await fixture.commit(fixture.claim(before))
        let after = try await fixture.slot(before.id)
        #expect(after.accountedUntil == fixture.nextMinute)
        #expect(after.claimSequence == before.claimSequence + 1)
    }

    func claimMayBeASecondAhead(_ fixture: LedgerFixture) async throws {
        let slot = try await fixture.own(SlotID(index: 0))
        fixture.clock.advance(by: .milliseconds(500))
        // Exactly one second after the store's clock.
        try await fixture.commit(fixture.claim(slot, to: Instant(floor: fixture.clock.now) + 1))
    }

    func claimTakesPendingRuns(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let pending = [try await fixture.request(job, trigger: 1), try await fixture.request(job, trigger: 2)]
        let slot = try await fixture.slot(job.slot)
        var claim = fixture.claim(slot)
        claim.to = claim.from
        claim.taken = pending
        claim.taken[0].state = .claimed
        claim.taken[0].attempt = 1
        claim.taken[0].worker = slot.worker
        claim.taken[0].epoch = slot.epoch
        claim.taken[1].state = .skipped
        claim.taken[1].reason = .overlap
        try await fixture.commit(claim)
        let after = try await fixture.contents(job.slot)
        #expect(after.slot.accountedUntil == slot.accountedUntil)
        #expect(after.open.map(\.run) == [claim.taken[0]])
        for run in claim.taken { #expect(try await fixture.store.run(run.id) == run) }
        #expect(try await fixture.reload(job).progress.openRuns == 1)
    }

    func claimOfManySlotsJudgesEachByItself(_ fixture: LedgerFixture) async throws {
        try #require(fixture.slotCount >= 3)
        var claims: [SlotClaim] = []
        var jobs: [Job] = []
        for index in 0..<3 {
            let job = try await fixture.ownedJob(in: SlotID(index: index))
            let slot = try await fixture.slot(job.slot)
            var claim = fixture.claim(slot)
            claim.runs = [fixture.claimedRun(of: job, at: claim.to, in: slot)]
            jobs.append(job)
            claims.append(claim)
        }
        claims.swapAt(0, 2)
        claims[1].epoch = claims[1].epoch.next
        #expect(try await fixture.store.claim(claims) == [.committed, .refused, .committed])
        #expect(try await fixture.store.runs(of: jobs[0].id, before: nil, limit: 10) == claims[2].runs)
        #expect(try await fixture.store.runs(of: jobs[1].id, before: nil, limit: 10).isEmpty)
        #expect(try await fixture.store.runs(of: jobs[2].id, before: nil, limit: 10) == claims[0].runs)
        #expect(try await fixture.slot(jobs[1].slot).accountedUntil == claims[1].from)
    }

    func claimOfNothingAnswersNothing(_ fixture: LedgerFixture) async throws {
        #expect(try await fixture.store.claim([]).isEmpty)
    }

    // MARK: What a claim must fit

    /// A claim of one new run, one pending run and one gap, changed so that it does not fit.
    func expectRefusal(
        _ fixture: LedgerFixture,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout SlotClaim) async throws -> Void
    ) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        // The watermark and the counters are not where they began.
        try await fixture.commit(fixture.claim(try await fixture.slot(job.slot)))
        try await fixture.own(job.slot)
        fixture.passMinute()
        let pending = try await fixture.request(job)
        let slot = try await fixture.slot(job.slot)
        var claim = fixture.claim(slot)
        let gap = Gap(job: job.id, first: claim.from + 1, last: claim.from + 1, count: 1, reason: .misfire, version: 1)
        claim.runs = [fixture.claimedRun(of: job, at: claim.to, in: slot)]
        claim.gaps = [gap]
        claim.taken = [pending]
        claim.taken[0].state = .claimed
        claim.taken[0].attempt = 1
        claim.exhausted = [job.id]
        let fitting = claim
        try await change(&claim)
        let before = try await fixture.snapshot(job)
        let outcomes = try await fixture.store.claim([claim])
        #expect(outcomes == [.refused], sourceLocation: sourceLocation)
        #expect(try await fixture.snapshot(job) == before, "nothing was written", sourceLocation: sourceLocation)
        guard before.slots.first?.slot == slot, try await fixture.reload(pending) == pending else { return }
        #expect(try await fixture.store.claim([fitting]) == [.committed], sourceLocation: sourceLocation)
    }

    func claimByAnotherWorkerIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.worker = fixture.otherWorker }
    }

    func claimUnderAnotherEpochIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.epoch = Epoch(rawValue: $0.epoch.rawValue - 1) }
        try await self.expectRefusal(fixture) { $0.epoch = $0.epoch.next }
    }

    func claimAtAnotherRevisionIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.revision = Revision(rawValue: $0.revision.rawValue - 1) }
        try await self.expectRefusal(fixture) { $0.revision = $0.revision.next }
    }

    func claimFromAnotherWatermarkIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.from = $0.from - 1 }
        try await self.expectRefusal(fixture) { $0.from = $0.from + 1 }
    }

    func claimOfTheFutureIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.to = $0.to + 1 }
    }

    func claimIntoThePastIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { $0.to = $0.from - 1 }
    }

    func claimOfAnUnownedSlotIsRefused(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let before = try await fixture.snapshot(job)
        let claim = fixture.claim(try await fixture.slot(job.slot))
        #expect(try await fixture.store.claim([claim]) == [.refused])
        #expect(try await fixture.snapshot(job) == before)
    }

    func claimAfterTheSlotMovedIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { try await fixture.own($0.slot, by: fixture.otherWorker) }
        // Not even when it comes back to the same worker.
        try await self.expectRefusal(fixture) { try await fixture.own($0.slot) }
    }

    func claimAfterAChangeIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { _ = try await fixture.job(in: $0.slot) }
        try await self.expectRefusal(fixture) { _ = try await fixture.store.removeJob($0.exhausted[0]) }
        try await self.expectRefusal(fixture) { claim in
            _ = try await fixture.store.requestRun(of: claim.exhausted[0], trigger: TriggerID(rawValue: 77))
        }
    }

    func claimRepeatedIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { try await fixture.commit($0) }
    }

    func claimOfARunThatIsNotPendingIsRefused(_ fixture: LedgerFixture) async throws {
        try await self.expectRefusal(fixture) { claim in
            // Another claim of the same owner has taken it; this one follows that claim in everything else.
            var earlier = claim
            earlier.to = claim.from
            earlier.runs = []
            earlier.gaps = []
            earlier.exhausted = []
            try await fixture.commit(earlier)
        }
        try await self.expectRefusal(fixture) { claim in
            let id = claim.taken[0].id
            claim.taken[0] = Run(
                id: RunID(job: id.job, scheduledAt: id.scheduledAt, trigger: TriggerID(rawValue: 99)),
                version: 1,
                state: .claimed,
                attempt: 1
            )
        }
    }
}
