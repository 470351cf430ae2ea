import DistributedCron
import Testing

@Suite("Each policy decides what becomes of an instant")
struct PolicyPlanningTests {
    /// A replica of a slot with one job, owned by worker one, accounted for up to Monday 00:00.
    private func replica(
        _ definition: JobDefinition,
        pause: Pause? = nil,
        startedRuns: Int = 0,
        open: [OpenRun] = [],
        handlers: Set<String> = []
    ) -> SlotReplica {
        var slot = Slot(id: SlotID(index: 0), accountedUntil: .monday())
        slot.worker = .one
        slot.epoch = Epoch(rawValue: 7)
        let version = JobVersion(number: 1, effectiveFrom: .monday(0, 0, 1), definition: definition, pause: pause)
        let job = SlotJob(id: .test(1), versions: [version], isExhausted: false, startedRuns: startedRuns)
        var replica = SlotReplica(slot: slot, handlers: handlers)
        _ = replica.load(SlotContents(slot: slot, jobs: [job], revision: slot.revision, open: open), as: .one)
        return replica
    }

    private func run(_ minute: Int64, _ state: RunState, attempt: Int = 1, notBefore: Instant? = nil) -> Run {
        Run(
            id: RunID(job: .test(1), scheduledAt: .monday(0, minute)),
            version: 1,
            state: state,
            attempt: attempt,
            worker: .one,
            epoch: Epoch(rawValue: 7),
            notBefore: notBefore
        )
    }

    @discardableResult
    private func commit(_ claim: SlotClaim?, to replica: inout SlotReplica) throws -> SlotOrders {
        let claim = try #require(claim)
        return replica.commit(try #require(CommittedClaim(claim, outcome: .committed)))
    }

    // MARK: Concurrency

    @Test("With `queue` an instant waits for the run in progress, and starts when that has ended")
    func queue() throws {
        var replica = self.replica(try .command("* * * * *") { $0.concurrency = .queue })
        let first = try self.commit(replica.plan(now: .monday(0, 1)), to: &replica)
        let waiting = try #require(replica.plan(now: .monday(0, 2)))
        #expect(waiting.runs.map(\.state) == [.pending])
        #expect(waiting.runs.map(\.reason) == [.queued])
        try self.commit(waiting, to: &replica)
        #expect(replica.plan(now: .monday(0, 2, 30)) == nil)
        replica.attemptEnded(AttemptKey(of: try #require(first.permits.first).run))
        let taken = try #require(replica.plan(now: .monday(0, 2, 31)))
        #expect(taken.taken.map(\.id.scheduledAt) == [.monday(0, 2)])
        #expect(taken.taken.map(\.state) == [.claimed])
        #expect(try self.commit(taken, to: &replica).permits.count == 1)
    }

    @Test("No more than the limit wait; what comes then is skipped, and says why")
    func queueLimit() throws {
        let definition = try JobDefinition.command("* * * * *", seconds: false) { $0.concurrency = .queue }
        let pending = (0..<JobPolicies.queueLimit).map { number in
            let id = RunID(job: .test(1), scheduledAt: .monday(-1, 0, Int64(number)))
            return OpenRun(run: Run(id: id, version: 1, state: .pending), definition: definition)
        }
        let busy = OpenRun(run: self.run(-200, .running), definition: definition)
        let replica = self.replica(definition, open: [busy] + pending)
        let claim = try #require(replica.plan(now: .monday(0, 1)))
        #expect(claim.runs.map(\.state) == [.skipped])
        #expect(claim.runs.map(\.reason) == [.queueFull])
    }

    @Test("With `replace` the run in progress is ended first, and only then the newer one starts (V7)")
    func replace() throws {
        var replica = self.replica(try .command("* * * * *") { $0.concurrency = .replace })
        let started = try self.commit(replica.plan(now: .monday(0, 1)), to: &replica).permits
        let attempt = AttemptKey(of: try #require(started.first).run)
        let first = attempt.run
        let orders = try self.commit(replica.plan(now: .monday(0, 2)), to: &replica)
        #expect(orders.permits.isEmpty)
        #expect(orders.cancellations == [RunCancellation(run: first, reason: .replaced)])
        #expect(replica.plan(now: .monday(0, 2, 5)) == nil)
        // A third one takes the place of the second, which has not started.
        let third = try #require(replica.plan(now: .monday(0, 3)))
        #expect(third.taken.map(\.state) == [.cancelled])
        #expect(third.taken.map(\.reason) == [.replaced])
        #expect(third.cancellations.isEmpty)
        try self.commit(third, to: &replica)
        replica.attemptEnded(attempt)
        let permits = try self.commit(replica.plan(now: .monday(0, 3, 5)), to: &replica).permits
        #expect(permits.map(\.run.id.scheduledAt) == [.monday(0, 3)])
    }

    @Test("Of several instants in one claim `replace` starts the newest only")
    func replaceInOneClaim() throws {
        let replica = self.replica(
            try .command("* * * * *") {
                $0.concurrency = .replace
                $0.misfire = MisfirePolicy(.all)
            }
        )
        let claim = try #require(replica.plan(now: .monday(0, 3)))
        #expect(claim.runs.map(\.state) == [.skipped, .skipped, .claimed])
        #expect(claim.cancellations.isEmpty)
    }

    // MARK: Retries and deadlines

    @Test("A run that waits for its retry keeps its place, and is claimed as the next attempt when its time has come")
    func retry() throws {
        let definition = try JobDefinition.command("* * * * *")
        let failed = OpenRun(run: self.run(0, .pending, notBefore: .monday(0, 1, 10)), definition: definition)
        let replica = self.replica(definition, open: [failed])
        let early = try #require(replica.plan(now: .monday(0, 1)))
        #expect(early.taken.isEmpty)
        #expect(early.runs.map(\.reason) == [.overlap])
        #expect(replica.nextWake == .monday(0, 1, 10))
        let due = try #require(replica.plan(now: .monday(0, 1, 10)))
        #expect(due.taken.map(\.attempt) == [2])
        #expect(due.taken.map(\.state) == [.claimed])
    }

    @Test("The pause before a retry doubles up to its maximum, and jitter only shortens it")
    func backoff() {
        let exact = RetryPolicy(max: 9, backoffSeconds: 5, maxBackoffSeconds: 60, jitter: 0)
        let id = RunID(job: .test(1), scheduledAt: .monday())
        #expect((1...6).map { exact.pauseSeconds(of: id, failures: $0) } == [5, 10, 20, 40, 60, 60])
        let jittered = RetryPolicy(max: 9, backoffSeconds: 100, maxBackoffSeconds: 100, jitter: 0.5)
        let pauses = (0..<200).map { number in
            jittered.pauseSeconds(of: RunID(job: .test(number), scheduledAt: .monday()), failures: 1)
        }
        #expect(pauses.allSatisfy { (50...100).contains($0) })
        #expect(Set(pauses).count > 30)
    }

    @Test("Failures and time-outs are retried as often as allowed, within the deadline; nothing else is")
    func retryDecision() {
        var policies = JobPolicies()
        policies.retry = RetryPolicy(max: 2, backoffSeconds: 10, jitter: 0)
        var run = self.run(0, .running)
        let now = Instant.monday(0, 1)
        #expect(run.retry(after: .exited(1), at: now, under: policies) == now + 10)
        #expect(run.retry(after: .timedOut, at: now, under: policies) == now + 10)
        #expect(run.retry(after: .exited(0), at: now, under: policies) == nil)
        #expect(run.retry(after: .cancelled, at: now, under: policies) == nil)
        policies.deadline = .seconds(65)
        #expect(run.retry(after: .exited(1), at: now, under: policies) == nil)
        policies.deadline = nil
        run.failures = 2
        #expect(run.retry(after: .exited(1), at: now, under: policies) == nil)
    }

    @Test("A run whose deadline has passed is missed, whether its instant is new or it waited too long")
    func deadline() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.concurrency = .queue
            $0.deadline = .seconds(30)
        }
        let late = try #require(self.replica(definition).plan(now: .monday(0, 1, 31)))
        #expect(late.runs.map(\.state) == [.missed])
        #expect(late.runs.map(\.reason) == [.deadline])
        let waiting = OpenRun(run: self.run(0, .pending, attempt: 0), definition: definition)
        let busy = OpenRun(run: self.run(-5, .running), definition: definition)
        let replica = self.replica(definition, open: [busy, waiting])
        #expect(replica.plan(now: .monday(0, 0, 30)) == nil)
        #expect(replica.nextWake == .monday(0, 0, 31))
        #expect(replica.plan(now: .monday(0, 0, 31))?.taken.map(\.state) == [.missed])
    }

    // MARK: Ends and pauses

    @Test("`max_runs` ends the version after the last of its runs, and skipped instants do not count")
    func maxRuns() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.misfire = MisfirePolicy(.all)
            $0.concurrency = .allow
            $0.maxRuns = 3
        }
        var replica = self.replica(definition, startedRuns: 1)
        let claim = try #require(replica.plan(now: .monday(0, 10)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(0, 1), .monday(0, 2)])
        #expect(claim.versionEnds == [VersionEnd(job: .test(1), version: 1, effectiveTo: .monday(0, 2, 1))])
        #expect(claim.exhausted == [.test(1)])
        try self.commit(claim, to: &replica)
        #expect(replica.plan(now: .monday(9)) == nil)
    }

    @Test("`max_runs` holds for a version that was edited before its last instants were claimed")
    func maxRunsOfAnEarlierVersion() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.misfire = .all
            $0.concurrency = .allow
            $0.maxRuns = 3
        }
        var earlier = JobVersion(number: 1, effectiveFrom: .monday(0, 0, 1), definition: definition)
        earlier.effectiveTo = .monday(0, 8, 30)
        let current = JobVersion(number: 2, effectiveFrom: .monday(0, 8, 30), definition: definition)
        // A version without instants, or of a job that was removed, is not told after its end.
        for versions in [[earlier, current], [earlier]] {
            let job = SlotJob(id: .test(1), versions: versions, isExhausted: false, startedRuns: 1)
            var slot = Slot(id: SlotID(index: 0), accountedUntil: .monday())
            slot.worker = .one
            var replica = SlotReplica(slot: slot)
            _ = replica.load(SlotContents(slot: slot, jobs: [job], revision: slot.revision, open: []), as: .one)
            let claim = try #require(replica.plan(now: .monday(0, 10)))
            #expect(claim.runs.map(\.state) == [.claimed, .claimed] + [RunState](repeating: .skipped, count: 6))
            #expect(Set(claim.runs.dropFirst(2).map(\.reason)) == [.maxRuns])
            #expect(claim.versionEnds.map(\.version) == (versions.count == 2 ? [2] : []))
            #expect(claim.exhausted == [.test(1)])
        }
    }

    @Test("No instant lies at or after `ends_at`")
    func endsAt() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.misfire = MisfirePolicy(.all)
            $0.concurrency = .allow
            $0.endsAt = .monday(0, 3)
        }
        let claim = try #require(self.replica(definition).plan(now: .monday(0, 10)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(0, 1), .monday(0, 2)])
        #expect(claim.exhausted == [.test(1)])
    }

    @Test("A paused job costs no claims, is never missed, and runs again from the end of its pause")
    func pause() throws {
        let definition = try JobDefinition.command("* * * * *")
        let forever = self.replica(definition, pause: Pause())
        #expect(forever.nextDue == .distantFuture)
        #expect(forever.plan(now: .monday(5)) == nil)
        let replica = self.replica(definition, pause: Pause(until: .monday(2)))
        #expect(replica.nextDue == .monday(2))
        let claim = try #require(replica.plan(now: .monday(2, 0, 1)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(2)])
        #expect(claim.gaps.isEmpty)
    }

    @Test("The instants of a pause are one gap, counted by arithmetic")
    func pauseGap() throws {
        let version = JobVersion(
            number: 3,
            effectiveFrom: .monday(0, 0, 1),
            definition: try .command("*/10 * * * *"),
            pause: Pause(until: .monday(2))
        )
        let whole = try #require(version.pauseGap(of: .test(1), through: .distantFuture))
        #expect((whole.first, whole.last, whole.count) == (.monday(0, 10), .monday(1, 50), 11))
        #expect((whole.reason, whole.version) == (.paused, 3))
        #expect(version.pauseGap(of: .test(1), through: .monday(0, 25))?.count == 2)
        #expect(version.pauseGap(of: .test(1), through: .monday(0, 5)) == nil)
    }

    @Test("A closure that no worker has waits, and starts at the one that has it")
    func handlers() throws {
        var definition = try JobDefinition.command("* * * * *")
        definition.executable = .closure("tick")
        var without = self.replica(definition)
        let claim = try #require(without.plan(now: .monday(0, 1)))
        #expect(claim.runs.map(\.state) == [.pending])
        #expect(claim.runs.map(\.reason) == [.noHandler])
        try self.commit(claim, to: &without)
        #expect(without.plan(now: .monday(0, 1, 30)) == nil)
        let waiting = OpenRun(run: claim.runs[0], definition: definition)
        let with = self.replica(definition, open: [waiting], handlers: ["tick"])
        #expect(with.plan(now: .monday(0, 0, 59))?.taken.map(\.state) == [.claimed])
    }
}
