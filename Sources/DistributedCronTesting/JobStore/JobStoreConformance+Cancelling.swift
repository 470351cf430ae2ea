import DistributedCron
import Testing

// Runs that are cancelled, retried, or looked for.
extension JobStoreConformance {
    // MARK: Cancelling

    func pendingRunIsCancelledAtOnce(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let run = try await fixture.request(job)
        let before = try await fixture.slot(job.slot)
        let cancelled = try await fixture.store.cancelRun(run.id, reason: .requested)
        #expect((cancelled.state, cancelled.reason) == (.cancelled, .requested))
        #expect(try await fixture.reload(run) == cancelled)
        #expect(try await fixture.slot(job.slot).revision > before.revision)
        try await fixture.expectError(.ended) { _ = try await fixture.store.cancelRun(run.id, reason: .requested) }
        let unknown = RunID(job: job.id, scheduledAt: .distantPast)
        try await fixture.expectError(.notFound) { _ = try await fixture.store.cancelRun(unknown, reason: .requested) }
    }

    func runInProgressIsAskedToEnd(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let before = try await fixture.slot(job.slot)
        let asked = try await fixture.store.cancelRun(run.id, reason: .requested)
        #expect((asked.state, asked.cancellation) == (.claimed, .requested))
        let contents = try await fixture.contents(job.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        #expect(contents.open.map(\.run) == [asked])
        #expect(try await fixture.store.cancelRun(run.id, reason: .requested) == asked)
        let report = fixture.attempt(run, .cancelled).report
        let end = Attempt(
            run: run.id,
            number: 1,
            worker: fixture.worker,
            epoch: run.epoch,
            report: report,
            cancellation: .requested
        )
        try await fixture.store.record(starts: [:], ends: [end])
        let ended = try await fixture.reload(run)
        #expect((ended.state, ended.reason, ended.cancellation) == (.cancelled, .requested, nil))
        #expect(try await fixture.reload(job).status == .scheduled)
    }

    func claimCancelsWhatItReplaces(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .replace }
        let run = try await fixture.claimRun(of: job)
        fixture.passMinute()
        let slot = try await fixture.slot(job.slot)
        var claim = fixture.claim(slot)
        var next = Run(id: RunID(job: job.id, scheduledAt: fixture.nextMinute), version: 1, state: .pending)
        next.reason = .queued
        claim.runs = [next]
        claim.cancellations = [RunCancellation(run: run.id, reason: .replaced)]
        try await fixture.commit(claim)
        #expect(try await fixture.reload(run).cancellation == .replaced)
        #expect(try await fixture.reload(next) == next)
        #expect(try await fixture.reload(job).progress.openRuns == 2)
    }

    // MARK: Retries

    func retriedRunIsPendingAgain(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let retryAt = fixture.nextMinute + 30
        let end = fixture.attempt(run, .exited(7), retryAt: retryAt)
        try await fixture.store.record(starts: [:], ends: [end])
        let waiting = try await fixture.reload(run)
        #expect((waiting.state, waiting.notBefore, waiting.failures) == (.pending, retryAt, 1))
        #expect((waiting.attempt, waiting.exitCode, waiting.reason) == (1, 7, .exit))
        let progress = try await fixture.reload(job).progress
        #expect((progress.openRuns, progress.isFailing) == (1, false))
        #expect(try await fixture.contents(job.slot).open.map(\.run) == [waiting])
        #expect(try await fixture.store.attempts(of: run.id) == [end])
        // Its next attempt is claimed like any pending run.
        var claim = fixture.claim(try await fixture.slot(job.slot))
        claim.to = claim.from
        var second = waiting
        second.state = .claimed
        second.attempt = 2
        second.notBefore = nil
        claim.taken = [second]
        try await fixture.commit(claim)
        try await fixture.end(second, .exited(0))
        #expect(try await fixture.reload(run).state == .succeeded)
        #expect(try await fixture.store.attempts(of: run.id).map(\.number) == [1, 2])
    }

    func lapsedRunIsPendingAgain(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let retryAt = fixture.nextMinute
        let end = fixture.attempt(run, .cancelled, cancellation: .lapsed, retryAt: retryAt)
        try await fixture.store.record(starts: [:], ends: [end])
        let waiting = try await fixture.reload(run)
        #expect((waiting.state, waiting.notBefore, waiting.reason) == (.pending, retryAt, .lapsed))
        #expect((waiting.attempt, waiting.failures) == (1, 0), "it has not failed")
        #expect(try await fixture.store.attempts(of: run.id) == [end])
        // Somebody who asked for the run's end gets it, whatever ended the attempt.
        let second = try await fixture.claimRun(of: try await fixture.ownedJob())
        _ = try await fixture.store.cancelRun(second.id, reason: .requested)
        let asked = fixture.attempt(second, .cancelled, cancellation: .lapsed, retryAt: retryAt)
        try await fixture.store.record(starts: [:], ends: [asked])
        let ended = try await fixture.reload(second)
        #expect((ended.state, ended.notBefore, ended.reason) == (.cancelled, nil, .requested))
    }

    func claimOfAnEarlierAttemptIsRefused(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let end = fixture.attempt(run, .exited(7), retryAt: fixture.nextMinute)
        try await fixture.store.record(starts: [:], ends: [end])
        var second = try await fixture.reload(run)
        second.state = .claimed
        second.attempt = 2
        second.notBefore = nil
        var claim = fixture.claim(try await fixture.slot(job.slot))
        claim.to = claim.from
        claim.taken = [second]
        try await fixture.commit(claim)
        let secondEnd = fixture.attempt(second, .exited(7), retryAt: fixture.nextMinute)
        try await fixture.store.record(starts: [:], ends: [secondEnd])
        // The same claim again, as if its first call had come late: nothing but the attempt tells that it is out of date.
        let before = try await fixture.snapshot(job)
        #expect(try await fixture.store.claim([claim]) == [.refused])
        claim.taken[0].state = .missed
        claim.taken[0].attempt = 1
        #expect(try await fixture.store.claim([claim]) == [.refused])
        #expect(try await fixture.snapshot(job) == before)
    }

    func runOfARemovedJobIsNotRetried(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        _ = try await fixture.store.removeJob(job.id)
        let end = fixture.attempt(run, .exited(7), retryAt: fixture.nextMinute)
        try await fixture.store.record(starts: [:], ends: [end])
        let ended = try await fixture.reload(run)
        #expect((ended.state, ended.notBefore, ended.exitCode) == (.failed, nil, 7))
        #expect(try await fixture.contents(job.slot).open.isEmpty)
        #expect(try await fixture.reload(job).status == .finished)
    }

    func workersOfOpenRunsAreKnown(_ fixture: LedgerFixture) async throws {
        #expect(try await fixture.store.workersOfOpenRuns().isEmpty)
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        #expect(try await fixture.store.workersOfOpenRuns() == [fixture.worker])
        try await fixture.own(job.slot, by: fixture.otherWorker)
        #expect(try await fixture.store.workersOfOpenRuns() == [fixture.worker])
        try await fixture.end(run, .exited(0))
        #expect(try await fixture.store.workersOfOpenRuns().isEmpty)
    }

    // MARK: Looking for

    func jobsAreFiltered(_ fixture: LedgerFixture) async throws {
        var draft = try fixture.draft(name: "Nightly dump", executable: .command("pg_dump shop"))
        draft.labels = ["team": "billing", "tier": "1"]
        let dump = try await fixture.store.createJob(draft)
        let other = try await fixture.job(name: "other")
        var pausedDraft = JobDraft(other)
        pausedDraft.pause = Pause()
        let paused = try await fixture.store.updateJob(pausedDraft, ifVersion: 1)
        let removed = try await fixture.job()
        let gone = try #require(try await fixture.store.removeJob(removed.id))
        fixture.passMinute()
        func list(_ change: (inout JobFilter) -> Void) async throws -> [Job] {
            var filter = JobFilter()
            change(&filter)
            return try await fixture.store.jobs(matching: filter, after: nil, limit: 10)
        }
        #expect(try await list { $0.query = "PG_DUMP" } == [dump])
        #expect(try await list { $0.query = "nightly" } == [dump])
        #expect(try await list { $0.name = "other" } == [paused])
        #expect(try await list { $0.name = "oth" }.isEmpty)
        #expect(try await list { $0.labels = ["team": "billing"] } == [dump])
        #expect(try await list { $0.labels = ["team": "billing", "tier": "2"] }.isEmpty)
        #expect(try await list { $0.isPaused = true } == [paused])
        #expect(try await list { $0.status = .finished } == [gone])
        #expect(try await list { $0.kind = .script }.isEmpty)
        #expect(try await list { $0.kind = .command }.count == 3)
    }

    func runsAreFiltered(_ fixture: LedgerFixture) async throws {
        let first = try await fixture.ownedJob { $0.concurrency = .allow }
        let second = try await fixture.ownedJob { $0.concurrency = .allow }
        let early = try await fixture.claimRun(of: first)
        let late = try await fixture.claimRun(of: second)
        let manual = try await fixture.request(first, trigger: TriggerID.firstBackfill.rawValue - 1)
        let backfilled = try await fixture.backfill(second, minutes: 0..<1)[0]
        try await fixture.end(early, .exited(1))
        func list(limit: Int = 10, before: RunID? = nil, _ change: (inout RunFilter) -> Void) async throws -> [RunID] {
            var filter = RunFilter()
            change(&filter)
            return try await fixture.store.runs(matching: filter, before: before, limit: limit).map(\.id)
        }
        let all = [early.id, late.id, manual.id, backfilled.id].sorted().reversed() as [RunID]
        #expect(try await list { _ in } == all)
        #expect(try await list(limit: 1) { _ in } == [all[0]])
        #expect(try await list(before: all[0]) { _ in } == Array(all[1...]))
        #expect(try await list { $0.job = second.id } == [late.id, backfilled.id])
        #expect(try await list { $0.states = [.failed] } == [early.id])
        #expect(try await list { $0.trigger = .manual } == [manual.id])
        #expect(try await list { $0.trigger = .backfill } == [backfilled.id])
        #expect(try await list { $0.trigger = .schedule } == [late.id, early.id])
        #expect(try await list { $0.worker = fixture.worker } == [late.id, early.id])
        #expect(try await list { $0.until = late.id.scheduledAt }.suffix(2) == [early.id, backfilled.id])
        #expect(try await !list { $0.since = late.id.scheduledAt }.contains(early.id))
    }

    func statisticsCountEndedRuns(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let never = try await fixture.job()
        let first = try await fixture.claimRun(of: job)
        try await fixture.end(first, .exited(1))
        let second = try await fixture.claimRun(of: job)
        try await fixture.end(second, .exited(0))
        let unknown = fixture.identity()
        let all = try await fixture.store.statistics(of: [job.id, never.id, unknown], since: .distantPast)
        #expect(Set(all.keys) == [job.id, never.id])
        #expect(all[never.id] == JobStatistics())
        let figures = try #require(all[job.id])
        #expect((figures.ended, figures.failed, figures.lastRun?.id) == (2, 1, second.id))
        #expect(figures.percentile95.map { abs($0 - 0.25) < 0.001 } == true)
        let late = try await fixture.store.statistics(of: [job.id], since: second.id.scheduledAt)
        #expect(late[job.id]?.ended == 1)
    }
}
