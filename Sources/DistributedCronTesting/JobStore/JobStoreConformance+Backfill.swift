import DistributedCron
import Testing

extension JobStoreConformance {
    func backfilledRunsArePending(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        // A job that skips what overlaps has them wait, and what accounts for an instant stays beside them.
        let claimed = try await fixture.claimRun(of: job)
        let before = try await fixture.slot(job.slot)
        let runs = try await fixture.backfill(job, minutes: 0..<25)
        #expect(runs.count == 25 && runs.map(\.id) == runs.map(\.id).sorted())
        for run in runs {
            #expect(run == Run(id: run.id, version: 1, state: .pending, request: RunRequest(reason: "why")))
            #expect(run.id.trigger.kind == .backfill)
        }
        #expect(try await fixture.store.runs(of: job.id, before: nil, limit: 100).reversed() == runs + [claimed])
        #expect(try await fixture.reload(job).progress.openRuns == 26)
        #expect(try await fixture.reload(job).progress.startedRuns == 1)
        // Its owner is told.
        let contents = try await fixture.contents(job.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        #expect(contents.slot.accountedUntil == before.accountedUntil)
        #expect(contents.open.map(\.run) == runs + [claimed])
        #expect(contents.open.allSatisfy { $0.definition == job.definition })
        // The same instants may be backfilled again, by another request.
        #expect(try await fixture.backfill(job, minutes: 24..<26, trigger: 1).count == 2)
        #expect(try await fixture.reload(job).progress.openRuns == 28)
    }

    func repeatedBackfillAsksForNothingTwice(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let runs = try await fixture.backfill(job, minutes: 0..<3)
        _ = try await fixture.store.cancelRun(runs[0].id, reason: .requested)
        let before = try await fixture.snapshot(job)
        let again = try await fixture.backfill(job, minutes: 0..<3)
        #expect(again.map(\.id) == runs.map(\.id))
        #expect(again.map(\.state) == [.cancelled, .pending, .pending])
        try await fixture.expectError(.mismatch) { _ = try await fixture.backfill(job, minutes: 0..<3, reason: "else") }
        #expect(try await fixture.snapshot(job) == before)
        // The same trigger means nothing for another job.
        let other = try await fixture.job(in: job.slot)
        #expect(try await fixture.backfill(other, minutes: 0..<3).allSatisfy { $0.id.job == other.id })
        // A request whose answer was lost is recognised even after the job is gone.
        _ = try await fixture.store.removeJob(job.id)
        #expect(try await fixture.backfill(job, minutes: 0..<3).map(\.id) == runs.map(\.id))
    }

    /// Whichever of its runs are purged first: what was cancelled goes before what waits, however late its instant.
    func backfillIsRecognisedWhileSomeOfItIsKept(_ fixture: LedgerFixture) async throws {
        let (job, store) = (try await fixture.ownedJob(), fixture.store)
        let runs = try await fixture.backfill(job, minutes: 0..<3)
        _ = try await store.cancelRun(runs[2].id, reason: .requested)
        let purged = try await store.purgeRuns(endedBefore: fixture.clock.now, limit: 10)
        let again = try await fixture.backfill(job, minutes: 0..<3)
        #expect(purged == 1 && again == Array(runs[..<2]))
        for run in runs[..<2] { _ = try await store.cancelRun(run.id, reason: .requested) }
        let rest = try await store.purgeRuns(endedBefore: fixture.clock.now, limit: 10)
        // Nobody can tell any more that it comes again.
        let anew = try await fixture.backfill(job, minutes: 0..<3)
        #expect(rest == 2 && anew.map(\.id) == runs.map(\.id) && anew.allSatisfy { $0.state == .pending })
    }

    func backfillIsAskedForWholeOrNotAtAll(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let limit = Int64(JobPolicies.backfillLimit)
        _ = try await fixture.backfill(job, minutes: 0..<2)
        let before = try await fixture.snapshot(job)
        // One more than may wait, so none of them.
        try await fixture.expectError(.overlap) {
            _ = try await fixture.backfill(job, minutes: 1..<limit, trigger: 1)
        }
        #expect(try await fixture.snapshot(job) == before)
        let removed = try await fixture.job(in: job.slot)
        _ = try await fixture.store.removeJob(removed.id)
        try await fixture.expectError(.removed) { _ = try await fixture.backfill(removed, minutes: 0..<2) }
        #expect(try await fixture.store.runs(of: removed.id, before: nil, limit: 10).isEmpty)
        let unknown = fixture.identity()
        try await fixture.expectError(.notFound) {
            _ = try await fixture.store.backfill(
                unknown,
                at: [fixture.nextMinute],
                trigger: .firstBackfill,
                request: RunRequest()
            )
        }
    }

    func backfilledRunsLeaveRoomForRequests(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let queueing = try await fixture.ownedJob(in: job.slot) { $0.concurrency = .queue }
        _ = try await fixture.backfill(job, minutes: 0..<2)
        _ = try await fixture.backfill(queueing, minutes: 0..<Int64(JobPolicies.queueLimit + 2))
        _ = try await fixture.request(job, trigger: 1)
        _ = try await fixture.request(queueing, trigger: 1)
        // But not for two at once, where that is not permitted.
        fixture.passMinute()
        try await fixture.expectError(.overlap) { _ = try await fixture.request(job, trigger: 2) }
        _ = try await fixture.request(queueing, trigger: 2)
    }
}
