import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("A worker whose lease lapses", .timeLimit(.minutes(5)))
struct LapseTests {
    /// Begins the run of a job's first minute on a worker.
    private func begin(
        _ cluster: TestCluster,
        _ node: SupervisedNode,
        _ change: (inout JobPolicies) -> Void = { _ in }
    ) async throws -> AttemptOrder {
        _ = try await cluster.addJob("0 * * * *", change)
        cluster.wallClock.now = Instant.monday(1).date
        node.scheduler.wake()
        return try #require(try await node.executor.nextBegun())
    }

    /// Lets a lease lapse that began at zero, with an attempt that does not heed being asked.
    private func lapse(_ node: SupervisedNode, _ run: RunID) async throws {
        node.session.line = .cut
        try await node.advance(to: 20)
        guard case .asked(run, let asked) = try await node.executor.next() else {
            Issue.record("it was not asked")
            return
        }
        #expect((.seconds(20)...(.seconds(22))).contains(asked))
        try await node.advance(to: 30)
        guard case .killed(run, let killed) = try await node.executor.next() else {
            Issue.record("it was not killed")
            return
        }
        #expect((.seconds(30)...(.seconds(32))).contains(killed))
    }

    @Test("An attempt is asked to end, then killed, and run again once the lease is back, without having failed")
    func rerun() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            #expect(order.onLapse == .stop)
            try await self.lapse(node, order.run)
            // Nothing is recorded while it may be another's, however often the worker tries to renew the lease.
            try await node.advance(to: 60, sleepers: 2)
            #expect(try await cluster.jobs.run(order.run)?.state == .running)
            node.session.line = .open
            let again = try #require(try await node.passingTime { try await node.executor.nextBegun() })
            #expect((again.run, again.attempt) == (order.run, 2))
            #expect(again.fence > order.fence)
            node.executor.end(again.run)
            let run = try #require(try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30)))
            #expect((run.state, run.attempt, run.failures, run.reason) == (.succeeded, 2, 0, nil))
            let attempts = try await cluster.jobs.attempts(of: order.run)
            #expect(attempts.map(\.cancellation) == [.lapsed, nil])
            #expect(attempts.map(\.report.outcome) == [.cancelled, .exited(0)])
        }
    }

    @Test("One that must not start twice is over then, and says why")
    func atMostOnce() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node) { $0.recovery = .atMostOnce }
            try await self.lapse(node, order.run)
            node.session.line = .open
            let run = try await node.passingTime {
                try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))
            }
            #expect((run?.state, run?.reason, run?.attempt) == (.cancelled, .lapsed, 1))
            #expect(run?.detail == "ended because its worker lost touch with the cluster")
        }
    }

    @Test("One that could go on, of a job that says `stop`, is stopped like any other, and not started again")
    func chosenStop() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node) {
                $0.recovery = .atMostOnce
                $0.concurrency = .allow
                $0.onLapse = .stop
            }
            #expect(order.onLapse == .stop)
            try await self.lapse(node, order.run)
            node.session.line = .open
            let run = try await node.passingTime {
                try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))
            }
            #expect((run?.state, run?.reason, run?.attempt) == (.cancelled, .lapsed, 1))
            let attempts = try await cluster.jobs.attempts(of: order.run)
            #expect(attempts.map(\.cancellation) == [.lapsed])
        }
    }

    @Test("One whose end was asked for while the worker could not hear of it is not run again")
    func requested() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            try await self.lapse(node, order.run)
            _ = try await cluster.jobs.cancel(order.run)
            node.session.line = .open
            let run = try await node.passingTime {
                try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))
            }
            #expect((run?.state, run?.reason, run?.attempt) == (.cancelled, .requested, 1))
        }
    }

    @Test("A renewal in time leaves everything as it was")
    func renewal() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            node.session.line = .cut
            try await node.advance(to: 15)
            node.session.line = .open
            var leases = node.leases.stream.makeAsyncIterator()
            #expect(await leases.next() == .seconds(30))
            // Less what has passed between the sending and the answer, which may be long for one that was under way before.
            var (second, left) = (16, Duration.zero)
            while left < .seconds(26), second < 26 {
                second += 2
                try await node.advance(to: second)
                left = try #require(await leases.next())
            }
            #expect((.seconds(26)...(.seconds(30))).contains(left))
            try await node.advance(to: 45)
            node.executor.end(order.run)
            let run = try #require(try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30)))
            #expect((run.state, run.attempt) == (.succeeded, 1))
            // Had it been asked to end, that would be told first.
            cluster.wallClock.now = Instant.monday(2).date
            node.scheduler.wake()
            #expect(try await node.executor.nextBegun()?.run.scheduledAt == .monday(2))
        }
    }

    @Test("A renewal after the attempt was asked to end spares it the kill, and its run is run again")
    func renewalAfterTheAsking() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            node.session.line = .cut
            try await node.advance(to: 20)
            guard case .asked = try await node.executor.next() else {
                Issue.record("it was not asked")
                return
            }
            node.session.line = .open
            try await node.advance(to: 60)
            node.executor.end(order.run, .cancelled)
            let again = try #require(try await node.executor.nextBegun(), "nothing was killed")
            #expect((again.run, again.attempt) == (order.run, 2))
        }
    }

    @Test("Who may go on goes on, and what ends by itself is recorded without a lease", arguments: [true, false])
    func ownEnd(mayFinish: Bool) async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node) {
                guard mayFinish else { return }
                $0.recovery = .atMostOnce
                $0.concurrency = .allow
            }
            #expect(order.onLapse == (mayFinish ? .finish : .stop))
            node.session.line = .cut
            try await node.advance(to: 20)
            if mayFinish {
                try await node.advance(to: 30)
                try await node.advance(to: 60, sleepers: 2)
            } else {
                guard case .asked = try await node.executor.next() else {
                    Issue.record("it was not asked")
                    return
                }
            }
            node.executor.end(order.run, .exited(3))
            let run = try #require(try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30)))
            #expect((run.state, run.reason, run.attempt) == (.failed, .exit, 1))
        }
    }

    @Test("A worker that slept past its deadline kills at once when it wakes")
    func slept() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            node.session.line = .cut
            try await node.clock.waitForSleepers(3)
            node.clock.advance(by: .seconds(3_600))
            #expect(try await node.executor.nextKilled(order.run) == .seconds(3_600))
        }
    }

    @Test("A session that is lost ends everything at once, and the next owner decides")
    func sessionLoss() async throws {
        let cluster = TestCluster()
        let (node, second) = (SupervisedNode(.one, in: cluster), cluster.node(.two))
        try await node.running(in: cluster) {
            let order = try await self.begin(cluster, node)
            node.session.session.expire()
            #expect(try await node.executor.nextKilled(order.run) == .zero)
            for await time in node.leases.stream where time == .zero { break }
            try await cluster.running(second.worker) {
                let adopted = try await second.executor.next()
                #expect((adopted.run, adopted.attempt) == (order.run, 2))
                second.executor.end(adopted)
                let run = try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))
                #expect((run?.state, run?.worker) == (.succeeded, .two))
            }
        }
    }

    @Test("What is claimed while the lease runs out waits for it to be renewed")
    func launchWaits() async throws {
        let cluster = TestCluster()
        let node = SupervisedNode(.one, in: cluster)
        try await node.running(in: cluster) {
            let first = try await self.begin(cluster, node) {
                $0.recovery = .atMostOnce
                $0.concurrency = .allow
            }
            node.session.line = .cut
            try await node.advance(to: 21)
            cluster.wallClock.now = Instant.monday(2).date
            node.scheduler.wake()
            let second = RunID(job: first.run.job, scheduledAt: .monday(2))
            _ = try await cluster.run(second) { $0.state == .claimed }
            try await node.advance(to: 25)
            #expect(try await cluster.jobs.run(second)?.state == .claimed)
            node.session.line = .open
            let begun = try await node.passingTime { try await node.executor.nextBegun() }
            #expect(begun?.run == second)
        }
    }
}
