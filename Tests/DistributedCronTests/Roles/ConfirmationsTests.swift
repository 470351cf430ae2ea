import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCron

@Suite("A worker that asks the ledger for a lease", .timeLimit(.minutes(1)))
struct ConfirmationsTests {
    private let clock = ManualClock()
    private let store = InMemoryJobStore(slotCount: 1)
    private let lease: WorkerLease
    private let confirmations: Confirmations

    init() {
        self.lease = WorkerLease(length: .seconds(30), margin: .seconds(15), clock: self.clock)
        self.confirmations = Confirmations(
            worker: .one,
            store: self.store,
            lease: self.lease,
            clock: self.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("It asks when the coordination service has been silent, and something goes on without that")
    func due() {
        self.lease.acknowledge(sentAt: .zero)
        #expect(!self.confirmations.isDue)
        self.clock.advance(by: .seconds(16))
        #expect(!self.confirmations.isDue, "nothing needs it")
        self.lease.isConfirmationWanted = true
        #expect(self.confirmations.isDue)
        self.lease.acknowledge(sentAt: .seconds(16))
        #expect(!self.confirmations.isDue, "the service is back")
    }

    @Test(
        "What begins to go on in an outage just before the lease ends is not left to the next heartbeat, which would find none"
    )
    func need() async throws {
        self.lease.acknowledge(sentAt: .zero)
        self.clock.advance(by: .seconds(29))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.confirmations.run() }
            self.lease.isConfirmationWanted = true
            await self.lease.waitUntilAway()
            group.cancelAll()
        }
        #expect(self.lease.deadline(for: .lease) == .seconds(59))
    }

    @Test("The ledger's lease counts from the sending, and is the later one")
    func counting() async {
        self.lease.acknowledge(sentAt: .zero)
        self.clock.advance(by: .seconds(16))
        #expect(!self.lease.isAway)
        await self.confirmations.ask(sentAt: .seconds(14))
        #expect(self.lease.deadline(for: .hold) == .seconds(30))
        #expect(self.lease.deadline(for: .lease) == .seconds(44))
        #expect(self.lease.isAway && self.lease.isValid)
        self.clock.advance(by: .seconds(14))
        #expect(!self.lease.isValid && self.lease.isGood(under: .lease))
        self.lease.acknowledge(sentAt: .seconds(30))
        #expect(!self.lease.isAway, "the service is back, and the ledger's lease is not over")
    }

    @Test("Who had no lease does not ask, whatever it needs: others may have what it had")
    func chain() async {
        self.lease.isConfirmationWanted = true
        #expect(!self.confirmations.isDue, "it never had one")
        self.lease.acknowledge(sentAt: .zero)
        self.clock.advance(by: .seconds(16))
        await self.confirmations.ask(sentAt: .seconds(16))
        self.clock.advance(by: .seconds(29))
        #expect(self.confirmations.isDue)
        self.clock.advance(by: .seconds(1))
        #expect(!self.confirmations.isDue)
    }

    @Test("A refusal ends both leases, and is told")
    func refusal() async throws {
        let token = LeaderToken(incarnation: 1, sequence: 1)
        _ = try await self.store.revokeConfirmations(of: [.one], token: token)
        self.lease.acknowledge(sentAt: .zero)
        self.clock.advance(by: .seconds(16))
        await self.confirmations.ask(sentAt: .seconds(16))
        #expect(self.lease.deadline(for: .hold) == nil)
        #expect(self.lease.deadline(for: .lease) == nil)
        let isRefused = await self.confirmations.waitUntilRefused()
        #expect(isRefused)
    }

    @Test("What holds is held while others may start, and waits while nobody may")
    func readiness() async {
        self.lease.acknowledge(sentAt: .zero)
        self.clock.advance(by: .seconds(16))
        await self.confirmations.ask(sentAt: .seconds(16))
        self.clock.advance(by: .seconds(10))
        let held = await self.lease.waitUntilReady(for: .seconds(10), under: .hold)
        #expect(held == .held)
        let ready = await self.lease.waitUntilReady(for: .seconds(10), under: .lease)
        #expect(ready == .ready)
    }
}
