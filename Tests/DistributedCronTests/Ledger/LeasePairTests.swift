import Testing

@testable import DistributedCron

@Suite("The two leases of a worker")
struct LeasePairTests {
    private func second(_ number: Int) -> Duration { .seconds(number) }

    @Test("Jobs that hold live by the session's lease alone, the others by the later of the two")
    func deadlines() {
        var pair = LeasePair(length: .seconds(26))
        #expect(pair.deadlines == LeaseDeadlines())
        pair.acknowledge(sentAt: self.second(10))
        #expect(pair.deadlines == LeaseDeadlines(hold: self.second(36), lease: self.second(36)))
        pair.confirm(sentAt: self.second(25))
        #expect(pair.deadlines == LeaseDeadlines(hold: self.second(36), lease: self.second(51)))
        #expect(
            pair.deadlines.permits(.hold, at: self.second(35)) && !pair.deadlines.permits(.hold, at: self.second(36))
        )
        #expect(pair.deadlines.permits(.lease, at: self.second(50)))
        #expect(!pair.deadlines.permits(.lease, at: self.second(51)))
        // An answer that comes late shortens nothing, and the service may be back first.
        pair.confirm(sentAt: self.second(20))
        pair.acknowledge(sentAt: self.second(40))
        #expect(pair.deadlines == LeaseDeadlines(hold: self.second(66), lease: self.second(66)))
    }

    @Test("A revocation ends both, for good")
    func revocation() {
        var pair = LeasePair(length: .seconds(26))
        pair.acknowledge(sentAt: .zero)
        pair.confirm(sentAt: self.second(5))
        pair.revoke()
        pair.acknowledge(sentAt: self.second(10))
        pair.confirm(sentAt: self.second(10))
        #expect(pair.deadlines == LeaseDeadlines())
    }
}
