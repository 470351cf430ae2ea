import DistributedCron
import Testing

extension JobStoreConformance {
    /// The worker that is started on the node of the one that is dead.
    private static let successor = WorkerID(rawValue: "w-next")

    private func takeOver(_ runs: [Run], _ fixture: LedgerFixture) async throws -> Set<AttemptKey> {
        try await fixture.store.takeOver(runs.map(fixture.key), from: fixture.worker, by: Self.successor)
    }

    /// Runs that the worker left claimed, starting and running.
    private func leftovers(_ fixture: LedgerFixture) async throws -> (job: Job, runs: [Run]) {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        var runs: [Run] = []
        for _ in 0..<3 { runs.append(try await fixture.claimRun(of: job)) }
        _ = try await fixture.markStarting([runs[1]])
        try await fixture.store.record(starts: [fixture.key(runs[2]): fixture.clock.now], ends: [])
        for index in runs.indices { runs[index] = try await fixture.reload(runs[index]) }
        return (job, runs)
    }

    private func adopt(_ run: Run, in slot: Slot, _ fixture: LedgerFixture) async throws -> ClaimOutcome {
        let after = Adoption.rerun.applied(to: run, by: fixture.otherWorker, epoch: slot.epoch)
        return try await fixture.store.adopt(
            [RunAdoption(before: run, after: after)],
            slot: slot.id,
            worker: fixture.otherWorker,
            epoch: slot.epoch
        )
    }

    func takenOverAttemptGoesOn(_ fixture: LedgerFixture) async throws {
        let (job, runs) = try await self.leftovers(fixture)
        let taken = try await self.takeOver(runs, fixture)
        #expect(taken == Set(runs.map(fixture.key)))
        for (run, state) in zip(runs, [RunState.starting, .starting, .running]) {
            var expected = run
            expected.worker = Self.successor
            expected.state = state
            #expect(try await fixture.reload(run) == expected)
        }
        let holders = try await fixture.store.workersOfOpenRuns()
        #expect(holders == [Self.successor])
        // Whose it is shows to the slot's owner, and its end is the run's.
        let open = try await fixture.contents(job.slot).open
        #expect(open.allSatisfy { $0.run.worker == Self.successor })
        let mine = try await fixture.reload(runs[2])
        try await fixture.end(mine, .exited(3))
        let ended = try await fixture.reload(mine)
        #expect((ended.state, ended.exitCode, ended.worker) == (.failed, 3, Self.successor))
        let attempts = try await fixture.store.attempts(of: mine.id)
        #expect(attempts.map(\.worker) == [Self.successor])
    }

    func takingOverNeedsThePredecessorsAttempt(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let run = try await fixture.claimRun(of: job)
        let ended = try await fixture.claimRun(of: job)
        try await fixture.end(ended, .exited(0))
        let pending = try await fixture.request(job)
        let unknown = RunID(job: fixture.identity(), scheduledAt: fixture.nextMinute)
        let before = try await fixture.snapshot(job)
        let keys = [
            AttemptKey(run: run.id, number: 2, epoch: run.epoch),
            AttemptKey(run: run.id, number: 1, epoch: run.epoch.next), fixture.key(ended), fixture.key(pending),
            AttemptKey(run: unknown, number: 1, epoch: run.epoch),
        ]
        let taken = try await fixture.store.takeOver(keys, from: fixture.worker, by: Self.successor)
        #expect(taken.isEmpty)
        let others = try await fixture.store.takeOver(
            [fixture.key(run)],
            from: fixture.otherWorker,
            by: Self.successor
        )
        #expect(others.isEmpty)
        let nothing = try await fixture.store.takeOver([], from: fixture.worker, by: Self.successor)
        #expect(nothing.isEmpty)
        #expect(try await fixture.snapshot(job) == before)
        // One that cannot be had keeps no other from being taken over.
        let one = try await fixture.store.takeOver(
            keys + [fixture.key(run)],
            from: fixture.worker,
            by: Self.successor
        )
        #expect(one == [fixture.key(run)])
    }

    func takingOverTwiceChangesNothing(_ fixture: LedgerFixture) async throws {
        let (job, runs) = try await self.leftovers(fixture)
        _ = try await self.takeOver(runs, fixture)
        let before = try await fixture.snapshot(job)
        let again = try await self.takeOver(runs + runs, fixture)
        #expect(again == Set(runs.map(fixture.key)))
        #expect(try await fixture.snapshot(job) == before)
        // Another successor has to name whose they are by now.
        let third = WorkerID(rawValue: "w-third")
        let keys = runs.map(fixture.key)
        let late = try await fixture.store.takeOver(keys, from: fixture.worker, by: third)
        #expect(late.isEmpty)
        let next = try await fixture.store.takeOver(keys, from: Self.successor, by: third)
        #expect(next == Set(keys))
    }

    func takenOverRunIsNotAdoptedFromThePredecessor(_ fixture: LedgerFixture) async throws {
        let (job, runs) = try await self.leftovers(fixture)
        let slot = try await fixture.own(job.slot, by: fixture.otherWorker)
        _ = try await self.takeOver(runs, fixture)
        for run in runs {
            let outcome = try await self.adopt(run, in: slot, fixture)
            #expect(outcome == .refused)
        }
        #expect(try await fixture.reload(runs[2]).attempt == 1)
        // The successor may die too.
        let orphan = try await fixture.reload(runs[2])
        let outcome = try await self.adopt(orphan, in: slot, fixture)
        #expect(outcome == .committed)
    }

    func adoptedRunIsNotTakenOver(_ fixture: LedgerFixture) async throws {
        let (job, runs) = try await self.leftovers(fixture)
        let slot = try await fixture.own(job.slot, by: fixture.otherWorker)
        let outcome = try await self.adopt(runs[2], in: slot, fixture)
        #expect(outcome == .committed)
        let adopted = try await fixture.reload(runs[2])
        let taken = try await self.takeOver(runs, fixture)
        #expect(taken == Set(runs[..<2].map(fixture.key)))
        #expect(try await fixture.reload(runs[2]) == adopted)
    }

    func oneOfTakingOverAndAdoptingWins(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        for _ in 0..<8 {
            let run = try await fixture.claimRun(of: job)
            let slot = try await fixture.own(job.slot, by: fixture.otherWorker)
            async let takenNow = self.takeOver([run], fixture)
            async let adoptedNow = self.adopt(run, in: slot, fixture)
            let (taken, outcome) = try await (takenNow, adoptedNow)
            #expect(taken.isEmpty == (outcome == .committed))
            let now = try await fixture.reload(run)
            #expect(now.worker == (taken.isEmpty ? fixture.otherWorker : Self.successor))
            #expect(now.attempt == (taken.isEmpty ? 2 : 1))
            try await fixture.own(job.slot)
        }
    }
}
