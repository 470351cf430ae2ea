import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCron

@Suite("Heartbeats and the times that go with them", .timeLimit(.minutes(5)))
struct HeartbeatTests {
    private let clock = ManualClock()
    private let session = FlakySession(InMemoryEnsemble().session())
    private let leases = AsyncStream.makeStream(of: Duration.self)

    /// Sends heartbeats, every 2 seconds for a lease of 30, while something is done.
    private func beating(_ work: (WorkerLease) async throws -> Void) async throws {
        let lease = WorkerLease(length: .seconds(30), clock: self.clock) { self.leases.continuation.yield($0(.hold)) }
        let heartbeat = Heartbeat(
            coordinator: self.session,
            lease: lease,
            interval: .seconds(2),
            clock: self.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onRecovery: {}
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await heartbeat.run() }
            try await work(lease)
            group.cancelAll()
        }
    }

    @Test("One that hangs keeps none from being sent, and its late answer counts from its sending")
    func hanging() async throws {
        self.session.line = .hanging
        try await self.beating { lease in
            await self.session.heartbeats(sent: 1)
            // The loop, and the time-out of what hangs.
            try await self.clock.waitForSleepers(2)
            self.clock.advance(by: .seconds(2))
            await self.session.heartbeats(sent: 2)
            try await self.clock.waitForSleepers(3)
            #expect(!lease.isValid)
            self.clock.advance(by: .seconds(1))
            self.session.answer()
            var told = self.leases.stream.makeAsyncIterator()
            // They may be answered in either order.
            let times = await [told.next(), told.next()]
            #expect(times == [.seconds(27), .seconds(29)] || times == [.seconds(29), .seconds(29)])
            #expect(lease.deadline(for: .hold) == .seconds(32))
        }
    }

    @Test("One that hangs is given up when its answer would be worth nothing, while the others renew the lease")
    func givenUp() async throws {
        self.session.line = .hanging
        try await self.beating { lease in
            await self.session.heartbeats(sent: 1)
            try await self.clock.waitForSleepers(2)
            self.session.line = .open
            var told = self.leases.stream.makeAsyncIterator()
            self.clock.advance(by: .seconds(2))
            #expect(await told.next() == .seconds(30))
            self.clock.advance(by: .seconds(28))
            await self.session.heartbeats(sent: 2, givenUp: 1)
            #expect(lease.isValid)
        }
    }

    @Test("Nothing renews a lease that was revoked, and the last thing told of it is that")
    func revoked() async throws {
        try await self.beating { lease in
            await self.session.heartbeats(sent: 1)
            var told = self.leases.stream.makeAsyncIterator()
            #expect(await told.next() == .seconds(30))
            lease.revoke()
            #expect(await told.next() == .zero)
            lease.acknowledge(sentAt: lease.now)
            #expect(!lease.isValid && lease.deadline(for: .hold) == nil)
            self.leases.continuation.finish()
            #expect(await told.next() == nil)
        }
    }

    @Test("Times that do not go together are refused before anything is done")
    func validation() async throws {
        func configuration(_ change: (inout WorkerConfiguration) -> Void) -> WorkerConfiguration {
            var configuration = WorkerConfiguration(capacity: 1)
            change(&configuration)
            return configuration
        }
        let good = [
            configuration { _ in },
            configuration { $0.lease = .seconds(600) },
            configuration { ($0.heartbeat, $0.lease) = (.milliseconds(500), .seconds(3)) },
            configuration { $0.stopGrace = .zero },
            configuration { $0.stopGrace = .seconds(23) },
        ]
        for configuration in good { try configuration.validate() }
        #expect(good.map(\.effectiveStopGrace).prefix(3) == [.seconds(26) / 3, .seconds(10), .seconds(1)])
        let bad = [
            configuration { $0.heartbeat = .zero },
            configuration { $0.heartbeat = .seconds(25) },
            configuration { $0.lease = .seconds(3) },
            configuration { $0.lease = .zero },
            configuration { $0.stopGrace = .seconds(-1) },
            configuration { $0.stopGrace = .seconds(24) },
            configuration { $0.stopGrace = .seconds(26) },
        ]
        for configuration in bad {
            #expect(throws: InvalidWorkerConfiguration.self) { try configuration.validate() }
        }
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster) { $0.stopGrace = .seconds(30) }
        await #expect(throws: InvalidWorkerConfiguration.self) { try await node.worker.run() }
        #expect(try await cluster.queue.workers().isEmpty)
    }

    /// Else what goes on in an outage would be ended at its beginning, between two heartbeats.
    @Test("The ledger is asked, and has time to answer, before attempts are asked to end", arguments: 6...60)
    func confirmationComesInTime(_ session: Int) throws {
        var configuration = WorkerConfiguration(capacity: 1)
        configuration.suit(sessionTimeout: .seconds(session))
        try configuration.validate()
        let silent = configuration.lease - configuration.outageMargin
        #expect(silent > configuration.heartbeat * 2)
        let end = configuration.lease - configuration.effectiveStopGrace
        #expect(silent + configuration.heartbeat + .milliseconds(400) < end)
    }
}
