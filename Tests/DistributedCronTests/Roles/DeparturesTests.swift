import Testing

@testable import DistributedCron

@Suite("A leader and the leases in the ledger of workers that are gone")
struct DeparturesTests {
    private let worker = WorkerID(rawValue: "w-1")

    private func answer(_ seconds: Int, wasRevoked: Bool = false) -> [WorkerID: RevokedConfirmation] {
        [self.worker: RevokedConfirmation(remaining: .seconds(seconds), wasRevoked: wasRevoked)]
    }

    @Test("Who was not confirmed lately is over at once")
    func never() {
        var departures = Departures()
        #expect(departures.unsettled([self.worker]) == [self.worker])
        departures.note(self.answer(0), at: .seconds(5))
        #expect(departures.unsettled([self.worker]).isEmpty)
        #expect(departures.end(of: self.worker) == nil)
    }

    @Test("Who was may act until the time is over, and is asked about once more then")
    func waiting() {
        var departures = Departures()
        departures.note(self.answer(27), at: .seconds(5))
        #expect(departures.end(of: self.worker) == .seconds(32))
        departures.note(self.answer(27, wasRevoked: true), at: .seconds(33))
        #expect(departures.unsettled([self.worker]).isEmpty)
    }

    @Test("A revocation that the store has forgotten begins anew")
    func forgotten() {
        var departures = Departures()
        departures.note(self.answer(27), at: .seconds(5))
        departures.note(self.answer(27), at: .seconds(33))
        #expect(departures.end(of: self.worker) == .seconds(60))
    }

    @Test("What another leader has revoked is waited for as well")
    func another() {
        var departures = Departures()
        departures.note(self.answer(27, wasRevoked: true), at: .seconds(5))
        #expect(departures.end(of: self.worker) == .seconds(32))
    }

    @Test("A plan moves nothing of a worker that may act, and looks again when it may not")
    func plan() throws {
        let other = WorkerDescription(id: WorkerID(rawValue: "w-2"), host: "h", capacity: 1)
        let slot = Slot(
            id: SlotID(index: 0),
            worker: self.worker,
            epoch: Epoch.zero.next,
            leaderToken: LeaderToken(incarnation: 1, sequence: 1),
            accountedUntil: Instant(epochSeconds: 0)
        )
        var core = LeaderCore(grace: .seconds(3), incarnation: 1)
        var plan = core.plan(slots: [slot], members: [other], queues: [self.worker], now: .zero)
        #expect((plan.departed, plan.lookAgain) == ([], .seconds(3)))
        plan = core.plan(slots: [slot], members: [other], queues: [self.worker], now: .seconds(3))
        #expect(plan.departed == [self.worker])
        core.departures.note(self.answer(27), at: .seconds(3))
        plan = core.plan(slots: [slot], members: [other], queues: [self.worker], now: .seconds(3))
        #expect((plan.departed, plan.owners, plan.lookAgain) == ([], [:], .seconds(30)))
        plan = core.plan(slots: [slot], members: [other], queues: [self.worker], now: .seconds(30))
        #expect((plan.departed, plan.owners) == ([self.worker], [slot.id: other.id]))
    }
}
