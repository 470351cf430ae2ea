import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("How a dead worker's attempt ended", .timeLimit(.minutes(5)))
struct InheritedEndTests {
    private func end(of order: AttemptOrder, _ cluster: TestCluster) -> Attempt {
        let now = cluster.wallClock.now
        let report = AttemptReport(outcome: .exited(7), startedAt: now, finishedAt: now)
        return Attempt(order, by: .one, report: report)
    }

    /// Its work is done: run once more, it would be done twice.
    @Test("It is written down and recorded by the next worker, and the run is not run again")
    func isRecorded() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies()
        #expect(try await cluster.jobs.run(order.run)?.state.isTerminal == false)
        let end = self.end(of: order, cluster)
        let journal = InMemoryWorkerJournal(wallClock: cluster.wallClock)
        let executor = ScriptedExecutor(cluster.wallClock, left: [end])
        let second = cluster.node(.two, executor: executor, journal: journal)
        try await cluster.running(second.worker) {
            let settled = try await executor.nextSettled()
            #expect(settled == [AttemptKey(of: end)])
            let run = try #require(try await cluster.endOfRun(order.run.job, at: .monday(0, 1)))
            #expect((run.state, run.exitCode, run.attempt) == (.failed, 7, 1))
            #expect(run.worker == .one)
            try await self.runNext(of: order.run.job, on: second, cluster)
        }
        // The supervisor may have forgotten it when the journal had it.
        let facts = try await journal.entries().map(\.fact)
        #expect(facts.contains(.ended(end)))
        let attempts = try await cluster.jobs.attempts(of: order.run)
        #expect(attempts.map(\.report.outcome) == [.exited(7)])
    }

    /// Runs the job's second minute, before which the first would come if it was run again.
    private func runNext(of job: JobID, on node: TestCluster.Node, _ cluster: TestCluster) async throws {
        try await cluster.running(cluster.manager("m-2")) {
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            let next = try await node.executor.next()
            #expect(next.run.scheduledAt == .monday(0, 2))
            node.executor.end(next)
            _ = try await cluster.endOfRun(job, at: .monday(0, 2))
        }
    }

    /// That it failed is known, so it is tried again for that and after its pause, and not for the death of its worker.
    @Test("One that is to be tried again waits for its time, with a failure to its name")
    func isRetried() async throws {
        let cluster = TestCluster()
        let order = try await cluster.beginOnWorkerThatDies() {
            $0.recovery = .atMostOnce
            $0.retry = RetryPolicy(max: 1, backoffSeconds: 30, jitter: 0)
        }
        let end = self.end(of: order, cluster)
        #expect(end.retryAt == .monday(0, 1, 30))
        let executor = ScriptedExecutor(cluster.wallClock, left: [end])
        let second = cluster.node(.two, executor: executor)
        try await cluster.running(second.worker) {
            let run = try await cluster.run(order.run) { $0.state == .pending }
            #expect((run.failures, run.notBefore, run.exitCode) == (1, .monday(0, 1, 30), 7))
            try await cluster.running(cluster.manager("m-2")) {
                cluster.wallClock.now = Instant.monday(0, 1, 30).date
                second.scheduler.wake()
                let again = try await executor.next()
                #expect((again.run, again.attempt) == (order.run, 2))
                executor.end(again)
            }
        }
    }
}
