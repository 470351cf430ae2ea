import DistributedCron
import DistributedCronTesting
import Foundation
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@Suite("Manager and workers on in-memory backends", .timeLimit(.minutes(5)))
struct ClusterTests {
    @Test("A job fires at its minute, its end is recorded, and only then its task is consumed")
    func firesAtItsMinute() async throws {
        var cluster = TestCluster()
        let queue = WitnessQueue(cluster.store)
        cluster.queue = queue
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) { [cluster] in
            let job = try await cluster.addJob("*/5 * * * *")
            cluster.wallClock.now = Instant.monday(0, 5, 1).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            #expect((order.run.scheduledAt, order.attempt) == (.monday(0, 5), 1))
            #expect(order.executable == .command("true"))
            #expect(order.fence & 0xFFFF == 1 && order.fence >> 16 > 0, "the attempt, and above it the epoch")
            node.executor.end(order)
            let run = try #require(try await cluster.endOfRun(job, at: .monday(0, 5)))
            #expect((run.state, run.worker, run.exitCode) == (.succeeded, .one, 0))
            #expect(await queue.nextCompletion() == [.succeeded])
            #expect(try await cluster.jobs.job(job)?.status == .scheduled)
        }
    }

    @Test("A failing job turns `error`, and returns to `scheduled` at its next success")
    func failureAndSuccess() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            for (minute, outcome, status) in [
                (Int64(1), AttemptOutcome.exited(3), JobStatus.error), (2, .exited(0), .scheduled),
                (3, .signaled(9), .error), (4, .timedOut, .error), (5, .exited(0), .scheduled),
            ] {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                node.executor.end(try await node.executor.next(), outcome)
                let run = try #require(try await cluster.endOfRun(job, at: .monday(0, minute)))
                #expect(run.state == outcome.runState)
                #expect(try await cluster.jobs.job(job)?.status == status)
            }
        }
    }

    @Test("A one-shot turns `finished` after its run, and a manual run starts at once")
    func oneShotAndManual() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("@at 2026-03-02T00:10:00Z")
            let manual = try await cluster.jobs.run(job)
            node.executor.end(try await node.executor.next())
            #expect(try await cluster.jobs.awaitEnd(of: manual.id, atMost: .seconds(30))?.state == .succeeded)
            #expect(try await cluster.jobs.job(job)?.status == .scheduled)
            cluster.wallClock.now = Instant.monday(0, 10).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next())
            #expect(try await cluster.endOfRun(job, at: .monday(0, 10))?.state == .succeeded)
            #expect(try await cluster.jobs.job(job)?.status == .finished)
        }
    }

    @Test("A removed job is finished and silent, while its neighbours fire on")
    func removal() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let removed = try await cluster.addJob("* * * * *")
            let kept = try await cluster.addJob("* * * * *")
            #expect(try await cluster.jobs.remove(removed)?.status == .finished)
            for minute in Int64(1)...3 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                let order = try await node.executor.next()
                #expect(order.run.job == kept)
                node.executor.end(order)
                _ = try await cluster.endOfRun(kept, at: .monday(0, minute))
            }
            #expect(try await cluster.jobs.runs(matching: RunFilter(job: removed)).isEmpty)
        }
    }

    @Test("When a worker is lost, its attempt is ended and another worker runs it again under a higher fence")
    func workerLoss() async throws {
        let cluster = TestCluster()
        let (first, second) = (cluster.node(.one), cluster.node(.two))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            let lost = try await first.executor.next()
            first.session.expire()
            try await cluster.running(second.worker) {
                let adopted = try await second.executor.next()
                #expect((adopted.run, adopted.attempt) == (lost.run, 2))
                #expect(adopted.fence > lost.fence)
                second.executor.end(adopted)
                let run = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
                #expect((run.state, run.worker, run.attempt) == (.succeeded, .two, 2))
                // What comes later is the new owner's.
                cluster.wallClock.now = Instant.monday(0, 2).date
                second.scheduler.wake()
                let next = try await second.executor.next()
                #expect(next.run.scheduledAt == .monday(0, 2))
            }
        }
    }

    @Test("Slots are shared between workers, and a job fires on exactly one of them")
    func twoWorkers() async throws {
        let cluster = TestCluster()
        let first = cluster.node(.one)
        let second = cluster.node(.two, executor: first.executor)
        try await cluster.running(cluster.manager(), first.worker, second.worker) {
            var jobs: [JobID] = []
            for _ in 0..<40 { jobs.append(try await cluster.addJob("* * * * *")) }
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            second.scheduler.wake()
            for _ in jobs { first.executor.end(try await first.executor.next()) }
            var workers: Set<WorkerID?> = []
            for job in jobs {
                let run = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
                #expect(run.state == .succeeded)
                #expect(try await cluster.jobs.runs(matching: RunFilter(job: job)).count == 1)
                workers.insert(run.worker)
            }
            #expect(workers == [.one, .two])
        }
    }

    @Test("A worker whose queue is full claims no more until runs have ended, and then everything", arguments: [1, 3])
    func fullQueue(limit: Int) async throws {
        let cluster = TestCluster(queueLimit: limit)
        let node = cluster.node(.one, sweep: .milliseconds(10))
        try await cluster.running(cluster.manager(), node.worker) {
            var jobs: [JobID] = []
            // What has ended in the ledger may be in progress for its worker for a moment.
            for _ in 0..<20 { jobs.append(try await cluster.addJob("* * * * *") { $0.concurrency = .allow }) }
            for minute in Int64(1)...3 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                for _ in jobs { node.executor.end(try await node.executor.next()) }
                for job in jobs {
                    #expect(try await cluster.endOfRun(job, at: .monday(0, minute))?.state == .succeeded)
                }
            }
        }
    }

    @Test("A worker whose claims find no room in its queue settles what others have put there")
    func fullQueueOfOthers() async throws {
        let cluster = TestCluster(queueLimit: 1)
        let node = cluster.node(.one, capacity: 64, sweep: .milliseconds(10))
        try await cluster.running(cluster.manager(), node.worker) {
            // In two slots, once both are known to the worker: their tasks come together, and two never fit.
            let count = try await cluster.store.slots().count
            var jobs: [JobID] = []
            while Set(jobs.map { SlotID(of: $0, count: count) }).count < 2 {
                jobs.append(try await cluster.addJob("* * * * *") { $0.concurrency = .allow })
            }
            var orders: [AttemptOrder] = []
            for minute in Int64(1)...2 {
                for order in orders { node.executor.end(order) }
                for job in jobs where minute > 1 { _ = try await cluster.endOfRun(job, at: .monday(0, minute - 1)) }
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                orders.removeAll()
                for _ in jobs { orders.append(try await node.executor.next()) }
            }
            let slot = try #require(try await cluster.store.slots().first)
            while (try? await cluster.queue.enqueue(
                [.sync(slot: slot.id, epoch: slot.epoch, revision: .zero)],
                for: .one
            ))
                == nil
            {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            while try await !cluster.queue.pendingTasks(for: .one).isEmpty {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            for order in orders { node.executor.end(order) }
            for job in jobs { #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.state == .succeeded) }
        }
    }

    @Test("A second manager leads when the first is gone, and work goes on")
    func managerLoss() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        let session = cluster.ensemble.session()
        try await cluster.running(cluster.manager("m-1", session: session), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            _ = try await cluster.jobs.run(job)
            node.executor.end(try await node.executor.next())
            session.expire()
            try await cluster.running(cluster.manager("m-2")) {
                let other = try await cluster.addJob("* * * * *")
                _ = try await cluster.jobs.run(other)
                let order = try await node.executor.next()
                #expect(order.run.job == other)
                node.executor.end(order)
            }
        }
    }

    @Test("What changed while nobody led is found by the next leader")
    func changeBetweenLeaders() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        let session = cluster.ensemble.session()
        try await cluster.running(cluster.manager("m-1", session: session), node.worker) {
            let job = try await cluster.addJob("0 0 1 1 *")
            _ = try await cluster.jobs.run(job)
            node.executor.end(try await node.executor.next())
            session.expire()
            let other = try await cluster.addJob("0 0 1 1 *")
            _ = try await cluster.jobs.run(other)
            try await cluster.running(cluster.manager("m-2")) {
                let order = try await node.executor.next()
                #expect(order.run.job == other)
                node.executor.end(order)
            }
        }
    }

    @Test("A run that a live worker ends after its slot has moved on does not keep the job from running again")
    func slotMovesDuringARun() async throws {
        let cluster = TestCluster(slotCount: 1)
        let (first, second) = (cluster.node(.two), cluster.node(.one))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            let running = try await first.executor.next()
            let slot = try #require(try await cluster.store.slots().first)
            let token = LeaderToken(incarnation: 1, sequence: 99)
            try await cluster.running(second.worker) {
                // As a leader would that moves the slot to the other worker.
                for await members in cluster.ensemble.session().members() where members.count == 2 { break }
                let moved = try await cluster.store.assign([slot.id: .one], token: token)
                let session = cluster.ensemble.session()
                try await session.publish(Assignment(token: token, slots: [:]), for: .two)
                try await session.publish(Assignment(token: token, slots: [slot.id: moved[0].epoch]), for: .one)
                cluster.wallClock.now = Instant.monday(0, 2).date
                second.scheduler.wake()
                #expect(try await cluster.endOfRun(job, at: .monday(0, 2), isPatient: true)?.reason == .overlap)
                first.executor.end(running)
                #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
                cluster.wallClock.now = Instant.monday(0, 3).date
                second.scheduler.wake()
                let next = try await second.executor.next()
                #expect(next.run.scheduledAt == .monday(0, 3))
                second.executor.end(next)
            }
        }
    }

    @Test("A claim whose answer was lost is found in the ledger: its run is launched, once")
    func unknownClaim() async throws {
        let cluster = TestCluster(UncertainJobStore.init)
        let node = cluster.node(.one, sweep: .milliseconds(10))
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            for minute in Int64(1)...2 {
                cluster.wallClock.now = Instant.monday(0, minute).date
                node.scheduler.wake()
                let order = try await node.executor.next()
                #expect((order.run.scheduledAt, order.attempt) == (.monday(0, minute), 1))
                node.executor.end(order)
                #expect(try await cluster.endOfRun(job, at: .monday(0, minute))?.state == .succeeded)
            }
            #expect(try await cluster.jobs.runs(matching: RunFilter(job: job)).count == 2)
            #expect((cluster.store as? UncertainJobStore)?.lostAnswers == ["claim", "record"])
        }
    }

    @Test("An adoption whose answer was lost is found in the ledger, and the run is launched once")
    func unknownAdoption() async throws {
        let cluster = TestCluster(UncertainJobStore.init)
        let (first, second) = (cluster.node(.one), cluster.node(.two, sweep: .milliseconds(10)))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("0 0 1 1 *")
            let manual = try await cluster.jobs.run(job)
            _ = try await first.executor.next()
            first.session.expire()
            try await cluster.running(second.worker) {
                let adopted = try await second.executor.next()
                #expect((adopted.run, adopted.attempt) == (manual.id, 2))
                second.executor.end(adopted)
                let run = try await cluster.jobs.awaitEnd(of: manual.id, atMost: .seconds(30))
                #expect(run?.state == .succeeded && run?.attempt == 2)
                #expect((cluster.store as? UncertainJobStore)?.lostAnswers.contains("adopt") == true)
            }
        }
    }

    @Test(
        "A mark that is written after its answer was given up is the worker's own: the run starts, once",
        .timeLimit(.minutes(1))
    )
    func lateMark() async throws {
        let cluster = TestCluster(UncertainJobStore.init)
        let node = cluster.node(.one, sweep: .milliseconds(10))
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("0 0 1 1 *") { $0.recovery = .atMostOnce }
            let manual = try await cluster.jobs.run(job)
            let order = try await node.executor.next()
            #expect((order.run, order.attempt) == (manual.id, 1))
            node.executor.end(order)
            #expect(try await cluster.jobs.awaitEnd(of: manual.id, atMost: .seconds(30))?.state == .succeeded)
            #expect((cluster.store as? UncertainJobStore)?.lostAnswers.contains("mark") == true)
        }
    }

    @Test("A run that must not start twice is lost with its worker, and the job says so")
    func atMostOnce() async throws {
        let cluster = TestCluster()
        let (first, second) = (cluster.node(.one), cluster.node(.two))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *") { $0.recovery = .atMostOnce }
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            _ = try await first.executor.next()
            first.session.expire()
            try await cluster.running(second.worker) {
                let run = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
                #expect((run.state, run.reason, run.attempt) == (.lost, .workerLost, 1))
                #expect(try await cluster.jobs.job(job)?.status == .error)
            }
        }
    }

    @Test("Graceful shutdown lets what runs end, records it, and leaves no queue behind")
    func gracefulShutdown() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await cluster.manager().run() }
                group.addTask { try await node.worker.run() }
                let job = try await cluster.addJob("* * * * *")
                cluster.wallClock.now = Instant.monday(0, 1).date
                node.scheduler.wake()
                let order = try await node.executor.next()
                trigger.triggerGracefulShutdown()
                node.executor.end(order)
                try await group.waitForAll()
                #expect(try await cluster.jobs.runs(matching: RunFilter(job: job)).map(\.state) == [.succeeded])
                #expect(try await cluster.queue.workers().isEmpty)
            }
        }
    }

    @Test(
        "A worker that is shut down has its slots given to another, and ends what it runs in its own time",
        .timeLimit(.minutes(1))
    )
    func handsOverOnShutdown() async throws {
        let cluster = TestCluster(slotCount: 1)
        let (first, second) = (cluster.node(.one), cluster.node(.two))
        let isTime = Bell()
        try await withThrowingTaskGroup(of: Void.self) { others in
            others.addTask { try? await cluster.manager().run() }
            others.addTask {
                await isTime.wait()
                try? await second.worker.run()
            }
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await first.worker.run() }
                    let job = try await cluster.addJob("* * * * *") { $0.concurrency = .allow }
                    cluster.wallClock.now = Instant.monday(0, 1).date
                    first.scheduler.wake()
                    let running = try await first.executor.next()
                    isTime.ring()
                    for await members in cluster.ensemble.session().members() where members.count == 2 { break }
                    trigger.triggerGracefulShutdown()
                    cluster.wallClock.now = Instant.monday(0, 2).date
                    second.scheduler.wake()
                    // While the first one still runs what it has begun.
                    let next = try await second.executor.next()
                    #expect((next.run.scheduledAt, next.attempt) == (.monday(0, 2), 1))
                    second.executor.end(next)
                    first.executor.end(running)
                    try await group.waitForAll()
                    let run = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
                    #expect((run.state, run.worker, run.attempt) == (.succeeded, .one, 1))
                }
            }
            others.cancelAll()
        }
    }

    @Test(
        "A run whose slot was given to another worker ends when somebody asks for that",
        .timeLimit(.minutes(1))
    )
    func cancelsWhereItRuns() async throws {
        let cluster = TestCluster(slotCount: 1)
        let (first, second) = (cluster.node(.one), cluster.node(.two))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            let running = try await first.executor.next()
            try await cluster.running(second.worker) {
                let operations = cluster.ensemble.session()
                for await members in operations.members() where members.count == 2 { break }
                try await operations.setDraining(true, of: .one)
                for await owned in operations.assignments(for: .two) where !owned.slots.isEmpty { break }
                let run = RunID(job: job, scheduledAt: running.run.scheduledAt)
                _ = try await cluster.jobs.cancel(run)
                let ended = try #require(try await cluster.endOfRun(job, at: .monday(0, 1)))
                #expect((ended.state, ended.reason, ended.worker) == (.cancelled, .requested, .one))
            }
        }
    }

    @Test("A worker that takes the place of one that was asked to drain drains too, until that is taken back")
    func drainIsRemembered() async throws {
        let cluster = TestCluster()
        let memory = DrainMemory()
        let (first, second) = (cluster.node(.one, drainMemory: memory), cluster.node(.two, drainMemory: memory))
        let operations = cluster.ensemble.session()
        let members = operations.members()
        try await cluster.running(first.worker) {
            for await present in members where !present.isEmpty { break }
            try await operations.setDraining(true, of: .one)
            // Nothing tells of that the worker has heard of it.
            while !memory.isAsked { try await ContinuousClock().sleep(for: .milliseconds(5)) }
            first.session.expire()
        }
        for await present in members where present.isEmpty { break }
        #expect(memory.isAsked)
        try await cluster.running(second.worker) {
            let drains = await Self.drains(members)
            #expect(drains == [.asked])
            try await operations.setDraining(false, of: .two)
            while memory.isAsked { try await ContinuousClock().sleep(for: .milliseconds(5)) }
        }
    }

    /// Why the workers drain, once there are any.
    private static func drains(_ members: AsyncStream<[WorkerDescription]>) async -> [DrainReason?] {
        for await present in members where !present.isEmpty { return present.map(\.drain) }
        return []
    }

    @Test("What still runs when the drain is over is ended, and recorded as cancelled by the shutdown")
    func drainTimeout() async throws {
        let cluster = TestCluster()
        let node = cluster.node(.one, drainTimeout: .zero)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await cluster.manager().run() }
                group.addTask { try await node.worker.run() }
                let job = try await cluster.addJob("* * * * *")
                cluster.wallClock.now = Instant.monday(0, 1).date
                node.scheduler.wake()
                _ = try await node.executor.next()
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
                let run = try #require(try await cluster.jobs.runs(matching: RunFilter(job: job)).first)
                #expect((run.state, run.reason) == (.cancelled, .shutdown))
            }
        }
    }
}
