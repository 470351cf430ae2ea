import DistributedCron
import Testing

extension JobStoreConformance {
    func oneOfManyClaimersWins(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        for round in 0..<60 {
            fixture.passMinute()
            let slot = try await fixture.slot(job.slot)
            let to = fixture.nextMinute
            let outcomes = try await race(8) { number in
                // Half of them reach less far, so that winners differ in more than their name.
                var claim = fixture.claim(slot, to: number.isMultiple(of: 2) ? to : to - 1)
                let instant = number.isMultiple(of: 2) ? to : to - 30
                claim.runs = [fixture.claimedRun(of: job, at: instant, in: slot)]
                return try await fixture.store.claim([claim])
            }
            #expect(outcomes.count { $0 == [.committed] } == 1, "round \(round)")
            #expect(outcomes.count { $0 == [.refused] } == 7, "round \(round)")
            #expect(try await fixture.slot(job.slot).claimSequence == slot.claimSequence + 1)
            #expect(try await fixture.store.runs(of: job.id, before: nil, limit: 1_000).count == round + 1)
        }
    }

    func oneOfManyTakersOfAPendingRunWins(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        for round in 0..<40 {
            let pending = try await fixture.request(job, trigger: UInt64(round + 1))
            let slot = try await fixture.slot(job.slot)
            let outcomes = try await race(6) { _ in
                var claim = fixture.claim(slot)
                // The watermark stays, so only the run itself tells one claim from the next.
                claim.to = claim.from
                claim.taken = [pending]
                claim.taken[0].state = .claimed
                claim.taken[0].attempt = 1
                claim.taken[0].worker = slot.worker
                claim.taken[0].epoch = slot.epoch
                return try await fixture.store.claim([claim])
            }
            #expect(outcomes.count { $0 == [.committed] } == 1, "round \(round)")
            let run = try await fixture.reload(pending)
            try await fixture.end(run, .exited(0))
            fixture.passMinute()
        }
    }

    func oneOfManyOverlappingRequestsIsAdded(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        for round in 0..<30 {
            let added = try await race(6) { number -> Run? in
                do {
                    return try await fixture.request(job, trigger: UInt64(round * 6 + number + 1))
                } catch let error as JobStoreError where error.code == .overlap {
                    return nil
                }
            }.compactMap { $0 }
            #expect(added.count == 1, "round \(round)")
            #expect(try await fixture.reload(job).progress.openRuns == added.count)
            for run in added { try await self.skip(run, fixture) }
            fixture.passMinute()
        }
    }

    func oneOfManyCreationsOfANameSucceeds(_ fixture: LedgerFixture) async throws {
        for round in 0..<30 {
            let drafts = try (0..<6).map { _ in try fixture.draft(name: "round \(round)") }
            let created = try await race(drafts.count) { number -> Job? in
                do {
                    return try await fixture.store.createJob(drafts[number])
                } catch let error as JobStoreError where error.code == .nameTaken {
                    return nil
                }
            }.compactMap { $0 }
            #expect(created.count == 1, "round \(round)")
            for draft in drafts {
                let isStored = try await fixture.store.job(draft.id) != nil
                #expect(isStored == created.contains { $0.id == draft.id }, "round \(round)")
            }
        }
    }

    func raceOfCreationsAndClaimsLosesNoInstant(_ fixture: LedgerFixture) async throws {
        let slot = try await fixture.ownedJob().slot
        let minutes = 40
        let created = try await withThrowingTaskGroup(of: [Job].self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var jobs: [Job] = []
                    for _ in 0..<minutes { jobs.append(try await fixture.job(in: slot)) }
                    return jobs
                }
            }
            for _ in 0..<minutes {
                fixture.passMinute()
                try await self.claimAllDue(in: slot, fixture)
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        fixture.passMinute()
        try await self.claimAllDue(in: slot, fixture)
        let watermark = try await fixture.slot(slot).accountedUntil
        for job in created {
            var accounted: Set<Instant> = []
            var expected: Set<Instant> = []
            for run in try await fixture.store.runs(of: job.id, before: nil, limit: 1_000) {
                accounted.insert(run.id.scheduledAt)
            }
            var instant = job.version.next(after: Instant(epochSeconds: 0))
            while let due = instant, due <= watermark {
                expected.insert(due)
                instant = job.version.next(after: due)
            }
            #expect(accounted == expected, "every instant of \(job.id) from \(job.version.effectiveFrom)")
        }
    }

    func raceOfRemovalAndRetryLeavesNothingPending(_ fixture: LedgerFixture) async throws {
        for _ in 0..<10 {
            let job = try await fixture.ownedJob()
            let run = try await fixture.claimRun(of: job)
            let end = fixture.attempt(run, .exited(7), retryAt: fixture.nextMinute)
            _ = try await race(2) { number in
                if number == 0 {
                    _ = try await fixture.store.removeJob(job.id)
                } else {
                    try await fixture.store.record(starts: [:], ends: [end])
                }
            }
            // Failed for good, or cancelled while it waited for its next attempt.
            let ended = try await fixture.reload(run)
            #expect(ended.state == .failed || ended.state == .cancelled, "\(ended)")
        }
    }

    /// Accounts for everything up to the next minute as a worker does, again and again until it is committed.
    private func claimAllDue(in id: SlotID, _ fixture: LedgerFixture) async throws {
        while true {
            let contents = try await fixture.contents(id)
            try #require(contents.revision == contents.slot.revision)
            var claim = fixture.claim(contents.slot)
            guard claim.to > claim.from else { return }
            for job in contents.jobs {
                for version in job.versions {
                    var instant = version.next(after: claim.from)
                    while let due = instant, due <= claim.to {
                        let run = RunID(job: job.id, scheduledAt: due)
                        claim.runs.append(Run(id: run, version: version.number, state: .skipped, reason: .overlap))
                        instant = version.next(after: due)
                    }
                }
            }
            if try await fixture.store.claim([claim]) == [.committed] { return }
        }
    }

    /// Ends a pending run by a claim that refuses it.
    func skip(_ run: Run, _ fixture: LedgerFixture, as state: RunState = .skipped) async throws {
        let slot = SlotID(of: run.id.job, count: fixture.slotCount)
        var claim = fixture.claim(try await fixture.slot(slot))
        claim.to = claim.from
        claim.taken = [run]
        claim.taken[0].state = state
        claim.taken[0].reason = .overlap
        try await fixture.commit(claim)
    }

    func oneOfManyMarksWins(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        for round in 0..<40 {
            let run = try await fixture.claimRun(of: job)
            let marked = try await race(6) { _ in try await fixture.markStarting([run]) }
            #expect(marked.count { $0 == [fixture.key(run)] } == 1, "round \(round)")
            #expect(marked.count { $0.isEmpty } == 5, "round \(round)")
        }
    }

    func oneOfManyHeirsAdopts(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        for round in 0..<40 {
            let run = try await fixture.claimRun(of: job)
            let owned = try await fixture.own(job.slot, by: fixture.otherWorker)
            let after = Adoption.rerun.applied(to: run, by: fixture.otherWorker, epoch: owned.epoch)
            let outcomes = try await race(6) { _ in
                try await fixture.store.adopt(
                    [RunAdoption(before: run, after: after)],
                    slot: job.slot,
                    worker: fixture.otherWorker,
                    epoch: owned.epoch
                )
            }
            #expect(outcomes.count { $0 == .committed } == 1, "round \(round)")
            try await fixture.own(job.slot)
        }
    }
}
