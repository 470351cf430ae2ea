import DistributedCron
import Testing

extension JobStoreConformance {
    // MARK: Starts

    func startingIsMarkedOnce(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let runs = [try await fixture.claimRun(of: job), try await fixture.claimRun(of: job)]
        let keys = runs.map(fixture.key)
        #expect(try await fixture.markStarting([runs[0]]) == [keys[0]])
        #expect(try await fixture.reload(runs[0]).state == .starting)
        #expect(try await fixture.reload(runs[1]).state == .claimed)
        #expect(try await fixture.markStarting(runs) == [keys[1]])
        #expect(try await fixture.markStarting(runs).isEmpty)
        #expect(try await fixture.markStarting([]).isEmpty)
    }

    func startingNeedsAClaimedAttempt(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let claimed = try await fixture.claimRun(of: job)
        let running = try await fixture.claimRun(of: job)
        let ended = try await fixture.claimRun(of: job)
        let pending = try await fixture.request(job)
        try await fixture.store.record(
            starts: [fixture.key(running): fixture.clock.now],
            ends: [fixture.attempt(ended, .exited(0))]
        )
        let before = try await fixture.snapshot(job)
        let unknown = RunID(job: fixture.identity(), scheduledAt: fixture.nextMinute)
        let keys = [
            AttemptKey(run: claimed.id, number: 2, epoch: claimed.epoch),
            AttemptKey(run: claimed.id, number: 0, epoch: claimed.epoch), fixture.key(running),
            fixture.key(ended), fixture.key(pending), AttemptKey(run: pending.id, number: 1, epoch: pending.epoch),
            AttemptKey(run: unknown, number: 1, epoch: claimed.epoch),
        ]
        #expect(try await fixture.store.markStarting(keys).isEmpty)
        #expect(try await fixture.snapshot(job) == before)
    }

    func startIsRecorded(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let runs = [try await fixture.claimRun(of: job), try await fixture.claimRun(of: job)]
        _ = try await fixture.markStarting([runs[1]])
        let date = fixture.clock.now
        try await fixture.store.record(starts: [fixture.key(runs[0]): date, fixture.key(runs[1]): date], ends: [])
        for run in runs {
            let started = try await fixture.reload(run)
            #expect(started.state == .running)
            #expect(agree(started.startedAt, date))
            #expect(started.finishedAt == nil)
        }
    }

    func startOfAnotherAttemptIsIgnored(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        let before = try await fixture.snapshot(job)
        let unknown = RunID(job: fixture.identity(), scheduledAt: fixture.nextMinute)
        let now = fixture.clock.now
        try await fixture.store.record(
            starts: [
                AttemptKey(run: run.id, number: 2, epoch: run.epoch): now,
                AttemptKey(run: unknown, number: 1, epoch: run.epoch): now,
            ],
            ends: []
        )
        #expect(try await fixture.snapshot(job) == before)
    }

    // MARK: Ends

    func endIsRecorded(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let outcomes: [AttemptOutcome] = [
            .exited(0), .exited(3), .signaled(9), .timedOut, .cancelled, .notStarted("no such file"),
        ]
        for outcome in outcomes {
            let run = try await fixture.claimRun(of: job)
            var attempt = fixture.attempt(run, outcome, output: "said \(outcome)\n")
            if case .notStarted = outcome {
                var report = attempt.report
                report.startedAt = nil
                attempt = Attempt(
                    run: run.id,
                    number: 1,
                    worker: attempt.worker,
                    epoch: attempt.epoch,
                    report: report
                )
            }
            try await fixture.store.record(starts: [fixture.key(run): fixture.clock.now], ends: [attempt])
            let ended = try await fixture.reload(run)
            #expect(ended.state == outcome.runState)
            #expect(ended.reason == outcome.runReason)
            #expect(ended.detail == outcome.detail)
            #expect(ended.exitCode == outcome.exitCode)
            #expect(agree(ended.startedAt, attempt.report.startedAt))
            #expect(agree(ended.finishedAt, attempt.report.finishedAt))
            #expect(ended.worker == run.worker)
            #expect(try await fixture.store.attempts(of: run.id) == [attempt])
            #expect(try await fixture.contents(job.slot).open.isEmpty)
            #expect(try await fixture.reload(job).progress.openRuns == 0)
        }
    }

    func endWithoutAStartIsRecorded(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let claimed = try await fixture.claimRun(of: job)
        let starting = try await fixture.claimRun(of: job)
        _ = try await fixture.markStarting([starting])
        let ends = [claimed, starting].map { fixture.attempt($0, .exited(0)) }
        try await fixture.store.record(starts: [:], ends: ends)
        #expect(try await fixture.reload(claimed).state == .succeeded)
        #expect(try await fixture.reload(starting).state == .succeeded)
    }

    func repeatedRecordChangesNothing(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let first = try await fixture.claimRun(of: job)
        let second = try await fixture.claimRun(of: job)
        let third = try await fixture.claimRun(of: job)
        let starts = [first, second].reduce(into: [:]) { $0[fixture.key($1)] = fixture.clock.now }
        let ends = [fixture.attempt(first, .exited(1), output: "once")]
        try await fixture.store.record(starts: starts, ends: ends)
        try await fixture.end(third, .exited(0))
        let before = try await fixture.snapshot(job)
        for _ in 0..<2 { try await fixture.store.record(starts: starts, ends: ends) }
        #expect(try await fixture.snapshot(job) == before)
        // A start that comes after the end is late, and nothing more.
        try await fixture.store.record(starts: starts, ends: [])
        #expect(try await fixture.snapshot(job) == before)
        // Nor does another end replace the first.
        try await fixture.store.record(starts: [:], ends: [fixture.attempt(first, .exited(0), output: "twice")])
        #expect(try await fixture.snapshot(job) == before)
        try await fixture.store.record(starts: [:], ends: [])
        #expect(try await fixture.snapshot(job) == before)
    }

    // MARK: Status

    func exhaustedJobFinishes(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        try await fixture.exhaust(job)
        #expect(try await fixture.reload(job).progress.isExhausted)
        #expect(try await fixture.reload(job).status == .scheduled, "its last run goes on")
        try await fixture.end(run, .exited(0))
        #expect(try await fixture.reload(job).status == .finished)
        let failing = try await fixture.ownedJob()
        let last = try await fixture.claimRun(of: failing)
        try await fixture.exhaust(failing)
        try await fixture.end(last, .exited(1))
        #expect(try await fixture.reload(failing).status == .error)
    }

    func failureIsAnErrorUntilASuccess(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let failures: [AttemptOutcome] = [.exited(1), .signaled(15), .timedOut, .notStarted("no interpreter")]
        for failure in failures {
            try await fixture.end(try await fixture.claimRun(of: job), failure)
            #expect(try await fixture.reload(job).status == .error)
            let run = try await fixture.claimRun(of: job)
            #expect(try await fixture.reload(job).status == .error, "a run in progress says nothing")
            try await fixture.end(run, .exited(0))
            #expect(try await fixture.reload(job).status == .scheduled)
        }
    }

    func manualRunCountsForTheStatus(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        for (outcome, status) in [(AttemptOutcome.exited(1), JobStatus.error), (.exited(0), .scheduled)] {
            let pending = try await fixture.request(job)
            let slot = try await fixture.slot(job.slot)
            var claim = fixture.claim(slot)
            claim.taken = [pending]
            claim.taken[0].state = .claimed
            claim.taken[0].attempt = 1
            try await fixture.commit(claim)
            try await fixture.end(claim.taken[0], outcome)
            #expect(try await fixture.reload(job).status == status)
            fixture.passMinute()
        }
    }

    func refusedAndCancelledRunsLeaveTheStatus(_ fixture: LedgerFixture) async throws {
        for first: AttemptOutcome in [.exited(0), .exited(1)] {
            let job = try await fixture.ownedJob()
            try await fixture.end(try await fixture.claimRun(of: job), first)
            let status = try await fixture.reload(job).status
            try await fixture.end(try await fixture.claimRun(of: job), .cancelled)
            #expect(try await fixture.reload(job).status == status)
            for state: RunState in [.skipped, .missed] {
                let run = try await fixture.claimRun(of: job) { run in
                    run.state = state
                    run.attempt = 0
                }
                #expect(try await fixture.reload(run) == run)
                #expect(try await fixture.reload(job).status == status)
                #expect(try await fixture.reload(job).progress.openRuns == 0)
                fixture.passMinute()
                try await self.skip(try await fixture.request(job), fixture, as: state)
                #expect(try await fixture.reload(job).status == status)
                #expect(try await fixture.reload(job).progress.openRuns == 0)
            }
        }
    }
}
