import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("What a dead worker has left running", .timeLimit(.minutes(5)))
struct TakeOverTests {
    private func left(_ order: AttemptOrder, by worker: WorkerID = .one, _ cluster: TestCluster) -> LeftAttempt {
        LeftAttempt(order: order, worker: worker, startedAt: cluster.wallClock.now)
    }

    @Test("It is the next worker's, which records its end", arguments: [RecoveryPolicy.rerun, .atMostOnce])
    func isTakenOver(_ recovery: RecoveryPolicy) async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies() { $0.recovery = recovery }
        let journal = InMemoryWorkerJournal(wallClock: cluster.wallClock)
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, cluster)])
        let second = cluster.node(.two, executor: executor, journal: journal)
        try await cluster.running(second.worker) {
            let resumed = try await executor.next()
            #expect(resumed == order)
            let running = try await cluster.run(order.run) { $0.state == .running }
            #expect((running.worker, running.attempt) == (.two, 1))
            executor.end(order, .exited(7))
            let ended = try await cluster.run(order.run) { $0.state.isTerminal }
            #expect((ended.state, ended.exitCode, ended.attempt, ended.worker) == (.failed, 7, 1, .two))
        }
        let facts = try await journal.entries().map(\.fact)
        let taken = facts.flatMap { fact -> [AttemptKey] in
            if case .takenOver(let keys, _) = fact { keys } else { [] }
        }
        #expect(taken.map(\.run) == [order.run])
        let attempts = try await cluster.jobs.attempts(of: order.run)
        #expect(attempts.map(\.worker) == [.two])
    }

    @Test("Nobody runs it again, though the worker that began it is dead and its slots are another's")
    func isNotAdopted() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies()
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, cluster)])
        let second = cluster.node(.two, executor: executor)
        let third = cluster.node(.three)
        try await cluster.running(second.worker, third.worker) {
            let resumed = try await executor.next()
            #expect(resumed == order)
            try await cluster.running(cluster.manager("m-2")) {
                // The death was dealt with when nobody holds anything in its name, and it has no slots any more.
                while try await cluster.store.slots().contains(where: { $0.worker == .one || $0.worker == nil }) {
                    try await ContinuousClock().sleep(for: .milliseconds(5))
                }
                let run = try #require(try await cluster.jobs.run(order.run))
                #expect((run.worker, run.attempt) == (.two, 1))
                executor.end(order)
                let ended = try await cluster.run(order.run) { $0.state.isTerminal }
                #expect((ended.state, ended.attempt) == (.succeeded, 1))
            }
        }
    }

    @Test("A store that forgets that it was taken over hears of it again")
    func isRemembered() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies()
        let store = try #require(cluster.store as? InMemoryJobStore)
        let copy = store.copy()
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, cluster)])
        let second = cluster.node(.two, executor: executor, sweep: .milliseconds(20))
        try await cluster.running(second.worker) {
            let resumed = try await executor.next()
            #expect(resumed == order)
            store.revert(to: copy)
            _ = try await cluster.run(order.run) { $0.worker == .two }
            try await cluster.running(cluster.manager("m-2")) {
                executor.end(order)
                let ended = try await cluster.run(order.run) { $0.state.isTerminal }
                #expect((ended.state, ended.attempt, ended.worker) == (.succeeded, 1, .two))
            }
        }
    }

    @Test("It ends when somebody asks for that")
    func isCancelled() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies()
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, cluster)])
        let second = cluster.node(.two, executor: executor)
        try await cluster.running(second.worker, cluster.manager("m-2")) {
            let resumed = try await executor.next()
            #expect(resumed == order)
            _ = try await cluster.jobs.cancel(order.run)
            let ended = try await cluster.run(order.run) { $0.state.isTerminal }
            #expect((ended.state, ended.reason, ended.attempt) == (.cancelled, .requested, 1))
        }
    }

    @Test("What the ledger has given to somebody else is left alone")
    func isRefused() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies()
        // The ledger says that another worker has it.
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, by: .three, cluster)])
        let second = cluster.node(.two, executor: executor)
        try await cluster.running(second.worker, cluster.manager("m-2")) {
            // So it is run again, as that of any dead worker.
            let again = try await executor.next()
            #expect((again.run, again.attempt) == (order.run, 2))
            executor.end(again)
            let ended = try await cluster.run(order.run) { $0.state.isTerminal }
            #expect((ended.state, ended.worker) == (.succeeded, .two))
        }
    }

    @Test("What was ended before it could be taken over is run again if it may be")
    func isRetriedAfterALapse() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies() { $0.recovery = .rerun }
        let executor = ScriptedExecutor(cluster.wallClock, running: [self.left(order, cluster)])
        let second = cluster.node(.two, executor: executor)
        try await cluster.running(second.worker) {
            let resumed = try await executor.next()
            #expect(resumed == order)
            executor.end(order, .cancelled)
            let waiting = try await cluster.run(order.run) { $0.state == .pending }
            #expect((waiting.reason, waiting.failures) == (.lapsed, 0))
        }
    }
}
