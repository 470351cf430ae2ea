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

    @Test("Random jobs, outages, backfills, clocks that go back, small transactions: one row an instant, none beside")
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
        var history: [JobID: [JobVersion]] = [:]
        for number in 1...Int.random(in: 3...12, using: &generator) {
            try await self.addJob(number, to: store, &history, &generator)
        }
        for step in 0..<Int.random(in: 5...40, using: &generator) {
            let jump: Double = Bool.random(using: &generator) ? 90 : 20_000
            let back = Int.random(in: 0..<10, using: &generator) == 0
            clock.now += back ? -30 : Double.random(in: 0...jump, using: &generator)
            if step % 4 == 1 { try await self.addJob(100 + step, to: store, &history, &generator) }
            if let job = try await store.jobs(after: nil, limit: 1_000).randomElement(using: &generator),
                removals[job.id] == nil
            {
                // Now and then many changes come before anything is claimed.
                let count = Int.random(in: 0..<5, using: &generator) == 0 ? 30 : 1
                for _ in 0..<count {
                    clock.now += count == 1 ? 0 : Double.random(in: 0...40, using: &generator)
                    try await self.change(job.id, in: store, now: Instant(floor: clock.now), &history, &generator)
                }
            }
            if step % 6 == 5, let job = try await store.jobs(after: nil, limit: 1_000).randomElement(using: &generator),
                removals[job.id] == nil
            {
                removals[job.id] = clock.now
                _ = try await store.removeJob(job.id)
            }
            if step % 5 == 2, let job = try await store.jobs(after: nil, limit: 1_000).randomElement(using: &generator),
                removals[job.id] == nil
            {
                try await self.backfill(job.id, UInt64(step), in: store, &generator)
            }
            owned = try await self.claimAll(&replica, store, slot, now: Instant(floor: clock.now), &generator)
        }
        for job in try await store.jobs(after: nil, limit: 1_000) {
            try await self.check(job, history[job.id] ?? [], in: store, through: owned.accountedUntil)
        }
    }

    private func change(
        _ id: JobID,
        in store: InMemoryJobStore,
        now: Instant,
        _ history: inout [JobID: [JobVersion]],
        _ generator: inout SeededGenerator
    ) async throws {
        let job = try #require(try await store.job(id))
        let change = try Self.change(of: job, now: now, &generator)
        let changed = try await store.updateJob(change, ifVersion: job.version.number)
        if let last = history[id]?.indices.last { history[id]?[last] = job.version }
        if changed.version.number != job.version.number { history[id]?.append(changed.version) }
    }

    private func backfill(
        _ id: JobID,
        _ number: UInt64,
        in store: InMemoryJobStore,
        _ generator: inout SeededGenerator
    ) async throws {
        let first = Instant.monday(-Int64.random(in: 1...100, using: &generator))
        let count = Int64.random(in: 1...8, using: &generator)
        _ = try await store.backfill(
            id,
            at: (0..<count).map { first + 60 * $0 },
            trigger: TriggerID(rawValue: TriggerID.firstBackfill.rawValue + number),
            request: RunRequest()
        )
    }

    /// Pauses, resumes or reschedules a job, or leaves it alone.
    private static func change(of job: Job, now: Instant, _ generator: inout SeededGenerator) throws -> JobDraft {
        var draft = JobDraft(job)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let until = now + Int64.random(in: 1...20_000, using: &generator)
            draft.pause = Pause(until: Bool.random(using: &generator) ? until : nil)
        case 1: draft.pause = nil
        case 2:
            let expression = Self.expressions[Int.random(in: 0..<Self.expressions.count, using: &generator)]
            draft.definition.schedule = try Schedule(expression, zone: try Zone.named("Europe/Stockholm"))
            draft.definition.policies = Self.policies(&generator)
        default: break
        }
        return draft
    }

    private static func policies(_ generator: inout SeededGenerator) -> JobPolicies {
        var policies = JobPolicies()
        policies.misfire.choice = MisfirePolicy.Choice.allCases[Int.random(in: 0..<3, using: &generator)]
        policies.misfire.limit = Int.random(in: 1...5, using: &generator)
        policies.concurrency = ConcurrencyPolicy.allCases[Int.random(in: 0..<4, using: &generator)]
        if Int.random(in: 0..<4, using: &generator) == 0 { policies.maxRuns = Int.random(in: 1...6, using: &generator) }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            policies.endsAt = .monday(Int64.random(in: 1...100, using: &generator))
        }
        if Bool.random(using: &generator) { policies.deadline = .seconds(Int.random(in: 1...4_000, using: &generator)) }
        return policies
    }

    private func addJob(
        _ number: Int,
        to store: InMemoryJobStore,
        _ history: inout [JobID: [JobVersion]],
        _ generator: inout SeededGenerator
    ) async throws {
        let expression = Self.expressions[Int.random(in: 0..<Self.expressions.count, using: &generator)]
        let definition = JobDefinition(
            schedule: try Schedule(expression, zone: try Zone.named("Europe/Stockholm")),
            executable: .command("true"),
            policies: Self.policies(&generator)
        )
        let job = try await store.createJob(JobDraft(id: .test(number), definition: definition))
        history[job.id] = [job.version]
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
            self.checkBackfills(claim, contents)
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
                replica.attemptEnded(AttemptKey(of: permit.run))
            }
        }
    }

    /// No backfilled run starts beside another one, or beside any run of its job that does not allow that.
    private func checkBackfills(_ claim: SlotClaim, _ contents: SlotContents) {
        for run in claim.taken where run.state == .claimed && run.id.trigger.kind == .backfill {
            let definition = contents.open.first { $0.run.id == run.id }?.definition
            let isAllowed = definition?.policies.concurrency == .allow
            let beside = (contents.open.map(\.run) + claim.runs + claim.taken).filter { other in
                other.id.job == run.id.job && other.id != run.id
                    && [.claimed, .starting, .running].contains(other.state)
            }
            let isAlone = isAllowed ? beside.allSatisfy { $0.id.trigger.kind != .backfill } : beside.isEmpty
            #expect(isAlone, "\(run.id) starts beside \(beside.map(\.id))")
        }
    }

    /// No run of a version started when the job had had as many as the version permits.
    private func checkLimits(_ runs: [Run], _ history: [JobVersion]) {
        var started = 0
        for run in runs.reversed() where run.attempt > 0 {
            let limit = history.first { $0.number == run.version }?.definition.policies.maxRuns
            #expect(started < limit ?? .max, "\(run.id) is one more than \(limit ?? 0) runs")
            started += 1
        }
    }

    /// Compares a job's rows with its schedules, instant by instant.
    private func check(
        _ job: Job,
        _ history: [JobVersion],
        in store: InMemoryJobStore,
        through watermark: Instant
    ) async throws {
        var unaccounted: Set<Instant> = []
        for (index, version) in history.enumerated() {
            // A version ends where the next begins; the store says where the last one ends.
            let isLast = index + 1 == history.count
            let next = isLast ? nil : history[index + 1].effectiveFrom
            let own = isLast ? job.version.effectiveTo : version.effectiveTo
            let end = min(next ?? .distantFuture, own ?? .distantFuture)
            let last = min(
                watermark,
                end - 1,
                (version.definition.policies.endsAt ?? .distantFuture) - 1
            )
            var instant = version.definition.schedule.next(after: version.effectiveFrom - 1)
            while let due = instant, due <= last {
                unaccounted.insert(due)
                instant = version.definition.schedule.next(after: due)
            }
        }
        let runs = try await store.runs(of: job.id, before: nil, limit: 1_000_000)
            .filter { $0.id.trigger == .schedule }
        self.checkLimits(runs, history)
        for run in runs {
            #expect(unaccounted.remove(run.id.scheduledAt) != nil, "\(run.id) accounts for nothing, or twice")
        }
        for gap in try await store.gaps(of: job.id, limit: 1_000_000) {
            let covered = unaccounted.filter { $0 >= gap.first && $0 <= gap.last }
            // What ends a pause may come before the watermark has passed the pause's last instants.
            if gap.last <= watermark {
                #expect(covered.count == gap.count, "a gap of \(gap.count) covers \(covered.count) instants")
                #expect(covered.contains(gap.first) && covered.contains(gap.last))
            }
            unaccounted.subtract(covered)
        }
        #expect(unaccounted.isEmpty, "\(job.definition.schedule.text) has instants without a row")
        let isOver = job.version.next(after: watermark) == nil
        // A pause without an end may still be ended, so it exhausts nothing.
        let isResting = job.version.pause.map { $0.until == nil } ?? false
        #expect(job.progress.isExhausted == (isOver && !isResting) || job.progress.isRemoved)
    }
}
