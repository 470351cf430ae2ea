import DistributedCron
import Testing

@Suite("A slot's owner plans claims that account for every instant")
struct SlotReplicaTests {
    /// A replica of a slot with one job, owned by worker one, accounted for up to Monday 00:00.
    private func replica(
        _ definition: JobDefinition,
        from: Instant = .monday(0, 0, 1),
        to: Instant? = nil,
        open: [OpenRun] = []
    ) -> SlotReplica {
        var slot = Slot(id: SlotID(index: 0), accountedUntil: .monday())
        slot.worker = .one
        slot.epoch = Epoch(rawValue: 7)
        slot.revision = Revision(rawValue: 3)
        let version = JobVersion(number: 1, effectiveFrom: from, effectiveTo: to, definition: definition)
        var replica = SlotReplica(slot: slot)
        _ = replica.load(
            SlotContents(
                slot: slot,
                jobs: [SlotJob(id: .test(1), versions: [version], isExhausted: false)],
                revision: slot.revision,
                open: open
            ),
            as: .one
        )
        return replica
    }

    @Test("What is due on time becomes one claimed run, under the owner's epoch and as the first attempt")
    func onTime() throws {
        let replica = self.replica(try .command("*/5 * * * *"))
        #expect(replica.nextDue == .monday(0, 5))
        #expect(replica.plan(now: .monday(0, 4, 59)) == nil)
        let claim = try #require(replica.plan(now: .monday(0, 5, 2)))
        #expect((claim.from, claim.to) == (.monday(), .monday(0, 5, 2)))
        #expect((claim.epoch, claim.revision) == (Epoch(rawValue: 7), Revision(rawValue: 3)))
        let run = try #require(claim.runs.first)
        #expect(claim.runs.count == 1 && claim.gaps.isEmpty && claim.exhausted.isEmpty)
        #expect(run.id == RunID(job: .test(1), scheduledAt: .monday(0, 5)))
        #expect((run.state, run.attempt, run.worker, run.epoch) == (.claimed, 1, .one, Epoch(rawValue: 7)))
    }

    @Test("An instant is on time for 60 seconds, and misfired from the 61st")
    func misfireBoundary() throws {
        let replica = self.replica(try .command("0 * * * *") { $0.misfire.choice = .skip })
        #expect(replica.plan(now: .monday(1, 1, 0))?.runs.count == 1)
        let late = try #require(replica.plan(now: .monday(1, 1, 1)))
        #expect(late.runs.isEmpty)
        #expect(late.gaps.map(\.count) == [1])
        #expect(late.gaps.map(\.reason) == [.misfire])
    }

    @Test("After an outage `latest` runs the newest instant, and one gap accounts for the others")
    func latest() throws {
        let replica = self.replica(try .command("*/10 * * * *"))
        let claim = try #require(replica.plan(now: .monday(3, 5)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(3, 0)])
        let gap = try #require(claim.gaps.first)
        #expect((gap.first, gap.last, gap.count) == (.monday(0, 10), .monday(2, 50), 17))
    }

    @Test("`latest` runs nothing late when a newer instant is on time")
    func latestWithOneOnTime() throws {
        let replica = self.replica(try .command("* * * * *"))
        let claim = try #require(replica.plan(now: .monday(1, 0, 30)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(1, 0)])
        #expect(claim.gaps.map(\.count) == [59])
    }

    @Test("`latest` runs nothing that is older than its window")
    func latestWindow() throws {
        let replica = self.replica(try .command("0 1 2 3 *"))
        #expect(replica.plan(now: .monday(25, 0, 0))?.runs.count == 1)
        let claim = try #require(replica.plan(now: .monday(25, 0, 1)))
        #expect(claim.runs.isEmpty && claim.gaps.map(\.count) == [1])
    }

    @Test("`all` runs the newest ones up to the limit, oldest first, and one gap accounts for the others")
    func all() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.misfire = MisfirePolicy(.all, limit: 3)
            $0.concurrency = .allow
        }
        let claim = try #require(self.replica(definition).plan(now: .monday(1, 2, 30)))
        // 01:02 and 01:01:30 are on time; the three before them are the newest late ones.
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(0, 59), .monday(1, 0), .monday(1, 1), .monday(1, 2)])
        #expect(claim.gaps.map(\.last) == [.monday(0, 58)])
        #expect(claim.runs.allSatisfy { $0.state == .claimed })
    }

    @Test("An instant that meets an open run of its job is recorded as skipped, unless the job allows it")
    func overlap() throws {
        let definition = try JobDefinition.command("* * * * *")
        var replica = self.replica(definition)
        let first = try #require(replica.plan(now: .monday(0, 1)))
        let permits = replica.commit(try #require(CommittedClaim(first, outcome: .committed))).permits
        #expect(permits.map(\.run.id) == first.runs.map(\.id))

        let second = try #require(replica.plan(now: .monday(0, 2)))
        #expect(second.runs.map(\.state) == [.skipped])
        #expect(second.runs.map(\.reason) == [.overlap])
        #expect(replica.commit(try #require(CommittedClaim(second, outcome: .committed))).permits.isEmpty)

        replica.attemptEnded(AttemptKey(of: permits[0].run))
        #expect(replica.plan(now: .monday(0, 3))?.runs.map(\.state) == [.claimed])
    }

    @Test("A refused claim gives no permit to launch")
    func refusedClaim() throws {
        let claim = try #require(self.replica(try .command("* * * * *")).plan(now: .monday(0, 1)))
        #expect(CommittedClaim(claim, outcome: .refused) == nil)
    }

    @Test("A version's instants end where the version ends, however late they are claimed")
    func versionEnds() throws {
        let definition = try JobDefinition.command("* * * * *") {
            $0.misfire = MisfirePolicy(.all)
            $0.concurrency = .allow
        }
        let replica = self.replica(definition, from: .monday(0, 2), to: .monday(0, 4))
        let claim = try #require(replica.plan(now: .monday(0, 30)))
        #expect(claim.runs.map(\.id.scheduledAt) == [.monday(0, 2), .monday(0, 3)])
        #expect(claim.exhausted == [.test(1)])
    }

    @Test("A backlog larger than a transaction is claimed in parts, and no slot is ever stuck")
    func rowLimit() throws {
        var slot = Slot(id: SlotID(index: 0), accountedUntil: .monday())
        slot.worker = .one
        let jobs = try (1...100).map { number in
            let definition = try JobDefinition.command("\(number % 60) * * * *") { $0.misfire = MisfirePolicy(.all) }
            let version = JobVersion(number: 1, effectiveFrom: .monday(0, 0, 1), definition: definition)
            return SlotJob(id: .test(number), versions: [version], isExhausted: false)
        }
        var replica = SlotReplica(slot: slot)
        _ = replica.load(SlotContents(slot: slot, jobs: jobs, revision: slot.revision, open: []), as: .one)
        var claims = 0
        var instants = 0
        while let claim = replica.plan(now: .monday(10), rowLimit: 50) {
            let instantsAtFirst = Set(claim.runs.map(\.id.scheduledAt)).count
            #expect(claim.rowCount <= 50 || instantsAtFirst == 1)
            #expect(claim.to > claim.from)
            instants += claim.runs.count + claim.gaps.reduce(0) { $0 + $1.count }
            _ = replica.commit(try #require(CommittedClaim(claim, outcome: .committed)))
            claims += 1
        }
        // Minute 0 fires at 01:00 to 10:00, and every other minute of ten hours.
        #expect(instants == 100 * 10)
        #expect(claims > 10)
    }

    @Test("A pending run is taken at once, and does not move what is not due")
    func pendingRun() throws {
        let definition = try JobDefinition.command("0 0 1 1 *")
        let id = RunID(job: .test(1), scheduledAt: .monday(0, 3), trigger: TriggerID(rawValue: 9))
        let pending = OpenRun(run: Run(id: id, version: 1, state: .pending), definition: definition)
        var replica = self.replica(definition, open: [pending])
        let claim = try #require(replica.plan(now: .monday(0, 4)))
        #expect(claim.taken.map(\.state) == [.claimed])
        let permits = replica.commit(try #require(CommittedClaim(claim, outcome: .committed))).permits
        #expect(permits.map(\.run.id) == [id])
        #expect(replica.plan(now: .monday(0, 4)) == nil)
    }

    @Test("A wake-up with nothing due plans nothing, whatever the clock says")
    func clockGoesBack() throws {
        var replica = self.replica(try .command("* * * * *"))
        let claim = try #require(replica.plan(now: .monday(0, 10)))
        _ = replica.commit(try #require(CommittedClaim(claim, outcome: .committed)))
        #expect(replica.plan(now: .monday(0, 5)) == nil)
        #expect(replica.slot.accountedUntil == .monday(0, 10))
    }

    @Test("Unfinished runs of a dead worker are adopted by policy; those of a live one are left alone")
    func adoptions() throws {
        let definition = try JobDefinition.command("0 0 1 1 *") { $0.concurrency = .allow }
        let replica = self.replica(
            definition,
            open: [self.open(1, .two, definition), self.open(2, .three, definition)]
        )
        let adoptions = replica.adoptions(from: [.two])
        #expect(adoptions.map(\.before.worker) == [.two])
        let after = try #require(adoptions.first?.after)
        #expect((after.state, after.attempt, after.worker, after.epoch) == (.claimed, 2, .one, Epoch(rawValue: 7)))
    }

    @Test(
        "A run that is found claimed beside one that was permitted is launched after that one, if they must not overlap"
    )
    func foundBesideAPermittedRun() throws {
        for concurrency in [ConcurrencyPolicy.skip, .allow] {
            let definition = try JobDefinition.command("* * * * *") { $0.concurrency = concurrency }
            var replica = self.replica(definition)
            let claim = try #require(replica.plan(now: .monday(0, 1)))
            let committed = try #require(CommittedClaim(claim, outcome: .committed))
            let permit = try #require(replica.commit(committed).permits.first)
            let other = Run(
                id: RunID(job: permit.run.id.job, scheduledAt: .monday()),
                version: 1,
                state: .claimed,
                attempt: 1,
                worker: .one,
                epoch: replica.slot.epoch
            )
            let open = [OpenRun(run: other, definition: definition), OpenRun(run: permit.run, definition: definition)]
            let contents = SlotContents(slot: replica.slot, jobs: [], revision: replica.slot.revision, open: open)
            #expect(replica.load(contents, as: .one).permits.isEmpty == (concurrency == .skip))
            replica.attemptEnded(AttemptKey(of: permit.run))
            let rest = SlotContents(slot: replica.slot, jobs: [], revision: replica.slot.revision, open: [open[0]])
            #expect(replica.load(rest, as: .one).permits.isEmpty == (concurrency == .allow))
        }
    }

    @Test("What must not run beside another run of its job waits for that one when it is adopted")
    func adoptionsBesideOthers() throws {
        let definition = try JobDefinition.command("0 0 1 1 *")
        let open = [1, 2, 3].map { self.open($0, $0 < 3 ? .two : .three, definition) }
        let cases: [([OpenRun], Set<WorkerID>, [RunState])] = [
            (open, [.two], [.pending, .pending]),
            (open, [.two, .three], [.claimed, .pending, .pending]),
            (Array(open[..<1]), [.two], [.claimed]),
        ]
        for (open, departed, states) in cases {
            let adoptions = self.replica(definition, open: open).adoptions(from: departed)
            #expect(adoptions.map(\.after.state) == states)
            for after in adoptions.map(\.after) where after.state == .pending {
                #expect((after.attempt, after.reason) == (1, .queued))
            }
        }
        let replacing = try JobDefinition.command("0 0 1 1 *") { $0.concurrency = .replace }
        let replaced = [1, 2, 3].map { self.open($0, $0 == 2 ? .three : .two, replacing) }
        let adoptions = self.replica(replacing, open: replaced).adoptions(from: [.two])
        #expect(adoptions.map(\.after.state) == [.cancelled, .pending])
        #expect(adoptions.first?.after.reason == .replaced)
        let strict = try JobDefinition.command("0 0 1 1 *") { $0.recovery = .atMostOnce }
        let lost = self.replica(strict, open: [self.open(1, .two, strict), self.open(2, .two, strict)])
        #expect(lost.adoptions(from: [.two]).map(\.after.state) == [.lost, .lost])
        var ending = open[0].run
        ending.cancellation = .requested
        let replica = self.replica(definition, open: [OpenRun(run: ending, definition: definition)] + open[1...])
        #expect(replica.adoptions(from: [.two]).map(\.after.state) == [.claimed, .pending])
    }

    @Test("Runs that wait for their next attempts do not wait for one another")
    func waitingForOneAnother() throws {
        for (concurrency, states) in [
            (ConcurrencyPolicy.queue, [RunState.claimed]), (.skip, [.claimed, .skipped]), (.replace, [.claimed]),
        ] {
            let definition = try JobDefinition.command("0 0 1 1 *") { $0.concurrency = concurrency }
            let waiting = [1, 2].map { minute in
                OpenRun(run: self.open(minute, .two, definition).run.waiting(for: .queued), definition: definition)
            }
            let claim = try #require(self.replica(definition, open: waiting).plan(now: .monday(0, 4)))
            #expect(claim.taken.map(\.state) == states)
            #expect(claim.taken.first?.id == waiting[0].run.id)
            #expect(claim.cancellations.allSatisfy { $0.run < waiting[1].run.id })
            // Nothing is to be done about one that waits for a newer run, over and over.
            let beside = [waiting[0], self.open(2, .one, definition)]
            let idle = self.replica(definition, open: beside).plan(now: .monday(0, 4))
            #expect(idle?.taken.map(\.state) == (concurrency == .skip ? [.skipped] : nil))
        }
    }

    private func open(_ minute: Int64, _ worker: WorkerID, _ definition: JobDefinition) -> OpenRun {
        let id = RunID(job: .test(1), scheduledAt: .monday(0, minute))
        return OpenRun(
            run: Run(id: id, version: 1, state: .running, attempt: 1, worker: worker, epoch: Epoch(rawValue: 6)),
            definition: definition
        )
    }
}
