import Testing

@testable import DistributedCron

@Suite("Backfilled runs go one after the other, and keep nothing else from running")
struct BackfillPlanningTests {
    /// A replica of a slot with one job, owned by worker one, accounted for up to Monday 00:00.
    private func replica(_ definition: JobDefinition, open: [OpenRun]) -> SlotReplica {
        var slot = Slot(id: SlotID(index: 0), accountedUntil: .monday())
        slot.worker = .one
        slot.epoch = Epoch(rawValue: 7)
        let version = JobVersion(number: 1, effectiveFrom: .monday(0, 0, 1), definition: definition)
        let job = SlotJob(id: .test(1), versions: [version], isExhausted: false)
        var replica = SlotReplica(slot: slot)
        _ = replica.load(SlotContents(slot: slot, jobs: [job], revision: slot.revision, open: open), as: .one)
        return replica
    }

    private func definition(
        _ concurrency: ConcurrencyPolicy,
        _ change: (inout JobPolicies) -> Void = { _ in }
    ) throws -> JobDefinition {
        try .command("* * * * *") {
            $0.concurrency = concurrency
            change(&$0)
        }
    }

    /// Pending runs of minutes of the Sunday before.
    private func backfilled(_ minutes: Range<Int64>, _ definition: JobDefinition) -> [OpenRun] {
        minutes.map { minute in
            let id = RunID(job: .test(1), scheduledAt: .monday(-9, minute), trigger: TriggerID(backfill: 5))
            return OpenRun(run: Run(id: id, version: 1, state: .pending), definition: definition)
        }
    }

    @discardableResult
    private func commit(_ claim: SlotClaim?, to replica: inout SlotReplica) throws -> SlotOrders {
        let claim = try #require(claim)
        return replica.commit(try #require(CommittedClaim(claim, outcome: .committed)))
    }

    /// The instants that a claim permits to launch, which end at once.
    private func runNext(_ replica: inout SlotReplica, at now: Instant) throws -> [Instant] {
        let permits = try self.commit(replica.plan(now: now), to: &replica).permits
        for permit in permits { replica.attemptEnded(AttemptKey(of: permit.run)) }
        return permits.map(\.run.id.scheduledAt)
    }

    @Test("They run oldest first, one at a time, whatever the job permits", arguments: ConcurrencyPolicy.allCases)
    func order(concurrency: ConcurrencyPolicy) throws {
        let definition = try self.definition(concurrency)
        var replica = self.replica(definition, open: self.backfilled(0..<3, definition))
        for minute in Int64(0)..<3 {
            let permits = try self.commit(replica.plan(now: .monday(0, 0, 5)), to: &replica).permits
            #expect(permits.map(\.run.id.scheduledAt) == [.monday(-9, minute)])
            // Nothing to do until it has ended.
            #expect(replica.nextWake == .distantFuture)
            #expect(replica.plan(now: .monday(0, 0, 6)) == nil)
            replica.attemptEnded(AttemptKey(of: try #require(permits.first).run))
        }
        #expect(replica.plan(now: .monday(0, 0, 7)) == nil)
    }

    @Test(
        "An instant that meets a backfilled run waits for it, and goes before the others",
        arguments: [ConcurrencyPolicy.skip, .queue, .replace]
    )
    func schedule(concurrency: ConcurrencyPolicy) throws {
        let definition = try self.definition(concurrency)
        var replica = self.replica(definition, open: self.backfilled(0..<2, definition))
        let first = try self.commit(replica.plan(now: .monday(0, 0, 5)), to: &replica)
        let waiting = try #require(replica.plan(now: .monday(0, 1)))
        #expect(waiting.runs.map(\.state) == [.pending] && waiting.runs.map(\.reason) == [.queued])
        #expect(waiting.taken.isEmpty && waiting.cancellations.isEmpty)
        try self.commit(waiting, to: &replica)
        #expect(replica.nextWake == .distantFuture && replica.plan(now: .monday(0, 1, 30)) == nil)
        replica.attemptEnded(AttemptKey(of: try #require(first.permits.first).run))
        #expect(try self.runNext(&replica, at: .monday(0, 1, 31)) == [.monday(0, 1)])
        #expect(try self.runNext(&replica, at: .monday(0, 1, 32)) == [.monday(-9, 1)])
    }

    @Test("Where runs may be beside one another an instant does not wait for a backfilled run")
    func allow() throws {
        let definition = try self.definition(.allow)
        var replica = self.replica(definition, open: self.backfilled(0..<2, definition))
        try self.commit(replica.plan(now: .monday(0, 0, 5)), to: &replica)
        let claim = try #require(replica.plan(now: .monday(0, 1)))
        #expect(claim.runs.map(\.state) == [.claimed] && claim.taken.isEmpty)
    }

    @Test("An instant that is due goes before a backfilled run that might start in the same claim")
    func due() throws {
        let definition = try self.definition(.skip)
        var replica = self.replica(definition, open: self.backfilled(0..<1, definition))
        #expect(try self.runNext(&replica, at: .monday(0, 1)) == [.monday(0, 1)])
        #expect(try self.runNext(&replica, at: .monday(0, 1, 1)) == [.monday(-9, 0)])
    }

    @Test("With `skip` one instant waits for a backfilled run, and the next is skipped because of it")
    func skip() throws {
        let definition = try self.definition(.skip)
        var replica = self.replica(definition, open: self.backfilled(0..<1, definition))
        try self.commit(replica.plan(now: .monday(0, 0, 5)), to: &replica)
        try self.commit(replica.plan(now: .monday(0, 1)), to: &replica)
        let claim = try #require(replica.plan(now: .monday(0, 2)))
        #expect(claim.runs.map(\.state) == [.skipped] && claim.runs.map(\.reason) == [.overlap])
    }

    @Test("With `replace` an instant takes the place of the one that waits, and never of a backfilled run")
    func replace() throws {
        let definition = try self.definition(.replace)
        var replica = self.replica(definition, open: self.backfilled(0..<2, definition))
        let first = try self.commit(replica.plan(now: .monday(0, 0, 5)), to: &replica)
        try self.commit(replica.plan(now: .monday(0, 1)), to: &replica)
        let claim = try #require(replica.plan(now: .monday(0, 2)))
        #expect(claim.runs.map(\.state) == [.pending] && claim.cancellations.isEmpty)
        #expect(claim.taken.map(\.id.scheduledAt) == [.monday(0, 1)] && claim.taken.map(\.reason) == [.replaced])
        try self.commit(claim, to: &replica)
        #expect(replica.plan(now: .monday(0, 2, 30)) == nil)
        replica.attemptEnded(AttemptKey(of: try #require(first.permits.first).run))
        #expect(try self.runNext(&replica, at: .monday(0, 2, 31)) == [.monday(0, 2)])
        #expect(try self.runNext(&replica, at: .monday(0, 2, 32)) == [.monday(-9, 1)])
    }

    @Test("The job's deadline does not concern them, however old their instants are")
    func deadline() throws {
        let definition = try self.definition(.skip) { $0.deadline = .seconds(10) }
        var replica = self.replica(definition, open: self.backfilled(0..<1, definition))
        #expect(try self.runNext(&replica, at: .monday(0, 0, 5)) == [.monday(-9, 0)])
        var policies = definition.policies
        policies.retry = RetryPolicy(max: 1, backoffSeconds: 10, jitter: 0)
        let run = try #require(self.backfilled(0..<1, definition).first).run
        #expect(run.retry(after: .exited(1), at: .monday(), under: policies) == .monday() + 10)
    }

    @Test("One that waits for its retry keeps the others waiting, but no instant of the schedule")
    func retry() throws {
        let definition = try self.definition(.skip)
        var open = self.backfilled(0..<2, definition)
        var failed = open[0].run
        failed.attempt = 1
        failed.notBefore = .monday(0, 5)
        open[0] = OpenRun(run: failed, definition: definition)
        var replica = self.replica(definition, open: open)
        #expect(replica.nextWake == .monday(0, 5))
        #expect(replica.plan(now: .monday(0, 0, 5)) == nil)
        #expect(try self.runNext(&replica, at: .monday(0, 1)) == [.monday(0, 1)])
    }

    @Test("What waits for a free place of the worker, waits behind everything else")
    func permits() throws {
        let old = RunID(job: .test(1), scheduledAt: .monday(-9, 0), trigger: TriggerID(backfill: 5))
        let new = RunID(job: .test(2), scheduledAt: .monday(0, 1))
        #expect(old < new && new.precedes(old) && !old.precedes(new) && !old.precedes(old))
    }
}
