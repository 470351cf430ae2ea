import DistributedCron
import DistributedCronTesting
import Foundation
import Logging
import Testing

@Suite("A worker while the coordination service is away", .timeLimit(.minutes(5)))
struct OutageTests {
    private let queue = AbsentQueue()
    private let cluster: TestCluster
    private let node: SupervisedNode

    init() {
        // One slot, so that jobs that go on and jobs that hold share it.
        var cluster = TestCluster(slotCount: 1)
        cluster.queue = self.queue
        self.cluster = cluster
        self.node = SupervisedNode(.one, in: cluster)
    }

    /// Begins the runs of the first hour.
    private func begin(_ count: Int) async throws -> [AttemptOrder] {
        self.cluster.wallClock.now = Instant.monday(1).date
        self.node.scheduler.wake()
        var orders: [AttemptOrder] = []
        for _ in 0..<count { orders.append(try #require(try await self.node.executor.nextBegun())) }
        return orders
    }

    /// Lets the coordination service vanish, and the session's lease run out.
    private func vanish() async throws {
        self.node.session.line = .cut
        self.queue.isAway = true
        try await self.pass(40)
    }

    /// Lets the worker's time pass, slowly enough for calls of the store to be answered.
    private func pass(_ seconds: Int) async throws {
        for _ in 0..<seconds {
            try await self.node.clock.waitForSleepers(2)
            self.node.clock.advance(by: .seconds(1))
            try await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }

    private func addJobs() async throws -> (ongoing: JobID, holding: JobID) {
        let ongoing = try await self.cluster.addJob("0 * * * *") { $0.onOutage = .lease }
        return (ongoing, try await self.cluster.addJob("0 * * * *"))
    }

    @Test(
        "It claims and starts by the ledger what goes on, holds the rest, and files their tasks when the service is back"
    )
    func goesOn() async throws {
        try await self.node.running(in: self.cluster) {
            let (ongoing, holding) = try await self.addJobs()
            for order in try await self.begin(2) {
                self.node.executor.end(order.run)
                _ = try await self.cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))
            }
            try await self.vanish()
            self.cluster.wallClock.now = Instant.monday(2).date
            self.node.scheduler.wake()
            let begun = try await self.node.executor.nextBegun()
            #expect(begun?.run == RunID(job: ongoing, scheduledAt: .monday(2)))
            let held = try await self.cluster.run(RunID(job: holding, scheduledAt: .monday(2))) { $0.state == .claimed }
            try await self.pass(5)
            let filed = try await self.queue.filedRuns(of: .one)
            #expect(!filed.contains(held.id))
            self.queue.isAway = false
            self.node.session.line = .open
            let next = try await self.node.passingTime { try await self.node.executor.nextBegun() }
            #expect(next?.run == held.id)
            while try await !self.queue.filedRuns(of: .one).contains(held.id) { try await self.pass(1) }
        }
    }

    @Test("What holds is ended with the session's lease, and what goes on is not")
    func running() async throws {
        try await self.node.running(in: self.cluster) {
            let (ongoing, holding) = try await self.addJobs()
            _ = try await self.begin(2)
            try await self.vanish()
            let first = RunID(job: holding, scheduledAt: .monday(1))
            let killed = try await self.node.executor.nextKilled(first)
            #expect((.seconds(30)...(.seconds(32))).contains(killed))
            let run = RunID(job: ongoing, scheduledAt: .monday(1))
            #expect(self.node.executor.end(run), "it goes on")
            let ended = try await self.cluster.jobs.awaitEnd(of: run, atMost: .seconds(30))
            #expect(ended?.state == .succeeded)
            // What was ended is recorded as well: nobody else has the slot.
            let lapsed = try await self.cluster.run(first) { $0.attempt == 2 }
            #expect(lapsed.state == .claimed)
        }
    }

    /// Nothing else keeps the worker's slots its own: the job has had its last run, and no other one goes on.
    @Test("What was claimed before, goes on, and waits for a place starts when there is one")
    func waiting() async throws {
        let node = SupervisedNode(.one, in: self.cluster) { $0.capacity = 1 }
        try await node.running(in: self.cluster) {
            let holding = try await self.cluster.addJob("0 * * * *") { $0.recovery = .atMostOnce }
            let ongoing = try await self.cluster.addJob("0 2 * * *") {
                $0.onOutage = .lease
                $0.maxRuns = 1
            }
            self.cluster.wallClock.now = Instant.monday(1).date
            node.scheduler.wake()
            let first = try await node.executor.nextBegun()
            #expect(first?.run.job == holding)
            self.cluster.wallClock.now = Instant.monday(2).date
            node.scheduler.wake()
            let last = RunID(job: ongoing, scheduledAt: .monday(2))
            _ = try await self.cluster.run(last) { $0.state == .claimed }
            node.session.line = .cut
            self.queue.isAway = true
            let next = try await node.passingTime {
                _ = try await node.executor.nextKilled(RunID(job: holding, scheduledAt: .monday(1)))
                return try await node.executor.nextBegun()
            }
            #expect(next?.run == last)
        }
    }

    @Test("A leader moves nothing of a worker that is gone before that one's lease in the ledger is over")
    func leaderWaits() async throws {
        let cluster = TestCluster()
        let slot = SlotID(index: 0)
        _ = try await cluster.store.assign([slot: .one], token: .none)
        let isConfirmed = try await cluster.store.confirm(.one, for: .milliseconds(300))
        #expect(isConfirmed)
        let start = ContinuousClock.now
        try await cluster.running(cluster.manager(), cluster.node(.two).worker) {
            while try await cluster.store.slots()[0].worker != .two {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
        }
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(300))
        let isConfirmedAgain = try await cluster.store.confirm(.one, for: .milliseconds(300))
        #expect(!isConfirmedAgain)
    }

    @Test("A worker that a leader takes for dead ends all, what goes on in an outage too")
    func revoked() async throws {
        try await self.node.running(in: self.cluster) {
            let (ongoing, _) = try await self.addJobs()
            _ = try await self.begin(2)
            try await self.vanish()
            let token = LeaderToken(incarnation: .max, sequence: 1)
            let revoked = try await self.cluster.store.revokeConfirmations(of: [.one], token: token)
            #expect(revoked[.one]?.remaining == .seconds(31))
            // Nobody sleeps any more when the worker has ended.
            let killed = try await self.node.passingTime {
                try await self.node.executor.nextKilled(RunID(job: ongoing, scheduledAt: .monday(1)))
            }
            #expect(killed >= .seconds(40))
        }
    }

    /// What the log is told is tested elsewhere (``OutageLogTests``); it is worth nothing if no worker has such a log.
    @Test("Its log says once that there is no answer, once that the lease is over, and once that the service is back")
    func logged() async throws {
        let lines = KeptLines.Lines()
        var cluster = TestCluster()
        cluster.logger = Logger(label: "test") { _ in KeptLines(lines) }
        let renewals = Broadcast(0)
        let node = SupervisedNode(.one, in: cluster) {
            $0.onLease = { _ in renewals.send((renewals.value ?? 0) + 1) }
        }
        // Each line up to the colon.
        func told() -> [String] {
            lines.take().map { String($0.text.prefix { $0 != ":" }) }.filter {
                $0.hasPrefix("The coordination service")
            }
        }
        try await node.running(in: cluster) {
            for await count in renewals.stream() where count > 0 { break }
            node.session.line = .cut
            try await node.advance(to: 27)
            #expect(told() == ["The coordination service does not answer"])
            try await node.advance(to: 30)
            // From here on the watch has nothing to wait for.
            try await node.advance(to: 61, sleepers: 2)
            #expect(told() == ["The coordination service is away and there is no lease"])
            node.session.line = .open
            var last = told()
            while last.isEmpty, node.clock.now.elapsed < .seconds(120) {
                try await node.clock.waitForSleepers(2)
                node.clock.advance(by: .seconds(1))
                last = told()
            }
            #expect(last == ["The coordination service answers again, and what was held starts"])
        }
    }
}
