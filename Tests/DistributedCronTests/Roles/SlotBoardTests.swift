import Testing

@testable import DistributedCron

@Suite("What a worker knows of its slots")
struct SlotBoardTests {
    private func slot(_ index: Int, epoch: UInt64 = 1, revision: UInt64 = 1) -> Slot {
        Slot(
            id: SlotID(index: index),
            worker: .one,
            epoch: Epoch(rawValue: epoch),
            accountedUntil: .monday(),
            revision: Revision(rawValue: revision)
        )
    }

    private func contents(_ slot: Slot, open: [OpenRun] = []) throws -> SlotContents {
        let version = JobVersion(number: 1, effectiveFrom: .monday(), definition: try .command("* * * * *"))
        let job = SlotJob(id: .test(slot.id.index), versions: [version], isExhausted: false)
        return SlotContents(slot: slot, jobs: [job], revision: slot.revision, open: open)
    }

    /// A board that owns a slot and has loaded it.
    private func board(open: [OpenRun] = []) throws -> SlotBoard {
        var board = SlotBoard()
        board.assign([SlotID(index: 0): Epoch(rawValue: 1)])
        _ = board.load(try self.contents(self.slot(0), open: open), as: .one)
        return board
    }

    @Test("Nothing is claimed in a slot before it is loaded, nor after it may have changed")
    func stale() throws {
        var board = try self.board()
        #expect(board.plan(now: .monday(0, 1)).count == 1)
        board.sync(SlotID(index: 0), epoch: Epoch(rawValue: 1), revision: Revision(rawValue: 2))
        #expect(board.stale == [SlotID(index: 0)])
        #expect(board.plan(now: .monday(0, 1)).isEmpty)
    }

    @Test("A sync of what is known already, or of another epoch, is no work")
    func oldSync() throws {
        var board = try self.board()
        board.sync(SlotID(index: 0), epoch: Epoch(rawValue: 1), revision: Revision(rawValue: 1))
        board.sync(SlotID(index: 0), epoch: Epoch(rawValue: 9), revision: Revision(rawValue: 5))
        board.sync(SlotID(index: 3), epoch: Epoch(rawValue: 1), revision: Revision(rawValue: 5))
        #expect(board.stale.isEmpty)
    }

    @Test("A slot that is taken away is forgotten at once; one with a new epoch is loaded anew")
    func reassignment() throws {
        var board = try self.board()
        board.assign([SlotID(index: 0): Epoch(rawValue: 2)])
        #expect(board.slots.isEmpty && board.stale == [SlotID(index: 0)])
        board.assign([:])
        #expect(board.stale.isEmpty && board.plan(now: .monday(1)).isEmpty)
    }

    @Test("A slot that the ledger gives to another is not this worker's, whatever the assignment said (V3)")
    func ledgerIsAhead() throws {
        var board = SlotBoard()
        board.assign([SlotID(index: 0): Epoch(rawValue: 1)])
        _ = board.load(try self.contents(self.slot(0, epoch: 2)), as: .one)
        #expect(board.slots.isEmpty && board.stale.isEmpty)
        board.assign([SlotID(index: 0): Epoch(rawValue: 2)])
        #expect(board.stale == [SlotID(index: 0)])
    }

    @Test("An end that is heard of after the retry was claimed leaves the retry alone: it has one permit (V6)")
    func lateEnd() throws {
        let id = RunID(job: .test(0), scheduledAt: .monday())
        var run = Run(id: id, version: 1, state: .claimed, attempt: 1, worker: .one, epoch: Epoch(rawValue: 1))
        let definition = try JobDefinition.command("0 0 1 1 *")
        var board = try self.board()
        let found = try self.contents(self.slot(0), open: [OpenRun(run: run, definition: definition)])
        let first = try #require(board.load(found, as: .one).orders.permits.first)

        // The ledger knows of the end before the worker does, and another reason to load comes in between.
        run.state = .pending
        board.distrust([SlotID(index: 0)])
        let waiting = try self.contents(self.slot(0), open: [OpenRun(run: run, definition: definition)])
        #expect(board.load(waiting, as: .one).orders.permits.isEmpty)
        let retry = try #require(board.plan(now: .monday()).first)
        let second = try #require(CommittedClaim(retry, outcome: .committed).map { board.commit($0).permits }?.first)
        #expect(second.run.attempt == 2)
        board.attemptEnded(EndedAttempt(attempt: AttemptKey(of: first.run), isRetried: true), slotCount: 1)
        #expect(board.stale == [SlotID(index: 0)])
        let claimed = try self.contents(self.slot(0), open: [OpenRun(run: second.run, definition: definition)])
        #expect(board.load(claimed, as: .one).orders.permits.isEmpty)
        #expect(board.views[SlotID(index: 0)]?.inProgress == [id])
    }

    @Test("A run that was claimed without an answer is launched although its slot has moved on, once (V9)")
    func parting() throws {
        let slot = SlotID(index: 0)
        var board = try self.board()
        let claim = try #require(board.plan(now: .monday(0, 1)).first)
        board.doubt([slot])
        board.assign([:])
        var moved = self.slot(0, epoch: 2)
        moved.worker = .two
        let open = OpenRun(run: try #require(claim.runs.first), definition: try .command("* * * * *"))
        let parting = try #require(board.partings.first)
        #expect(board.part(parting, try self.contents(self.slot(0), open: [open]), as: .one).isEmpty)
        #expect(board.part(parting, try self.contents(moved, open: [open]), as: .one).map(\.run) == claim.runs)
        #expect(board.partings.isEmpty)
    }

    @Test("Slots in which others have runs in progress are looked at again although nothing is due (V9)")
    func foreignRuns() throws {
        let id = RunID(job: .test(0), scheduledAt: .monday())
        let run = Run(id: id, version: 1, state: .running, attempt: 1, worker: .two)
        var board = try self.board(open: [OpenRun(run: run, definition: try .command("* * * * *"))])
        #expect(board.hasForeign && board.stale.isEmpty)
        board.distrustForeign()
        #expect(board.stale == [SlotID(index: 0)])
    }

    @Test("A death makes stale exactly the slots that hold runs of the dead")
    func death() throws {
        let run = Run(
            id: RunID(job: .test(0), scheduledAt: .monday()),
            version: 1,
            state: .running,
            attempt: 1,
            worker: .two
        )
        var board = try self.board(open: [OpenRun(run: run, definition: try .command("* * * * *"))])
        board.depart(.three)
        #expect(board.stale.isEmpty)
        #expect(board.adoptions(in: SlotID(index: 0)).isEmpty)
        board.depart(.two)
        #expect(board.stale == [SlotID(index: 0)])
        #expect(board.adoptions(in: SlotID(index: 0)).count == 1)
    }

    @Test("The scheduler is told of schedules only when the set of them changes")
    func schedules() throws {
        var board = try self.board()
        let schedule = try Schedule("* * * * *")
        var changed = board.changedSchedules()
        #expect(changed == [schedule])
        changed = board.changedSchedules()
        #expect(changed == nil)
        board.assign([SlotID(index: 0): Epoch(rawValue: 1), SlotID(index: 1): Epoch(rawValue: 1)])
        _ = board.load(try self.contents(self.slot(1)), as: .one)
        changed = board.changedSchedules()
        #expect(changed == nil)
        board.assign([SlotID(index: 1): Epoch(rawValue: 1)])
        changed = board.changedSchedules()
        #expect(changed == nil)
        board.assign([:])
        changed = board.changedSchedules()
        #expect(changed == [])
    }

    private func attempt(_ job: Int, _ number: Int = 1) -> AttemptKey {
        AttemptKey(
            run: RunID(job: .test(job), scheduledAt: .monday()),
            number: number,
            epoch: Epoch(rawValue: 1)
        )
    }

    @Test("A claim's task is completed when the last of its attempts has ended, and not before (V11)")
    func outstandingClaims() {
        var claims = OutstandingClaims()
        let attempts = (1...3).map { self.attempt($0) }
        let task = TaskID(rawValue: "claim-default-0-1-1")
        let isOver = claims.add(task, attempts: attempts)
        let completed = [0, 0, 2, 1].map { claims.attemptEnded(attempts[$0]) }
        let isOverAtOnce = claims.add(task, attempts: [])
        #expect(!isOver && isOverAtOnce)
        #expect(completed == [[], [], [], [task]])
    }

    @Test("What is waited for can be corrected")
    func correctedClaim() {
        var claims = OutstandingClaims()
        let attempts = (1...2).map { self.attempt($0) }
        let task = TaskID(rawValue: "claim-default-0-1-1")
        _ = claims.add(task, attempts: attempts)
        let isOver = claims.add(task, attempts: [attempts[1]])
        let completed = [0, 1].map { claims.attemptEnded(attempts[$0]) }
        #expect(!isOver && completed == [[], [task]])
    }

    @Test("The end of an attempt that is heard of late does not complete the task of its retry (V11)")
    func lateEndOfAnEarlierAttempt() {
        var claims = OutstandingClaims()
        let (first, second) = (TaskID(rawValue: "claim-default-0-1-1"), TaskID(rawValue: "claim-default-0-1-2"))
        _ = claims.add(first, attempts: [self.attempt(1)])
        _ = claims.add(second, attempts: [self.attempt(1, 2)])
        let completed = [claims.attemptEnded(self.attempt(1)), claims.attemptEnded(self.attempt(1, 2))]
        #expect(completed == [[first], [second]])
    }

    @Test("Slots that are another's now are looked at in turn, and only a look that succeeded counts")
    func looksBack() {
        var board = SlotBoard()
        let slots = (0..<16).map { SlotID(index: $0) }
        board.assign(Dictionary(uniqueKeysWithValues: slots.map { ($0, Epoch(rawValue: 1)) }))
        board.assign([:])
        // A store that is away for longer than all looks together.
        for _ in 0..<1_000 { #expect(board.lookBack(share: 8).count == 2) }
        let sweep = (0..<8).flatMap { _ in board.lookBack(share: 8) }
        #expect(sweep.sorted() == slots, "each has its turn, whatever was before")
        for _ in 0..<SlotBoard.looksBack { for slot in slots { board.lookedBack(at: slot) } }
        #expect(board.lookBack(share: 8).isEmpty, "an end comes to it")
    }
}
