import DistributedCron
import Testing

// Changes of jobs: versions, pauses, names and idempotency keys.
extension JobStoreConformance {
    // MARK: Versions

    func updateBeginsAVersion(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job(name: "old")
        let before = try await fixture.slot(job.slot)
        fixture.passMinute()
        var draft = JobDraft(job)
        draft.name = "new"
        draft.description = "what it is for"
        draft.labels = ["team": "billing"]
        draft.definition.environment = ["KEY": "value"]
        draft.definition.policies.maxRuns = 3
        let updated = try await fixture.store.updateJob(draft, ifVersion: 1)
        #expect(JobDraft(updated) == draft)
        #expect((updated.version.number, updated.version.effectiveFrom) == (2, fixture.nextMinute))
        #expect(try await fixture.reload(job) == updated)
        let contents = try await fixture.contents(job.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        let versions = try #require(contents.jobs.first).versions
        #expect(versions.map(\.number) == [1, 2])
        #expect(versions.first?.effectiveTo == fixture.nextMinute)
        // The old name is free, the new one is taken.
        _ = try await fixture.job(name: "old")
        try await fixture.expectError(.nameTaken) { _ = try await fixture.job(name: "new") }
    }

    func updateComesAfterTheWatermark(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        var draft = JobDraft(job)
        draft.description = "changed in the second that is accounted for"
        let updated = try await fixture.store.updateJob(draft, ifVersion: 1)
        #expect(updated.version.effectiveFrom == run.id.scheduledAt + 1)
    }

    func updateOfAnotherVersionIsRefused(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        var draft = JobDraft(job)
        draft.description = "first"
        _ = try await fixture.store.updateJob(draft, ifVersion: 1)
        let before = try await fixture.snapshot(job)
        draft.description = "second"
        let late = draft
        try await fixture.expectError(.conflict) { _ = try await fixture.store.updateJob(late, ifVersion: 1) }
        #expect(try await fixture.snapshot(job) == before)
    }

    func updateWithoutAChangeMakesNoVersion(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let before = try await fixture.snapshot(job)
        #expect(try await fixture.store.updateJob(JobDraft(job), ifVersion: 1) == job)
        #expect(try await fixture.snapshot(job) == before)
    }

    func updateNeedsALivingJob(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job(name: "mine")
        let other = try await fixture.job()
        var draft = JobDraft(other)
        draft.name = "mine"
        let named = draft
        try await fixture.expectError(.nameTaken) { _ = try await fixture.store.updateJob(named, ifVersion: 1) }
        _ = try await fixture.store.removeJob(job.id)
        try await fixture.expectError(.removed) { _ = try await fixture.store.updateJob(JobDraft(job), ifVersion: 1) }
        let unknown = try fixture.draft()
        try await fixture.expectError(.notFound) { _ = try await fixture.store.updateJob(unknown, ifVersion: 1) }
    }

    func updateOfAnExhaustedJobSchedulesItAgain(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        try await fixture.exhaust(job)
        #expect(try await fixture.reload(job).status == .finished)
        var draft = JobDraft(job)
        draft.description = "again"
        #expect(try await fixture.store.updateJob(draft, ifVersion: 1).status == .scheduled)
    }

    func versionEndsWithItsLastRun(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.maxRuns = 1 }
        fixture.passMinute()
        let slot = try await fixture.slot(job.slot)
        let run = fixture.claimedRun(of: job, at: fixture.nextMinute, in: slot)
        var claim = fixture.claim(slot)
        claim.runs = [run]
        claim.versionEnds = [VersionEnd(job: job.id, version: 1, effectiveTo: run.id.scheduledAt + 1)]
        claim.exhausted = [job.id]
        try await fixture.commit(claim)
        let ended = try await fixture.reload(job)
        #expect(ended.version.effectiveTo == run.id.scheduledAt + 1)
        #expect((ended.progress.startedRuns, ended.status) == (1, .scheduled))
        try await fixture.end(run, .exited(0))
        #expect(try await fixture.reload(job).status == .finished)
    }

    // MARK: Pauses

    func pauseIsOneGap(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        var draft = JobDraft(job)
        draft.pause = Pause(reason: "migration")
        let paused = try await fixture.store.updateJob(draft, ifVersion: 1)
        #expect(paused.version.pause == Pause(reason: "migration"))
        #expect(paused.version.isPaused(at: fixture.nextMinute))
        for _ in 0..<3 {
            fixture.passMinute()
            try await fixture.commit(fixture.claim(try await fixture.slot(job.slot)))
        }
        // While it goes on it reaches to the watermark.
        let open = try #require(try await fixture.store.gaps(of: job.id, limit: 10).first)
        #expect((open.count, open.reason, open.version) == (4, .paused, 2))
        #expect(open.last == fixture.nextMinute)
        fixture.passMinute()
        draft.pause = nil
        _ = try await fixture.store.updateJob(draft, ifVersion: 2)
        let gaps = try await fixture.store.gaps(of: job.id, limit: 10)
        #expect(gaps.count == 1)
        #expect(gaps.first?.reason == .paused)
        #expect(gaps.first?.first == open.first)
    }

    // MARK: Idempotency

    func idempotentCreationIsRecognised(_ fixture: LedgerFixture) async throws {
        let key = IdempotencyKey(key: "k", fingerprint: [1])
        #expect(try await fixture.store.job(madeBy: key) == nil)
        let first = try await fixture.store.createJob(try fixture.draft(), idempotency: key)
        #expect(try await fixture.store.job(madeBy: key) == first.job)
        let again = try await fixture.store.createJob(try fixture.draft(), idempotency: key)
        #expect(!first.isReplay && again.isReplay)
        #expect(again.job == first.job)
        #expect(try await fixture.store.jobs(after: nil, limit: 10) == [first.job])
        let other = IdempotencyKey(key: "k", fingerprint: [2])
        let draft = try fixture.draft()
        try await fixture.expectError(.mismatch) { _ = try await fixture.store.createJob(draft, idempotency: other) }
        try await fixture.expectError(.mismatch) { _ = try await fixture.store.job(madeBy: other) }
        // A day later the key is free.
        fixture.clock.advance(by: .seconds(86_401))
        #expect(try await fixture.store.job(madeBy: key) == nil)
        #expect(try await !fixture.store.createJob(draft, idempotency: other).isReplay)
    }

    func failedCreationKeepsNoKey(_ fixture: LedgerFixture) async throws {
        _ = try await fixture.job(name: "taken")
        let key = IdempotencyKey(key: "k", fingerprint: [1])
        let refused = try fixture.draft(name: "taken")
        try await fixture.expectError(.nameTaken) { _ = try await fixture.store.createJob(refused, idempotency: key) }
        #expect(try await !fixture.store.createJob(try fixture.draft(), idempotency: key).isReplay)
    }

    func repeatedTriggerNeedsTheSameRequest(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let request = RunRequest(reason: "now", environment: ["A": "1"])
        let trigger = TriggerID(rawValue: 5)
        let run = try await fixture.store.requestRun(of: job.id, trigger: trigger, request: request)
        #expect(run.request == request)
        #expect(try await fixture.store.requestRun(of: job.id, trigger: trigger, request: request) == run)
        try await fixture.expectError(.mismatch) {
            _ = try await fixture.store.requestRun(of: job.id, trigger: trigger, request: RunRequest(reason: "else"))
        }
    }
}
