import Foundation
import Testing

@testable import DistributedCron

/// A slot's claims and runs, for tests of what is remembered of them.
private struct Story {
    let slotID = SlotID(index: 0)
    var entries: [WorkerJournalEntry] = []

    mutating func add(_ fact: WorkerJournalEntry.Fact) {
        self.entries.append(WorkerJournalEntry(date: Instant.monday().date, fact: fact))
    }

    func slot(_ watermark: Instant, sequence: UInt64 = 0, revision: UInt64 = 9, epoch: UInt64 = 1) -> Slot {
        Slot(
            id: self.slotID,
            worker: .one,
            epoch: Epoch(rawValue: epoch),
            accountedUntil: watermark,
            claimSequence: sequence,
            revision: Revision(rawValue: revision)
        )
    }

    func contents(_ slot: Slot, open: [Run] = []) throws -> SlotContents {
        let definition = try JobDefinition.command("* * * * *")
        let version = JobVersion(number: 1, effectiveFrom: .monday(), definition: definition)
        return SlotContents(
            slot: slot,
            jobs: [SlotJob(id: .test(0), versions: [version], isExhausted: false)],
            revision: slot.revision,
            open: open.map { OpenRun(run: $0, definition: definition) }
        )
    }

    func run(_ minute: Int64, _ state: RunState = .claimed, attempt: Int = 1, worker: WorkerID = .one) -> Run {
        Run(
            id: RunID(job: .test(0), scheduledAt: .monday(0, minute)),
            version: 1,
            state: state,
            attempt: attempt,
            worker: worker,
            epoch: Epoch(rawValue: 1)
        )
    }

    func claim(_ from: Int64, _ to: Int64, _ runs: [Run] = []) -> SlotClaim {
        var claim = SlotClaim(
            slot: self.slotID,
            worker: .one,
            epoch: Epoch(rawValue: 1),
            revision: Revision(rawValue: 9),
            from: .monday(0, from),
            to: .monday(0, to)
        )
        claim.runs = runs
        return claim
    }

    func end(_ run: Run, _ outcome: AttemptOutcome = .exited(0), retryAt: Instant? = nil) -> Attempt {
        Attempt(
            run: run.id,
            number: run.attempt,
            worker: .one,
            epoch: run.epoch,
            report: AttemptReport(outcome: outcome, startedAt: nil, finishedAt: Instant.monday(0, 30).date),
            retryAt: retryAt
        )
    }

    /// Claims of the minutes 1 to 3, of which the first has ended, the second was launched and the third was not.
    mutating func addThreeClaims() {
        for minute in Int64(1)...3 {
            self.add(.claimed(self.claim(minute - 1, minute, [self.run(minute)]), sequence: UInt64(minute)))
            if minute < 3 { self.add(.launching([AttemptKey(of: self.run(minute))])) }
        }
        self.add(.ended(self.end(self.run(1))))
        self.add(.recorded([AttemptKey(of: self.run(1))]))
    }
}

@Suite("What a worker remembers beside the store")
struct WorkerMemoryTests {
    private func memory(_ story: Story) -> WorkerMemory {
        var memory = WorkerMemory(of: .one)
        for entry in story.entries { memory.note(entry.fact) }
        return memory
    }

    @Test("A slot that is as far as was acknowledged is whole; one that fell back is not")
    func fallenBack() throws {
        var story = Story()
        story.addThreeClaims()
        let memory = self.memory(story)
        let open = [story.run(2), story.run(3)]
        var inFlight = memory
        inFlight.note(.launching(open.map { AttemptKey(of: $0) }))
        #expect(inFlight.judge(try story.contents(story.slot(.monday(0, 3), sequence: 3), open: open)) == .whole)
        #expect(inFlight.judge(try story.contents(story.slot(.monday(0, 9), sequence: 9), open: open)) == .whole)
        #expect(inFlight.judge(try story.contents(story.slot(.monday(0, 2), sequence: 3))) == .doubtful)
        #expect(inFlight.judge(try story.contents(story.slot(.monday(0, 3), sequence: 2))) == .doubtful)
        #expect(inFlight.judge(try story.contents(story.slot(.monday(0, 3), sequence: 3, revision: 8))) == .revised)
    }

    @Test("An open run of this node that is not in flight is doubtful, until the journal was asked; others' are not")
    func notInFlight() throws {
        var story = Story()
        story.addThreeClaims()
        var memory = self.memory(story)
        memory.attemptEnded(AttemptKey(of: story.run(2)))
        let slot = story.slot(.monday(0, 3), sequence: 3)
        for state in [RunState.claimed, .starting, .running] {
            let contents = try story.contents(slot, open: [story.run(2, state)])
            #expect(memory.judge(contents) == .doubtful)
            memory.examined(contents)
            #expect(memory.judge(contents) == .whole)
        }
        #expect(memory.judge(try story.contents(slot, open: [story.run(2, .claimed, worker: .two)])) == .whole)
        #expect(memory.judge(try story.contents(slot, open: [story.run(2, .pending, attempt: 0)])) == .whole)
    }

    @Test("What was held against the journal before it was launched is doubtful again when it has ended")
    func launchedAfterALook() throws {
        let story = Story()
        var memory = self.memory(story)
        let run = story.run(2)
        let contents = try story.contents(story.slot(.monday(0, 3)), open: [run])
        memory.examined(contents)
        #expect(memory.judge(contents) == .whole)
        memory.note(.launching([AttemptKey(of: run)]))
        #expect(memory.judge(contents) == .whole, "it is in flight")
        memory.attemptEnded(AttemptKey(of: run))
        #expect(memory.judge(contents) == .doubtful)
    }

    @Test("The late word of an attempt's end does not take the run's next one out of flight")
    func lateEnd() throws {
        var story = Story()
        story.addThreeClaims()
        var memory = self.memory(story)
        let (first, second) = (story.run(2), story.run(2, .running, attempt: 2))
        memory.note(.launching([AttemptKey(of: second)]))
        memory.attemptEnded(AttemptKey(of: first))
        let contents = try story.contents(story.slot(.monday(0, 3), sequence: 3), open: [second])
        #expect(memory.judge(contents) == .whole)
        memory.examined(contents)
        memory.attemptEnded(AttemptKey(of: second))
        #expect(memory.judge(contents) == .doubtful, "its end may be known to the journal by now")
    }

    @Test("A worker that follows on the same node knows what its predecessor had, and what that left to record")
    func restarted() throws {
        var story = Story()
        story.addThreeClaims()
        story.add(.ended(story.end(story.run(2))))
        let memory = WorkerMemory(of: .two, story.entries)
        #expect(memory.unrecorded == [story.end(story.run(2))])
        #expect(memory.judge(try story.contents(story.slot(.monday(0, 2), sequence: 2))) == .doubtful)
        // What the predecessor launched is in flight no more.
        let contents = try story.contents(story.slot(.monday(0, 3), sequence: 3), open: [story.run(2)])
        #expect(memory.judge(contents) == .doubtful)
    }

    @Test("What was accepted as it is, is not doubted again")
    func accepted() throws {
        var story = Story()
        story.addThreeClaims()
        var memory = self.memory(story)
        memory.accept(watermark: .monday(0, 1), sequence: 1, of: story.slotID)
        memory.accept(revision: Revision(rawValue: 2), of: story.slotID)
        #expect(memory.judge(try story.contents(story.slot(.monday(0, 1), sequence: 1, revision: 2))) == .whole)
    }

    // MARK: What to put back

    @Test("Forgotten claims are put back with the true states of their runs")
    func repair() throws {
        var story = Story()
        story.addThreeClaims()
        let contents = try story.contents(story.slot(.monday(), sequence: 0, epoch: 2))
        let history = SlotHistory(contents, story.entries)
        #expect(history.unknownUntil == nil)
        let repair = try #require(history.repair(by: .two))
        #expect(repair.isComplete)
        let restoration = repair.restoration
        #expect((restoration.worker, restoration.epoch) == (.two, Epoch(rawValue: 2)))
        #expect((restoration.from, restoration.to, restoration.claimSequence) == (.monday(), .monday(0, 3), 3))
        #expect(restoration.runs.map(\.state) == [.succeeded, .starting, .claimed])
        #expect(restoration.runs.map(\.epoch) == Array(repeating: Epoch(rawValue: 1), count: 3))
        #expect(restoration.attempts == [story.end(story.run(1))])
    }

    @Test("Only what is missing is put back")
    func partialRepair() throws {
        var story = Story()
        story.addThreeClaims()
        let contents = try story.contents(story.slot(.monday(0, 2), sequence: 2), open: [story.run(2, .starting)])
        let restoration = try #require(SlotHistory(contents, story.entries).repair(by: .one)).restoration
        #expect(restoration.runs == [story.run(3)])
        let whole = try story.contents(story.slot(.monday(0, 3), sequence: 3), open: [story.run(2, .running)])
        #expect(SlotHistory(whole, story.entries).repair(by: .one) == nil)
    }

    @Test("A run that was launched is never `claimed` again, and one that ended is over", arguments: [false, true])
    func forgottenEnd(isRetried: Bool) throws {
        var story = Story()
        story.addThreeClaims()
        let slot = story.slot(.monday(0, 3), sequence: 3)
        let launched = SlotHistory(try story.contents(slot, open: [story.run(2)]), story.entries).repair(by: .one)
        #expect(launched?.restoration.runs == [story.run(2, .starting)])
        #expect(launched?.restoration.to == .monday(0, 3))
        let retryAt: Instant? = isRetried ? .monday(1) : nil
        let attempt = story.end(story.run(2), .exited(4), retryAt: retryAt)
        story.add(.ended(attempt))
        for state in [RunState.claimed, .starting, .running] {
            let contents = try story.contents(slot, open: [story.run(2, state)])
            let repair = try #require(SlotHistory(contents, story.entries).repair(by: .one))
            #expect(repair.restoration.runs.map(\.state) == [isRetried ? .pending : .failed])
            #expect(repair.restoration.runs.map(\.notBefore) == [retryAt])
            #expect(repair.restoration.attempts == [attempt])
        }
        // Another worker has it by now.
        var adopted = story.run(2, .running, attempt: 2, worker: .two)
        adopted.epoch = Epoch(rawValue: 2)
        #expect(SlotHistory(try story.contents(slot, open: [adopted]), story.entries).repair(by: .one) == nil)
    }

    @Test("A run that was taken over is put back as the worker's that has it, and is not missed while it runs")
    func takenOver() throws {
        var story = Story()
        story.addThreeClaims()
        let key = AttemptKey(of: story.run(2))
        story.add(.takenOver([key], by: .two))
        let slot = story.slot(.monday(0, 3), sequence: 3)
        let forgotten = try story.contents(slot, open: [story.run(2)])
        let repair = try #require(SlotHistory(forgotten, story.entries).repair(by: .two))
        #expect(repair.restoration.runs == [story.run(2, .starting, worker: .two)])
        let running = try story.contents(slot, open: [story.run(2, .running, worker: .two)])
        // It was another worker's that wrote that down, as far as one that is started anew knows.
        var memory = WorkerMemory(of: .two, story.entries)
        #expect(memory.unended(in: running) == [key])
        memory.note(.takenOver([key], by: .two))
        #expect(memory.judge(running) == .whole)
        #expect(memory.unended(in: running) == [])
        memory.attemptEnded(key)
        #expect(memory.unended(in: running) == [key])
    }

    @Test("A span that the journal does not know is planned again first")
    func hole() throws {
        var story = Story()
        story.add(.claimed(story.claim(0, 1, [story.run(1)]), sequence: 1))
        story.add(.claimed(story.claim(3, 4, [story.run(4)]), sequence: 4))
        let contents = try story.contents(story.slot(.monday(0, 1), sequence: 1))
        let history = SlotHistory(contents, story.entries)
        #expect(history.unknownUntil == .monday(0, 3))
        var replica = SlotReplica(slot: contents.slot)
        _ = replica.load(contents, as: .one)
        let planned = try #require(replica.restoration(through: .monday(0, 3), known: history.runs, claims: []))
        #expect((planned.from, planned.to, planned.claimSequence) == (.monday(0, 1), .monday(0, 3), 1))
        #expect(planned.runs.map(\.id.scheduledAt) == [.monday(0, 2), .monday(0, 3)])
        // It must not start beside the one that the journal knows, which may be running.
        #expect(planned.runs.map(\.state) == [.pending, .skipped])
        #expect(planned.runs.map(\.reason) == [.queued, .overlap])
        let alone = try #require(replica.restoration(through: .monday(0, 3), known: [:], claims: []))
        #expect(alone.runs.map(\.state) == [.claimed, .skipped])
        let closed = try story.contents(story.slot(.monday(0, 3), sequence: 1))
        let repair = try #require(SlotHistory(closed, story.entries).repair(by: .one))
        #expect(repair.isComplete && repair.restoration.claimSequence == 4)
    }

    @Test("What another claim has accounted for meanwhile gets nothing beside it, and the rest is planned again")
    func overtakenClaim() throws {
        var story = Story()
        var claim = story.claim(0, 3, [story.run(3)])
        claim.gaps = [
            Gap(job: .test(0), first: .monday(0, 1), last: .monday(0, 2), count: 2, reason: .misfire, version: 1)
        ]
        story.add(.claimed(claim, sequence: 1))
        let late = try story.contents(story.slot(.monday(0, 2), sequence: 1), open: [story.run(2)])
        let history = SlotHistory(late, story.entries)
        #expect(history.unknownUntil == .monday(0, 3))
        var replica = SlotReplica(slot: late.slot)
        _ = replica.load(late, as: .one)
        let planned = try #require(replica.restoration(through: .monday(0, 3), known: history.runs, claims: []))
        #expect(planned.gaps.isEmpty)
        #expect(planned.runs.map(\.id.scheduledAt) == [.monday(0, 2), .monday(0, 3)])
        // The same when all of its span is accounted for, and only its number is behind.
        let whole = try story.contents(story.slot(.monday(0, 4)), open: [])
        let repair = try #require(SlotHistory(whole, story.entries).repair(by: .one))
        #expect((repair.restoration.claimSequence, repair.restoration.to) == (1, .monday(0, 4)))
        #expect(repair.restoration.gaps.isEmpty && repair.restoration.runs.isEmpty)
    }

    @Test("A version that had its last run in a forgotten claim is ended again")
    func versionEnd() throws {
        var story = Story()
        var claim = story.claim(0, 1, [story.run(1)])
        claim.versionEnds = [VersionEnd(job: .test(0), version: 1, effectiveTo: .monday(0, 1, 1))]
        story.add(.claimed(claim, sequence: 1))
        story.add(.claimed(story.claim(1, 4), sequence: 2))
        let history = SlotHistory(try story.contents(story.slot(.monday())), story.entries)
        let repair = try #require(history.repair(by: .one))
        #expect(repair.restoration.to == .monday(0, 4))
        #expect(repair.restoration.versionEnds == claim.versionEnds)
    }

    @Test("A gap that is planned again leaves out the instants that are known to have runs")
    func dividedGap() throws {
        let story = Story()
        let contents = try story.contents(story.slot(.monday(), epoch: 2))
        var replica = SlotReplica(slot: contents.slot)
        _ = replica.load(contents, as: .one)
        let gaps = { (minutes: [Int64]) throws -> [ClosedRange<Instant>] in
            let keys = minutes.map { AttemptKey(run: story.run($0).id, number: 1, epoch: Epoch(rawValue: 1)) }
            let task = SlotReplica.ForgottenClaim(worker: .two, attempts: keys)
            let restoration = try #require(replica.restoration(through: .monday(0, 10), known: [:], claims: [task]))
            for gap in restoration.gaps { #expect(gap.first + Int64((gap.count - 1) * 60) == gap.last) }
            return restoration.gaps.map { $0.first...$0.last }
        }
        let minutes = { (first: Int64, last: Int64) in Instant.monday(0, first)...Instant.monday(0, last) }
        #expect(try gaps([]) == [minutes(1, 8)])
        #expect(try gaps([4]) == [minutes(1, 3), minutes(5, 8)])
        #expect(try gaps([1, 8]) == [minutes(2, 7)])
        #expect(try gaps([3, 4, 6]) == [minutes(1, 2), minutes(5, 5), minutes(7, 8)])
    }

    @Test("Runs that are found claimed wait for one another if they must not run at once")
    func foundTogether() throws {
        let story = Story()
        let contents = try story.contents(story.slot(.monday(0, 2)), open: [story.run(1), story.run(2)])
        var replica = SlotReplica(slot: contents.slot)
        let first = replica.load(contents, as: .one)
        #expect(first.permits.map(\.run.id) == [story.run(1).id])
        #expect(replica.isHoldingBack)
        replica.attemptEnded(AttemptKey(of: story.run(1)))
        let rest = try story.contents(story.slot(.monday(0, 2)), open: [story.run(2)])
        #expect(replica.load(rest, as: .one).permits.map(\.run.id) == [story.run(2).id])
        #expect(!replica.isHoldingBack)
    }

    @Test("Runs of a dead worker's forgotten claim come back as possibly started, and adoption judges them")
    func inheritedClaim() throws {
        let story = Story()
        let contents = try story.contents(story.slot(.monday(), epoch: 2))
        var replica = SlotReplica(slot: contents.slot)
        _ = replica.load(contents, as: .one)
        let task = SlotReplica.ForgottenClaim(
            worker: .two,
            attempts: [AttemptKey(run: story.run(1).id, number: 1, epoch: Epoch(rawValue: 1))]
        )
        let restoration = try #require(replica.restoration(through: .monday(0, 1), known: [:], claims: [task]))
        let run = story.run(1, .starting, worker: .two)
        #expect((restoration.runs, restoration.to) == ([run], .monday(0, 1)))
        for (policy, expected) in [(RecoveryPolicy.rerun, Adoption.rerun), (.atMostOnce, .giveUp)] {
            #expect(Adoption.decide(run.state, under: policy) == expected)
        }
        // A manual run of which the request was forgotten too, and a job that is not there any more.
        let manual = RunID(job: .test(0), scheduledAt: .monday(), trigger: TriggerID(rawValue: 5))
        let unknown = RunID(job: .test(8), scheduledAt: .monday(), trigger: TriggerID(rawValue: 5))
        let keys = [manual, unknown].map { AttemptKey(run: $0, number: 1, epoch: Epoch(rawValue: 1)) }
        let other = SlotReplica.ForgottenClaim(worker: .two, attempts: keys)
        let restored = try #require(replica.restoration(through: .monday(), known: [:], claims: [other]))
        #expect((restored.runs.map(\.id), restored.to) == ([manual], .monday()))
        #expect(restored.runs.map(\.state) == [.starting])
    }

    // MARK: The journal

    @Test("A journal in memory keeps two days, and no more rows than it may")
    func journal() async throws {
        let clock = TestWallClock(Instant.monday().date)
        let journal = InMemoryWorkerJournal(maximumRows: 10, wallClock: clock)
        let story = Story()
        let entry = { (number: UInt64) in
            WorkerJournalEntry(date: clock.now, fact: .claimed(story.claim(0, 1, [story.run(1)]), sequence: number))
        }
        try await journal.append((1...7).map(entry))
        #expect(try await journal.entries() == (3...7).map(entry))
        let old = (3...7).map(entry)
        clock.advance(by: WorkerJournalEntry.lifetime)
        #expect(try await journal.entries() == old)
        clock.advance(by: 1)
        #expect(try await journal.entries().isEmpty)
        try await journal.append([entry(8)])
        #expect(try await journal.entries() == [entry(8)])
    }
}

private final class TestWallClock: WallClock {
    private let date: Lock<Date>

    init(_ date: Date) { self.date = Lock(date) }

    var now: Date { self.date.withLock { $0 } }

    func advance(by seconds: TimeInterval) { self.date.withLock { $0 += seconds } }
}
