import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("Every instant is accounted for exactly once (V1)")
struct AccountingTests {
    private static let expressions = [
        "* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "15 3 1 * *", "0 0 * * MON", "@at 2026-03-03T04:05:06Z",
        "0 12 29 2 *", "5,10,50 8-17 * * *",
    ]

    @Test("Random jobs, outages, removals, clocks that go back and small transactions: one row an instant, none beside")
    func randomHistories() async throws {
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<60 { try await self.checkOneHistory(&generator) }
    }

    private func checkOneHistory(_ generator: inout SeededGenerator) async throws {
        let clock = ManualWallClock(now: Instant.monday().date)
        let store = InMemoryJobStore(
            slotCount: 1,
            historyLimit: 1_000_000,
            identities: IdentitySource(generator),
            wallClock: clock
        )
        let slot = SlotID(index: 0)
        let token = LeaderToken(incarnation: 1, sequence: 1)
        var owned = try #require(try await store.assign([slot: .one], token: token).first)
        var replica = SlotReplica(slot: owned)
        var removals: [JobID: Date] = [:]
        for number in 1...Int.random(in: 3...12, using: &generator) {
            try await self.addJob(number, to: store, &generator)
        }
        for step in 0..<Int.random(in: 5...40, using: &generator) {
            let jump: Double = Bool.random(using: &generator) ? 90 : 20_000
            let back = Int.random(in: 0..<10, using: &generator) == 0
            clock.now += back ? -30 : Double.random(in: 0...jump, using: &generator)
            if step % 4 == 1 { try await self.addJob(100 + step, to: store, &generator) }
            if step % 6 == 5, let job = try await store.jobs(after: nil, limit: 1_000).randomElement(using: &generator),
                removals[job.id] == nil
            {
                removals[job.id] = clock.now
                _ = try await store.removeJob(job.id)
            }
            owned = try await self.claimAll(&replica, store, slot, now: Instant(floor: clock.now), &generator)
        }
        for job in try await store.jobs(after: nil, limit: 1_000) {
            try await self.check(job, in: store, through: owned.accountedUntil)
        }
    }

    private func addJob(_ number: Int, to store: InMemoryJobStore, _ generator: inout SeededGenerator) async throws {
        let expression = Self.expressions[Int.random(in: 0..<Self.expressions.count, using: &generator)]
        var policies = JobPolicies()
        policies.misfire.choice = MisfirePolicy.Choice.allCases[Int.random(in: 0..<3, using: &generator)]
        policies.misfire.limit = Int.random(in: 1...5, using: &generator)
        policies.concurrency = Bool.random(using: &generator) ? .allow : .skip
        let definition = JobDefinition(
            schedule: try Schedule(expression, zone: try Zone.named("Europe/Stockholm")),
            executable: .command("true"),
            policies: policies
        )
        _ = try await store.createJob(JobDraft(id: .test(number), definition: definition))
    }

    /// Loads and claims until nothing is due, ending some of the runs.
    private func claimAll(
        _ replica: inout SlotReplica,
        _ store: InMemoryJobStore,
        _ slot: SlotID,
        now: Instant,
        _ generator: inout SeededGenerator
    ) async throws -> Slot {
        while true {
            let contents = try await store.contents(of: slot, after: replica.slot.revision, limit: 1_000)
            _ = replica.load(contents, as: .one)
            let limit = Int.random(in: 1...20, using: &generator)
            guard let claim = replica.plan(now: now, rowLimit: limit) else { return replica.slot }
            #expect(try await store.claim([claim]) == [.committed])
            let permits = replica.commit(try #require(CommittedClaim(claim, outcome: .committed))).permits
            for permit in permits where Bool.random(using: &generator) {
                let report = AttemptReport(
                    outcome: .exited(0),
                    startedAt: now.date,
                    finishedAt: now.date,
                    output: OutputTail()
                )
                let attempt = Attempt(
                    run: permit.run.id,
                    number: permit.run.attempt,
                    worker: .one,
                    epoch: permit.run.epoch,
                    report: report
                )
                try await store.record(starts: [:], ends: [attempt])
                replica.runEnded(permit.run.id)
            }
        }
    }

    /// Compares a job's rows with its schedule, instant by instant.
    private func check(_ job: Job, in store: InMemoryJobStore, through watermark: Instant) async throws {
        var unaccounted: Set<Instant> = []
        var next = job.version.next(after: .monday())
        while let instant = next, instant <= watermark {
            unaccounted.insert(instant)
            next = job.version.next(after: instant)
        }
        for run in try await store.runs(of: job.id, before: nil, limit: 1_000_000) {
            #expect(unaccounted.remove(run.id.scheduledAt) != nil, "\(run.id) accounts for nothing, or twice")
        }
        for gap in try await store.gaps(of: job.id, limit: 1_000_000) {
            let covered = unaccounted.filter { $0 >= gap.first && $0 <= gap.last }
            #expect(covered.count == gap.count, "a gap of \(gap.count) covers \(covered.count) instants")
            #expect(covered.contains(gap.first) && covered.contains(gap.last))
            unaccounted.subtract(covered)
        }
        #expect(unaccounted.isEmpty, "\(job.definition.schedule.text) has instants without a row")
        let isOver = job.version.next(after: watermark) == nil
        #expect(job.progress.isExhausted == isOver || job.progress.isRemoved)
    }
}
