import DistributedCron
import Testing

extension JobStoreConformance {
    // MARK: Requests

    func requestedRunIsPending(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let before = try await fixture.slot(job.slot)
        fixture.clock.advance(by: .milliseconds(7_250))
        let run = try await fixture.request(job, trigger: .max)
        let second = Instant(floor: fixture.clock.now)
        #expect(run.id == RunID(job: job.id, scheduledAt: second, trigger: TriggerID(rawValue: .max)))
        #expect(run == Run(id: run.id, version: 1, state: .pending, request: RunRequest()))
        #expect(try await fixture.store.run(run.id) == run)
        #expect(try await fixture.reload(job).progress.openRuns == 1)
        #expect(try await fixture.store.runs(of: job.id, before: nil, limit: 10) == [run])
        // Its owner is told.
        let contents = try await fixture.contents(job.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        #expect(contents.open.map(\.run) == [run])
        #expect(contents.open.first?.definition == job.definition)
        // A repeated call is recognised by its trigger.
        fixture.clock.advance(by: .seconds(90))
        #expect(try await fixture.request(job, trigger: .max) == run)
    }

    func requestOfAnUnknownJobIsNotFound(_ fixture: LedgerFixture) async throws {
        let unknown = fixture.identity()
        try await fixture.expectError(.notFound) {
            _ = try await fixture.store.requestRun(of: unknown, trigger: TriggerID(rawValue: 1))
        }
    }

    func removalCancelsPendingRuns(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let claimed = try await fixture.claimRun(of: job)
        let pending = try await fixture.request(job)
        _ = try await fixture.store.removeJob(job.id)
        let cancelled = try await fixture.reload(pending)
        #expect(cancelled.state == .cancelled && cancelled.reason == .removed)
        #expect(try await fixture.reload(claimed).state == .claimed)
        #expect(try await fixture.contents(job.slot, after: .zero).open.map(\.run) == [claimed])
    }

    func requestOfARemovedJobIsRefused(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        _ = try await fixture.store.removeJob(job.id)
        let before = try await fixture.snapshot(job)
        try await fixture.expectError(.removed) { _ = try await fixture.request(job) }
        #expect(try await fixture.snapshot(job) == before)
    }

    func overlappingRequestIsRefused(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let before = try await fixture.snapshot(job)
        try await fixture.expectError(.overlap) { _ = try await fixture.request(job) }
        #expect(try await fixture.snapshot(job) == before)
        try await fixture.end(run, .exited(0))
        _ = try await fixture.request(job)
        // A run that is still pending has not ended either.
        fixture.passMinute()
        try await fixture.expectError(.overlap) { _ = try await fixture.request(job, trigger: 2) }
    }

    func overlappingRequestIsAddedWherePermitted(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        _ = try await fixture.claimRun(of: job)
        let runs = [try await fixture.request(job, trigger: 1), try await fixture.request(job, trigger: 2)]
        #expect(Set(runs.map(\.id)).count == 2)
        #expect(try await fixture.reload(job).progress.openRuns == 3)
    }

    func requestOfAnExhaustedJobIsRun(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        try await fixture.exhaust(job)
        let run = try await fixture.request(job)
        let open = try await fixture.contents(job.slot).open
        #expect(open.map(\.run) == [run])
        #expect(open.first?.definition == job.definition)
    }

    // MARK: Lists

    func runsAreListedNewestFirst(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let other = try await fixture.ownedJob(in: job.slot)
        var runs: [Run] = []
        for _ in 0..<5 { runs.append(try await fixture.claimRun(of: job)) }
        for trigger: UInt64 in [9, 3] { runs.append(try await fixture.request(job, trigger: trigger)) }
        _ = try await fixture.claimRun(of: other)
        let expected = runs.map(\.id).sorted { ($0.scheduledAt, $0.trigger) > ($1.scheduledAt, $1.trigger) }
        var listed: [Run] = []
        var sizes: [Int] = []
        repeat {
            let page = try await fixture.store.runs(of: job.id, before: listed.last?.id, limit: 3)
            listed += page
            sizes.append(page.count)
        } while sizes.last == 3 && sizes.count < 4
        #expect(sizes == [3, 3, 1])
        #expect(listed.map(\.id) == expected)
        for run in listed { #expect(try await fixture.store.run(run.id) == run) }
    }

    func gapsAreListedNewestFirst(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        var gaps: [Gap] = []
        for count in 1...4 {
            fixture.clock.advance(by: .seconds(600))
            let last = fixture.nextMinute
            let first = last - Int64(count - 1) * 60
            let gap = Gap(job: job.id, first: first, last: last, count: count, reason: .misfire, version: 1)
            var claim = fixture.claim(try await fixture.slot(job.slot))
            // A claim may tell of a later one first, of another version for instance.
            let earlier = Gap(job: job.id, first: first - 120, last: first - 60, count: 2, reason: .paused, version: 1)
            claim.gaps = [gap, earlier]
            try await fixture.commit(claim)
            gaps.insert(contentsOf: [gap, earlier], at: 0)
        }
        #expect(try await fixture.store.gaps(of: job.id, limit: 1_000) == gaps)
        #expect(try await fixture.store.gaps(of: job.id, limit: 2) == Array(gaps.prefix(2)))
    }

    func attemptsAreListedOldestFirst(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        var run = try await fixture.claimRun(of: job)
        #expect(try await fixture.store.attempts(of: run.id).isEmpty)
        var attempts: [Attempt] = []
        for number in 1...3 {
            if number > 1 { run = try await self.rerun(run, in: job.slot, fixture) }
            attempts.append(fixture.attempt(run, .exited(Int32(number)), output: "attempt \(number)\n\u{0}\u{FF}"))
        }
        // The ends may come in any order.
        for attempt in attempts.reversed() { try await fixture.store.record(starts: [:], ends: [attempt]) }
        #expect(try await fixture.store.attempts(of: run.id) == attempts)
    }

    /// Hands a run's slot to the other worker, or back, which runs it again.
    func rerun(_ run: Run, in slot: SlotID, _ fixture: LedgerFixture) async throws -> Run {
        let heir = run.worker == fixture.worker ? fixture.otherWorker : fixture.worker
        let owned = try await fixture.own(slot, by: heir)
        let before = try await fixture.reload(run)
        let after = Adoption.rerun.applied(to: before, by: heir, epoch: owned.epoch)
        let adoption = RunAdoption(before: before, after: after)
        let outcome = try await fixture.store.adopt([adoption], slot: slot, worker: heir, epoch: owned.epoch)
        try #require(outcome == .committed)
        return after
    }
}
