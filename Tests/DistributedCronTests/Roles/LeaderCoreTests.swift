import Testing

@testable import DistributedCron

@Suite("A leader's plan")
struct LeaderCoreTests {
    private func slots(_ owners: [WorkerID?]) -> [Slot] {
        owners.enumerated().map { index, owner in
            Slot(id: SlotID(index: index), worker: owner, epoch: Epoch(rawValue: 1), accountedUntil: .monday())
        }
    }

    private func members(_ ids: WorkerID...) -> [WorkerDescription] {
        ids.map { WorkerDescription(id: $0, host: "host", capacity: 8) }
    }

    private func drainer(_ id: WorkerID, pools: Set<PoolID> = [.default]) -> WorkerDescription {
        var worker = WorkerDescription(id: id, host: "host", pools: pools, capacity: 8)
        worker.drain = .asked
        return worker
    }

    /// The owners after a plan was carried out.
    private func apply(_ plan: LeaderCore.Plan, to slots: [Slot]) -> [WorkerID?] {
        slots.map { plan.owners[$0.id] ?? $0.worker }
    }

    @Test("Slots that are withheld stay as they are, and nobody is buried who had one")
    func withholds() {
        let (one, two) = (SlotID(index: 0), SlotID(index: 1))
        var plan = LeaderCore.Plan(owners: [one: .two, two: .two], departed: [.one, .three])
        plan.withhold([one: .one])
        #expect(plan == LeaderCore.Plan(owners: [two: .two], departed: [.three]))
    }

    @Test("Fresh slots are shared evenly")
    func even() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots(Array(repeating: nil, count: 16))
        let plan = core.plan(slots: slots, members: self.members(.one, .two, .three), queues: [], now: .zero)
        let owners = self.apply(plan, to: slots)
        #expect([.one, .two, .three].map { id in owners.count { $0 == id } }.sorted() == [5, 5, 6])
    }

    @Test("A balanced cluster is left alone, so that no epoch is raised for nothing")
    func stable() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots([.one, .one, .one, .two, .two])
        #expect(
            core.plan(slots: slots, members: self.members(.one, .two), queues: [.one, .two], now: .zero) == .init()
        )
        let other = self.slots([.one, .one, .two, .two, .two])
        #expect(core.plan(slots: other, members: self.members(.one, .two), queues: [], now: .zero) == .init())
    }

    @Test("A new worker gets its share with the fewest moves")
    func fewMoves() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots(Array(repeating: .one, count: 8) + Array(repeating: .two, count: 8))
        let plan = core.plan(slots: slots, members: self.members(.one, .two, .three), queues: [], now: .zero)
        #expect(plan.owners.count == 5)
        #expect(Set(plan.owners.values) == [.three])
    }

    @Test("A worker that vanished keeps its slots for the grace, and loses all of them after it")
    func grace() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots([.one, .two, .one, .two])
        let members = self.members(.one)
        let first = core.plan(slots: slots, members: members, queues: [.two], now: .seconds(10))
        #expect(first.owners.isEmpty && first.departed.isEmpty)
        #expect(first.lookAgain == .seconds(13))
        let second = core.plan(slots: slots, members: members, queues: [.two], now: .seconds(13))
        #expect(second.departed == [.two])
        #expect(second.owners == [SlotID(index: 1): .one, SlotID(index: 3): .one])
    }

    @Test(
        "After an ensemble was rebuilt, a worker that it never heard of keeps its slots for as long as its lease may last"
    )
    func rebuiltEnsemble() {
        var core = LeaderCore(grace: .seconds(3), rebuildGrace: .seconds(30), incarnation: 2)
        let slots = self.slots([.one, .two])
        let members = self.members(.one)
        let first = core.plan(slots: slots, members: members, queues: [], now: .zero)
        #expect(first.departed.isEmpty && first.owners.isEmpty && first.lookAgain == .seconds(30))
        #expect(core.plan(slots: slots, members: members, queues: [], now: .seconds(29)).departed.isEmpty)
        #expect(core.plan(slots: slots, members: members, queues: [], now: .seconds(30)).departed == [.two])
    }

    @Test("A dead worker that has left nothing but runs is found out, however seldom the ledger is asked")
    func holder() {
        var core = LeaderCore(grace: .seconds(3))
        let (slots, members) = (self.slots([.one]), self.members(.one))
        let first = core.plan(slots: slots, members: members, queues: [], holders: [.two], now: .zero)
        let second = core.plan(slots: slots, members: members, queues: [], holders: [.two], now: .seconds(3))
        #expect(first.departed.isEmpty && second.departed == [.two])
    }

    @Test("A worker that comes back within the grace is not dead, and its next absence begins anew")
    func comesBack() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots([.one, .two])
        _ = core.plan(slots: slots, members: self.members(.one), queues: [], now: .seconds(0))
        _ = core.plan(slots: slots, members: self.members(.one, .two), queues: [], now: .seconds(2))
        #expect(core.plan(slots: slots, members: self.members(.one), queues: [], now: .seconds(4)).departed.isEmpty)
    }

    @Test("With nobody to take over, nothing moves and nobody is given up")
    func nobody() {
        var core = LeaderCore(grace: .zero)
        let plan = core.plan(slots: self.slots([.one]), members: [], queues: [.one], now: .seconds(60))
        #expect(plan.owners.isEmpty && plan.departed.isEmpty)
    }

    @Test("A queue without a worker is found even if no slot is left to its owner")
    func orphanedQueue() {
        var core = LeaderCore(grace: .zero)
        let plan = core.plan(slots: self.slots([.one]), members: self.members(.one), queues: [.three], now: .zero)
        #expect(plan.departed == [.three])
    }

    @Test("Who drains gives all of its slots to the others, and nothing else moves")
    func draining() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots([.one, .one, .two, .two, .two, .three, .three, .three])
        let members = self.members(.one, .two) + [self.drainer(.three)]
        let plan = core.plan(slots: slots, members: members, queues: [.one, .two, .three], now: .zero)
        #expect(Set(plan.owners.keys) == [SlotID(index: 5), SlotID(index: 6), SlotID(index: 7)])
        #expect(self.apply(plan, to: slots).count { $0 == .one } == 4)
        #expect(plan.departed.isEmpty && plan.lookAgain == nil)
        let drained = self.slots(self.apply(plan, to: slots))
        #expect(core.plan(slots: drained, members: members, queues: [], now: .zero) == .init(), "it gets none back")
    }

    @Test("A stalled worker gives its slots away and is not dead, and its share comes back with the fewest moves")
    func stalled() {
        var core = LeaderCore(grace: .seconds(3))
        let slots = self.slots([.one, .one, .two, .two])
        var members = self.members(.one, .two)
        members[1].drain = .stalled
        let plan = core.plan(slots: slots, members: members, queues: [.one, .two], holders: [.two], now: .zero)
        #expect(plan.owners == [SlotID(index: 2): .one, SlotID(index: 3): .one])
        #expect(plan.departed.isEmpty && plan.lookAgain == nil)
        members[1].drain = nil
        let moved = self.slots(self.apply(plan, to: slots))
        #expect(core.plan(slots: moved, members: members, queues: [], now: .zero).owners.count == 2)
    }

    @Test("Where everybody drains, nothing moves, and what has no owner gets one all the same")
    func drainingAll() {
        var core = LeaderCore(grace: .zero)
        let members = [self.drainer(.one), self.drainer(.two)]
        let uneven = self.slots([.one, .one, .one, .one, .two])
        #expect(core.plan(slots: uneven, members: members, queues: [], now: .zero) == .init())
        let slots = self.slots([.one, .one, .one, nil, .two, .three])
        let plan = core.plan(slots: slots, members: members, queues: [], now: .zero)
        #expect(plan.owners == [SlotID(index: 3): .two, SlotID(index: 5): .two])
        #expect(plan.departed == [.three])
    }

    @Test("Who drains no more gets its share again, with the fewest moves")
    func undraining() {
        var core = LeaderCore(grace: .zero)
        let slots = self.slots([.one, .one, .one, .two, .two, .two])
        let draining = self.members(.one, .two) + [self.drainer(.three)]
        #expect(core.plan(slots: slots, members: draining, queues: [], now: .zero) == .init())
        let plan = core.plan(slots: slots, members: self.members(.one, .two, .three), queues: [], now: .zero)
        #expect(plan.owners.count == 2)
        #expect(Set(plan.owners.values) == [.three])
    }

    @Test("Who drains keeps the slots of a pool that nobody else serves")
    func drainingInOnePool() {
        var core = LeaderCore(grace: .zero)
        let big = PoolID(rawValue: "big")
        let slots =
            self.slots([.one, .one])
            + [
                Slot(
                    id: SlotID(pool: big, index: 0),
                    worker: .one,
                    epoch: Epoch(rawValue: 1),
                    accountedUntil: .monday()
                )
            ]
        let members = [self.drainer(.one, pools: [.default, big])] + self.members(.two)
        let plan = core.plan(slots: slots, members: members, queues: [], now: .zero)
        #expect(plan.owners == [SlotID(index: 0): .two, SlotID(index: 1): .two])
        let alone = [self.drainer(.one), WorkerDescription(id: .two, host: "host", pools: [big], capacity: 8)]
        #expect(core.plan(slots: self.slots([.one, .one]), members: alone, queues: [], now: .zero).owners.isEmpty)
    }

    @Test("One that drained is buried though it has left neither slots nor a queue, once and after its grace")
    func drainedAndGone() {
        var core = LeaderCore(grace: .seconds(3), rebuildGrace: .seconds(30))
        let slots = self.slots([.one])
        _ = core.plan(slots: slots, members: self.members(.one) + [self.drainer(.two)], queues: [], now: .zero)
        let first = core.plan(slots: slots, members: self.members(.one), queues: [], now: .seconds(1))
        #expect(first.departed.isEmpty && first.lookAgain == .seconds(4))
        for _ in 0..<2 {
            let plan = core.plan(slots: slots, members: self.members(.one), queues: [], now: .seconds(4))
            #expect(plan.departed == [.two] && plan.owners.isEmpty)
        }
        core.noteBuried(.two)
        #expect(core.plan(slots: slots, members: self.members(.one), queues: [], now: .seconds(5)) == .init())
    }

    @Test("Owners hear of changed slots once, and not of slots that they load anew anyway")
    func syncs() {
        var core = LeaderCore(grace: .zero)
        var slots = self.slots([.one, .two])
        let members = self.members(.one, .two)
        #expect(core.syncs(for: slots, members: members).isEmpty)
        slots[1].revision = Revision(rawValue: 5)
        let sync = WorkerTask.sync(slot: slots[1].id, epoch: slots[1].epoch, revision: Revision(rawValue: 5))
        #expect(core.syncs(for: slots, members: members) == [.two: [sync]])
        #expect(core.syncs(for: slots, members: members).isEmpty)
        core.forget([sync])
        #expect(core.syncs(for: slots, members: members) == [.two: [sync]])
        slots[1].epoch = slots[1].epoch.next
        slots[1].revision = Revision(rawValue: 6)
        #expect(core.syncs(for: slots, members: members).isEmpty)
    }

    @Test("A new leader tells of every slot that ever changed, for it cannot know what its predecessor has told")
    func newLeader() {
        var core = LeaderCore(grace: .zero)
        var slots = self.slots([.one, .one])
        slots[1].revision = Revision(rawValue: 5)
        let sync = WorkerTask.sync(slot: slots[1].id, epoch: slots[1].epoch, revision: Revision(rawValue: 5))
        #expect(core.syncs(for: slots, members: self.members(.one)) == [.one: [sync]])
    }

    @Test("A slot counts as taken from a living worker until its new owner has been told, not only spoken to")
    func takenFromTheLiving() {
        var core = LeaderCore(grace: .seconds(3))
        let members = self.members(.one, .two)
        let before = self.slots([.one])
        let after = self.slots([.two])
        func publish(_ slots: [Slot]) -> [WorkerID: Assignment] {
            LeaderCore.assignments(of: slots, members: members, token: .none)
        }
        func isTaken() -> Bool { !core.takenFromTheLiving(slots: after, members: members).isEmpty }
        let mayHave = core.takenFromTheLiving(slots: after, members: members)
        #expect(mayHave.map(\.worker) == [.one, .two], "a new leader does not know whom the last one has told")
        #expect(mayHave.map(\.taken) == Array(repeating: [after[0].id: .two], count: 2))
        core.noteAllTold()
        #expect(!isTaken(), "nobody was told of it before")
        core.notePublished(publish(before)[.one] ?? Assignment(token: .none, slots: [:]), for: .one)
        core.noteTold(publish(before)[.one] ?? Assignment(token: .none, slots: [:]), to: .one)
        #expect(isTaken())
        core.notePublished(publish(after)[.two] ?? Assignment(token: .none, slots: [:]), for: .two)
        #expect(isTaken(), "whether the word has arrived is not known")
        let back = core.takenFromTheLiving(slots: before, members: members)
        #expect(back.map(\.worker) == [.two], "the one that may have been told may have claimed")
        core.noteTold(publish(after)[.two] ?? Assignment(token: .none, slots: [:]), to: .two)
        #expect(!isTaken())
    }

    @Test("An assignment that the ledger has forgotten is made again, under a higher epoch than the published one")
    func forgottenAssignments() {
        var core = LeaderCore(grace: .seconds(3))
        let ids = (0..<4).map { SlotID(index: $0) }
        let publish = { (epochs: [Int: UInt64]) in
            Assignment(
                token: .none,
                slots: Dictionary(uniqueKeysWithValues: epochs.map { (ids[$0.key], Epoch(rawValue: $0.value)) })
            )
        }
        core.notePublished(publish([0: 3, 1: 3]), for: .one)
        core.notePublished(publish([2: 2]), for: .two)
        // A late word of an old assignment changes nothing.
        core.notePublished(publish([0: 1]), for: .two)
        var slots = self.slots([.two, .one, .three, nil])
        let members = self.members(.one, .three)
        #expect(
            core.forgotten(in: slots, members: members) == [ids[0]: .one, ids[1]: .one, ids[2]: .one],
            "the dead get nothing"
        )
        for index in 0..<3 { slots[index].epoch = Epoch(rawValue: 3) }
        #expect(core.forgotten(in: slots, members: members).isEmpty)
        for index in 0..<3 { slots[index].epoch = Epoch(rawValue: 4) }
        #expect(core.forgotten(in: slots, members: members).isEmpty)
        #expect(core.forgotten(in: self.slots([.one, .one]), members: []).isEmpty, "nobody lives")
        let reduced = [self.drainer(.one)] + self.members(.three)
        #expect(
            core.forgotten(in: self.slots([.two, .one, .three]), members: reduced)
                == [ids[0]: .one, ids[1]: .one, ids[2]: .three],
            "what was given to one that drains is its own until it moves, and what was the dead's is not for it"
        )
    }
}
