import DistributedCronTesting
import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("Progress is watched as well as life")
struct ProgressWatchTests {
    private static let due = Instant.monday(0, 1)
    /// By then something that was due has lain for the limit.
    private static let late = Instant.monday(0, 1, 45)

    private var watch: ProgressWatch {
        ProgressWatch(limit: .seconds(45), pause: .seconds(300), longestGap: .seconds(30))
    }

    private func slots(_ owners: WorkerID?...) -> [Slot] {
        owners.enumerated().map { index, owner in
            Slot(id: SlotID(index: index), worker: owner, epoch: Epoch(rawValue: 1), accountedUntil: .monday())
        }
    }

    private func members(_ ids: WorkerID..., draining: [WorkerID: DrainReason] = [:]) -> [WorkerDescription] {
        ids.map { id in
            var worker = WorkerDescription(id: id, host: "host", capacity: 8)
            worker.drain = draining[id]
            return worker
        }
    }

    /// Looks every 15 seconds, and knows when something is due in the slots.
    private func look(
        _ watch: inout ProgressWatch,
        at slots: [Slot],
        _ members: [WorkerDescription],
        from start: Int = 0,
        through end: Int,
        dues: [Instant] = []
    ) {
        for second in stride(from: start, through: end, by: 15) {
            watch.look(at: slots, members: members, now: .seconds(second))
        }
        for (slot, due) in zip(slots, dues) { watch.note(due, in: slot) }
    }

    @Test("A worker of which something was due for the limit, and which got on in no slot, is stalled; not before")
    func stalls() {
        var watch = self.watch
        let (slots, members) = (self.slots(.one, .two, .one), self.members(.one, .two))
        self.look(&watch, at: slots, members, through: 30, dues: [Self.due, .distantFuture, .distantFuture])
        #expect(watch.stalls(members: members, time: Self.late).isEmpty, "it was seen for 30 seconds only")
        self.look(&watch, at: slots, members, from: 45, through: 45)
        #expect(watch.stalls(members: members, time: Self.late - 1).isEmpty, "it has been due for 44 seconds only")
        let stall = ProgressWatch.Stall(worker: .one, slot: slots[0], due: Self.due)
        #expect(watch.stalls(members: members, time: Self.late) == [stall])
    }

    @Test("What stood still while the coordination service did not answer has a limit more from then on")
    func interruption() {
        var watch = self.watch
        let (slots, members) = (self.slots(.one, .two), self.members(.one, .two))
        self.look(&watch, at: slots, members, through: 45, dues: [Self.due, .distantFuture])
        #expect(!watch.stalls(members: members, time: Self.late).isEmpty)
        watch.interrupt()
        self.look(&watch, at: slots, members, from: 60, through: 90)
        #expect(watch.stalls(members: members, time: Self.late + 60).isEmpty)
        self.look(&watch, at: slots, members, from: 105, through: 105)
        #expect(watch.stalls(members: members, time: Self.late + 60).map(\.worker) == [.one])
    }

    @Test("A slot in which nothing is due, or nothing is known to be, stands still by right")
    func idle() {
        var watch = self.watch
        let (slots, members) = (self.slots(.one, .two), self.members(.one, .two))
        self.look(&watch, at: slots, members, through: 600, dues: [.monday(1)])
        #expect(watch.stalls(members: members, time: .monday(0, 59)).isEmpty)
    }

    @Test("A claim in any of its slots shows that a worker gets on, and time counts from there")
    func progress() {
        var watch = self.watch
        let members = self.members(.one, .two)
        var slots = self.slots(.one, .two, .one)
        self.look(&watch, at: slots, members, through: 45, dues: [Self.due, .distantFuture, .distantFuture])
        // A claim that moves no watermark is one too.
        slots[2].claimSequence += 1
        self.look(&watch, at: slots, members, from: 60, through: 90)
        #expect(watch.stalls(members: members, time: Self.late).isEmpty)
        self.look(&watch, at: slots, members, from: 105, through: 105)
        #expect(watch.stalls(members: members, time: Self.late).map(\.worker) == [.one])
        slots[0].accountedUntil = Self.late
        self.look(&watch, at: slots, members, from: 120, through: 180)
        #expect(watch.stalls(members: members, time: .monday(0, 5)).isEmpty, "what was due is accounted for")
    }

    @Test("A slot counts from when its owner got it, and for its new owner only")
    func newOwner() {
        var watch = self.watch
        let members = self.members(.one, .two)
        var slots = self.slots(.one, .two)
        self.look(&watch, at: slots, members, through: 45, dues: [Self.due, .distantFuture])
        slots[0].worker = .two
        slots[0].epoch = Epoch(rawValue: 2)
        self.look(&watch, at: slots, members, from: 60, through: 90)
        #expect(watch.stalls(members: members, time: Self.late).isEmpty)
        self.look(&watch, at: slots, members, from: 105, through: 105)
        #expect(watch.stalls(members: members, time: Self.late).map(\.worker) == [.two])
    }

    @Test("Where nobody gets on nothing is moved, nor to those that drain, are stalled, or serve other pools")
    func nobodyElse() {
        var watch = self.watch
        let slots = self.slots(.one, .two)
        let both = self.members(.one, .two)
        self.look(&watch, at: slots, both, through: 45, dues: [Self.due, Self.due])
        #expect(watch.stalls(members: both, time: Self.late).isEmpty)
        var other = WorkerDescription(id: .three, host: "host", pools: [PoolID(rawValue: "other")], capacity: 8)
        #expect(watch.stalls(members: both + [other], time: Self.late).isEmpty)
        other.pools.insert(.default)
        #expect(watch.stalls(members: both + [other], time: Self.late).map(\.worker) == [.one, .two])
        for reason in DrainReason.allCases {
            other.drain = reason
            #expect(watch.stalls(members: both + [other], time: Self.late).isEmpty)
        }
    }

    @Test("Who drains already is not stalled as well")
    func draining() {
        var watch = self.watch
        let slots = self.slots(.one, .two)
        let members = self.members(.one, .two, draining: [.one: .asked])
        self.look(&watch, at: slots, members, through: 90, dues: [Self.due, .distantFuture])
        #expect(watch.stalls(members: members, time: Self.late).isEmpty)
        watch.note(Self.due, in: slots[1])
        #expect(watch.stalls(members: members, time: Self.late).isEmpty, "and nobody else is there for the other")
    }

    @Test("What stood still while nobody looked does not count, and a new leader begins anew")
    func gap() {
        var watch = self.watch
        let (slots, members) = (self.slots(.one, .two), self.members(.one, .two))
        self.look(&watch, at: slots, members, through: 30, dues: [Self.due, .distantFuture])
        self.look(&watch, at: slots, members, from: 61, through: 61)
        #expect(watch.stalls(members: members, time: Self.late).isEmpty)
        self.look(&watch, at: slots, members, from: 76, through: 106)
        #expect(watch.stalls(members: members, time: Self.late).map(\.worker) == [.one])
        var next = self.watch
        self.look(&next, at: slots, members, through: 0, dues: [Self.due, .distantFuture])
        #expect(next.stalls(members: members, time: Self.late).isEmpty)
    }

    @Test("A stalled worker rests for the pause, and one that was asked to drain for as long as it is asked to")
    func rest() {
        var watch = self.watch
        let slots = self.slots(.three, .three)
        let members = self.members(.one, .two, .three, draining: [.one: .stalled, .two: .asked])
        self.look(&watch, at: slots, members, through: 285)
        #expect(watch.rested.isEmpty)
        self.look(&watch, at: slots, members, from: 300, through: 300)
        #expect(watch.rested == [.one])
        self.look(&watch, at: slots, self.members(.one, .two, .three), from: 315, through: 315)
        self.look(&watch, at: slots, members, from: 330, through: 345)
        #expect(watch.rested.isEmpty, "another stall has a pause of its own")
    }

    @Test("The slots of workers that show nothing are read once, those that have moved last first, and few at a time")
    func reading() {
        var watch = self.watch
        let members = self.members(.one, .two)
        var slots = self.slots(.one, .one, .two)
        slots[1].accountedUntil = .monday(0, 0, 30)
        self.look(&watch, at: slots, members, through: 15)
        #expect(watch.unread.isEmpty)
        self.look(&watch, at: slots, members, from: 30, through: 30)
        #expect(watch.unread == [slots[1], slots[0], slots[2]])
        for slot in watch.unread { watch.note(.distantFuture, in: slot) }
        #expect(watch.unread.isEmpty)
        // A job has changed, and what is due with it.
        slots[2].revision = Revision(rawValue: 9)
        self.look(&watch, at: slots, members, from: 45, through: 45)
        #expect(watch.unread == [slots[2]])
        let many = (0..<100).map { Slot(id: SlotID(index: $0), worker: .one, accountedUntil: .monday()) }
        var other = self.watch
        self.look(&other, at: many, members, through: 30)
        #expect(other.unread == Array(many.prefix(16)))
    }

    @Test("A leader has a worker drain that lets a job lie, and gives it slots again later", .timeLimit(.minutes(1)))
    func leader() async throws {
        let cluster = TestCluster()
        let clock = ManualClock()
        // Both are registered, and neither does anything.
        let sessions = [cluster.ensemble.session(), cluster.ensemble.session()]
        for (id, session) in zip([WorkerID.one, .two], sessions) {
            try await session.register(WorkerDescription(id: id, host: "host", capacity: 1))
        }
        let manager = Manager(
            id: ManagerID(rawValue: "m-1"),
            store: cluster.store,
            queue: cluster.queue,
            coordinator: cluster.ensemble.session(),
            clock: clock,
            logger: cluster.logger
        )
        /// Moves the leader's time on until something is so.
        func until(_ isSo: () async throws -> Bool) async throws {
            while try await !isSo() {
                try await clock.waitForSleepers()
                clock.advance(by: .seconds(1))
            }
        }
        func drains() async -> [DrainReason?] {
            for await members in sessions[0].members() { return members.map(\.drain) }
            return []
        }
        try await cluster.running(manager) {
            let job = try await cluster.addJob("* * * * *")
            let slot = SlotID(of: job, count: 8)
            try await until { try await cluster.store.slots().allSatisfy { $0.worker != nil } }
            let owner = try #require(try await cluster.store.slots().first { $0.id == slot }?.worker)
            let other = owner == .one ? WorkerID.two : .one
            cluster.wallClock.now = Instant.monday(0, 2).date
            try await until { await drains().contains(.stalled) }
            #expect(await drains() == (owner == .one ? [.stalled, nil] : [nil, .stalled]))
            try await until { try await cluster.store.slots().allSatisfy { $0.worker == other } }
            // The other lets it lie as well, and there is nobody else.
            let start = clock.now
            try await until { await drains() == [nil, nil] }
            #expect(start.duration(to: clock.now) > .seconds(200))
        }
    }
}
