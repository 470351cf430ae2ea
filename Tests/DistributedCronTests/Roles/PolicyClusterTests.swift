import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("A worker carries out every policy", .timeLimit(.minutes(5)))
struct PolicyClusterTests {
    @Test("A failed run is tried again when its pause is over, and its success ends it")
    func retry() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("@at 2026-03-02T00:01:00Z") {
                $0.retry = RetryPolicy(max: 2, backoffSeconds: 10, jitter: 0)
            }
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            let first = try await node.executor.next()
            node.executor.end(first, .exited(3))
            let waiting = try await cluster.run(first.run) { $0.state == .pending }
            #expect((waiting.notBefore, waiting.failures) == (.monday(0, 1, 10), 1))
            #expect(try await cluster.jobs.job(job)?.status == .scheduled)
            cluster.wallClock.now = Instant.monday(0, 1, 10).date
            node.scheduler.wake()
            let second = try await node.executor.next()
            #expect((second.run, second.attempt) == (first.run, 2))
            #expect(second.fence > first.fence)
            node.executor.end(second)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
            #expect(try await cluster.jobs.attempts(of: first.run).map(\.number) == [1, 2])
            #expect(try await cluster.jobs.job(job)?.status == .finished)
        }
    }

    @Test("A run that uses up its retries fails, and only then the job turns `error`")
    func retriesUsedUp() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("0 * * * *") {
                $0.retry = RetryPolicy(max: 1, backoffSeconds: 0, jitter: 0)
            }
            cluster.wallClock.now = Instant.monday(1).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next(), .exited(1))
            node.executor.end(try await node.executor.next(), .timedOut)
            let run = try #require(try await cluster.endOfRun(job, at: .monday(1)))
            #expect((run.state, run.attempt, run.failures) == (.timedOut, 2, 2))
            #expect(try await cluster.jobs.job(job)?.status == .error)
        }
    }

    @Test("A cancelled run is ended, says who ended it, and is not retried")
    func cancel() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("0 * * * *") { $0.retry.max = 5 }
            cluster.wallClock.now = Instant.monday(1).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            _ = try await cluster.jobs.cancel(order.run)
            let run = try #require(try await cluster.endOfRun(job, at: .monday(1)))
            #expect((run.state, run.reason) == (.cancelled, .requested))
            let error = await #expect(throws: JobStoreError.self) { try await cluster.jobs.cancel(order.run) }
            #expect(error?.code == .ended)
            #expect(try await cluster.jobs.job(job)?.status == .scheduled)
        }
    }

    @Test("With `replace` the old run is ended before the new one starts, and both say so")
    func replace() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *") { $0.concurrency = .replace }
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            _ = try await node.executor.next()
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            // The executor ends the first when it is cancelled; only then the second is ordered.
            let second = try await node.executor.next()
            #expect(second.run.scheduledAt == .monday(0, 2))
            let old = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
            #expect((old.state, old.reason) == (.cancelled, .replaced))
            node.executor.end(second)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.state == .succeeded)
        }
    }

    @Test("With `queue` runs of one job follow one another in the order of their instants")
    func queue() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *") { $0.concurrency = .queue }
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            var order = try await node.executor.next()
            for minute in Int64(2)...4 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                _ = try await cluster.run(RunID(job: job, scheduledAt: .monday(0, minute))) { $0.state == .pending }
            }
            for minute in Int64(2)...4 {
                node.executor.end(order)
                order = try await node.executor.next()
                #expect(order.run.scheduledAt == .monday(0, minute))
            }
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 4))?.state == .succeeded)
        }
    }

    @Test("A paused job stays silent, and resuming it catches nothing up")
    func pause() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            let neighbour = try await cluster.addJob("* * * * *")
            let paused = try await cluster.jobs.pause(job, Pause(reason: "migration"))
            #expect((paused.status, paused.version.number) == (.scheduled, 2))
            for minute in Int64(1)...3 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                let order = try await node.executor.next()
                #expect(order.run.job == neighbour)
                node.executor.end(order)
                _ = try await cluster.endOfRun(neighbour, at: .monday(0, minute))
            }
            cluster.wallClock.now = Instant.monday(0, 3, 30).date
            _ = try await cluster.jobs.resume(job)
            cluster.wallClock.now = Instant.monday(0, 4).date
            node.scheduler.wake()
            for _ in 0..<2 { node.executor.end(try await node.executor.next()) }
            #expect(try await cluster.endOfRun(job, at: .monday(0, 4), isPatient: true)?.state == .succeeded)
            #expect(try await cluster.jobs.runs(matching: RunFilter(job: job)).count == 1)
            let gap = try #require(try await cluster.jobs.gaps(of: job).first)
            #expect((gap.reason, gap.first, gap.last, gap.count) == (.paused, .monday(0, 1), .monday(0, 3), 3))
        }
    }

    @Test("An edited job fires by its new schedule from the answer on, and by the old one never again (V12)")
    func edit() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("5 * * * *")
            let edited = try await cluster.jobs.update(job) { job in
                var request = JobRequest(job)
                request.schedule = "7 * * * *"
                request.environment = ["WHO": "me"]
                return request
            }
            #expect(edited.version.number == 2)
            cluster.wallClock.now = Instant.monday(0, 7).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            #expect((order.run.scheduledAt, order.environment) == (.monday(0, 7), ["WHO": "me"]))
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 7))?.version == 2)
            #expect(try await cluster.jobs.runs(matching: RunFilter(job: job)).count == 1)
        }
    }

    @Test("A job with `max_runs` is finished after the last of them")
    func maxRuns() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *") { $0.maxRuns = 2 }
            for minute in Int64(1)...2 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                node.executor.end(try await node.executor.next())
                _ = try await cluster.endOfRun(job, at: .monday(0, minute))
            }
            #expect(try await cluster.jobs.job(job)?.status == .finished)
        }
    }

    @Test("Runs that a worker left behind long ago are adopted, though nothing but the ledger knows of it")
    func forgottenWorker() async throws {
        let cluster = TestCluster()
        let job = try await cluster.addJob("* * * * *")
        // A worker of an earlier life of this program, whose queue and session are gone without a trace.
        let slot = try #require(try await cluster.jobs.job(job)).slot
        let token = LeaderToken(incarnation: 0, sequence: 1)
        let owned = try #require(try await cluster.store.assign([slot: .three], token: token).first)
        cluster.wallClock.now = Instant.monday(0, 1).date
        let id = RunID(job: job, scheduledAt: .monday(0, 1))
        var claim = SlotClaim(
            slot: slot,
            worker: .three,
            epoch: owned.epoch,
            revision: owned.revision,
            from: owned.accountedUntil,
            to: .monday(0, 1)
        )
        claim.runs = [Run(id: id, version: 1, state: .claimed, attempt: 1, worker: .three, epoch: owned.epoch)]
        #expect(try await cluster.store.claim([claim]) == [.committed])
        // Its slot went to yet another that died before it could adopt anything.
        _ = try await cluster.store.assign([slot: .two], token: token)
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let order = try await node.executor.next()
            #expect((order.run, order.attempt) == (id, 2))
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
        }
    }
}
