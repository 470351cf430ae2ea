import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

/// A journal that can be told to fail.
private final class FragileJournal: WorkerJournal {
    private let journal: InMemoryWorkerJournal
    private let failures = Lock<(isBroken: Bool, count: Int)>((false, 0))
    private let failed = AsyncStream.makeStream(of: Void.self)

    init(_ wallClock: any WallClock) { self.journal = InMemoryWorkerJournal(wallClock: wallClock) }

    func set(isBroken: Bool) { self.failures.withLock { $0.isBroken = isBroken } }

    /// Waits for the next write that fails.
    func nextFailure() async {
        for await _ in self.failed.stream { return }
    }

    func append(_ entries: [WorkerJournalEntry]) async throws {
        if self.failures.withLock({ $0.isBroken }) {
            self.failed.continuation.yield()
            throw CocoaError(.fileWriteOutOfSpace)
        }
        try await self.journal.append(entries)
    }

    func entries() async throws -> [WorkerJournalEntry] { try await self.journal.entries() }
}

@Suite("A store that forgets what it acknowledged", .timeLimit(.minutes(5)))
struct ForgetfulStoreTests {
    private func recovery(_ policy: RecoveryPolicy) -> (inout JobPolicies) -> Void {
        { $0.recovery = policy }
    }

    /// A cluster, and its store.
    private func cluster() throws -> (TestCluster, InMemoryJobStore) {
        let cluster = TestCluster()
        return (cluster, try #require(cluster.store as? InMemoryJobStore))
    }

    @Test(
        "A run that is under way is not launched again, and the ledger is whole again",
        arguments: [RecoveryPolicy.atMostOnce, .rerun]
    )
    func forgottenClaim(policy: RecoveryPolicy) async throws {
        let (cluster, store) = try self.cluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *", self.recovery(policy))
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next())
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
            let copy = store.copy()
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            store.revert(to: copy)
            cluster.wallClock.now = Instant.monday(0, 3).date
            node.scheduler.wake()
            // The second minute's run is back and still under way, so the third minute's overlaps it.
            let overlapping = try #require(try await cluster.endOfRun(job, at: .monday(0, 3), isPatient: true))
            #expect((overlapping.state, overlapping.reason) == (.skipped, .overlap))
            let restored = try #require(try await cluster.jobs.run(order.run))
            #expect((restored.state, restored.attempt, restored.worker) == (.starting, 1, .one))
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.state == .succeeded)
            cluster.wallClock.now = Instant.monday(0, 4).date
            node.scheduler.wake()
            let next = try await node.executor.next()
            #expect((next.run.scheduledAt, next.attempt) == (.monday(0, 4), 1))
            node.executor.end(next)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 4))?.state == .succeeded)
            let states = try await cluster.jobs.runs(matching: RunFilter(job: job)).map(\.state)
            #expect(states == [.succeeded, .skipped, .succeeded, .succeeded])
            #expect(try await store.attempts(of: order.run).count == 1)
        }
    }

    @Test("An end that was recorded and forgotten is recorded again, with its attempt")
    func forgottenEnd() async throws {
        let (cluster, store) = try self.cluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *") {
                $0.recovery = .atMostOnce
                $0.concurrency = .allow
            }
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            let copy = store.copy()
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
            store.revert(to: copy)
            // Something makes the worker look at the slot.
            let manual = try await cluster.jobs.run(job)
            #expect(try await cluster.run(order.run, once: { $0.state.isTerminal }).state == .succeeded)
            #expect(try await store.attempts(of: order.run).count == 1)
            let next = try await node.executor.next()
            #expect(next.run == manual.id)
            node.executor.end(next)
            #expect(try await cluster.jobs.awaitEnd(of: manual.id, atMost: .seconds(30))?.state == .succeeded)
        }
    }

    @Test("An end that is forgotten in a slot that has moved on is recorded again by whoever made the attempt")
    func forgottenEndElsewhere() async throws {
        let (cluster, store) = try self.cluster()
        let (one, two) = (cluster.node(.one, sweep: .milliseconds(20)), cluster.node(.two))
        try await cluster.running(cluster.manager(), one.worker) {
            // The upper half of the slots is the second worker's share.
            var job: Job
            repeat {
                job = try await cluster.jobs.create(JobRequest(schedule: "0 0 1 1 *", executable: .command("true")))
            } while job.slot.index < 4
            _ = try await cluster.jobs.run(job.id)
            let order = try await one.executor.next()
            try await cluster.running(two.worker) {
                while try await store.slots()[job.slot.index].worker != .two {
                    try await ContinuousClock().sleep(for: .milliseconds(5))
                }
                let copy = store.copy()
                one.executor.end(order)
                #expect(try await cluster.jobs.awaitEnd(of: order.run, atMost: .seconds(30))?.state == .succeeded)
                store.revert(to: copy)
                #expect(try await cluster.run(order.run, once: { $0.state.isTerminal }).state == .succeeded)
                #expect(try await store.attempts(of: order.run).count == 1)
            }
        }
    }

    /// What is in the journal has a task too, which the slot's next owner is handed: this claim has neither.
    @Test("What waits for the journal and is forgotten is not launched when its slot is another worker's")
    func forgottenClaimElsewhere() async throws {
        let (cluster, store) = try self.cluster()
        let journal = FragileJournal(cluster.wallClock)
        let (one, two) = (cluster.node(.one, capacity: 1, journal: journal), cluster.node(.two))
        try await cluster.running(cluster.manager(), one.worker) {
            let stays = try await self.addJob("0 0 1 1 *", inUpperHalf: false, of: cluster)
            let moves = try await self.addJob("* * * * *", inUpperHalf: true, of: cluster)
            _ = try await cluster.jobs.run(stays)
            let running = try await one.executor.next()
            journal.set(isBroken: true)
            let copy = store.copy()
            cluster.wallClock.now = Instant.monday(0, 1).date
            one.scheduler.wake()
            let run = RunID(job: moves, scheduledAt: .monday(0, 1))
            let claimed = try await cluster.run(run) { _ in true }
            #expect(claimed.worker == .one)
            store.revert(to: copy)
            try await cluster.running(two.worker) {
                let order = try await two.executor.next()
                #expect(order.run == run)
                two.executor.end(order)
                _ = try await cluster.endOfRun(moves, at: .monday(0, 1))
                journal.set(isBroken: false)
                one.executor.end(running)
                // The next that the first one launches is what is its own.
                let manual = try await cluster.jobs.run(stays)
                let next = try await one.executor.next()
                #expect(next.run == manual.id)
                one.executor.end(next)
            }
            let attempts = try await store.attempts(of: run)
            #expect(attempts.map(\.worker) == [.two])
        }
    }

    /// Creates a job that may run again and beside itself, in a half of the slots: the upper one is a second worker's share.
    private func addJob(_ schedule: String, inUpperHalf: Bool, of cluster: TestCluster) async throws -> JobID {
        var request = JobRequest(schedule: schedule, executable: .command("true"))
        request.policies.recovery = .rerun
        request.policies.concurrency = .allow
        while true {
            let job = try await cluster.jobs.create(request)
            if (job.slot.index >= 4) == inUpperHalf { return job.id }
            _ = try await cluster.jobs.remove(job.id)
        }
    }

    @Test(
        "An epoch that a worker may have been told is not given again, though the leader did not hear that it was told"
    )
    func forgottenAssignment() async throws {
        let (cluster, store) = try self.cluster()
        let session = FlakySession(cluster.ensemble.session())
        session.losesAnswers = true
        let worker = cluster.ensemble.session()
        try await worker.register(WorkerDescription(id: .one, host: "host", capacity: 1))
        try await cluster.queue.open(.one)
        let copy = store.copy()
        try await cluster.running(cluster.manager(session: session)) {
            var told: [SlotID: Epoch] = [:]
            for await assignment in worker.assignments(for: .one) where !assignment.slots.isEmpty {
                told = assignment.slots
                break
            }
            store.revert(to: copy)
            // As on another server, whose clock is behind.
            cluster.wallClock.now -= 60
            session.losesAnswers = false
            try await worker.signalChange()
            while try await !store.slots().allSatisfy({ $0.epoch > told[$0.id] ?? $0.epoch }) {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            #expect(try await store.slots().allSatisfy { $0.worker == .one })
        }
    }

    @Test("A version that ended with its last run ends there again, so that no instant is left between")
    func forgottenVersionEnd() async throws {
        let (cluster, store) = try self.cluster()
        let node = cluster.node(.one, sweep: .milliseconds(20))
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *") { $0.maxRuns = 1 }
            let copy = store.copy()
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next())
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
            #expect(try await store.job(job)?.version.effectiveTo == .monday(0, 1, 1))
            cluster.wallClock.now = Instant.monday(0, 5).date
            store.revert(to: copy)
            while try await store.run(RunID(job: job, scheduledAt: .monday(0, 1)))?.state.isTerminal != true {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            #expect(try await store.job(job)?.version.effectiveTo == .monday(0, 1, 1))
            #expect(try await store.runs(of: job, before: nil, limit: 10).count == 1)
        }
    }

    @Test("A job whose creation was forgotten fires no more, and one that takes its place does")
    func forgottenJob() async throws {
        let (cluster, store) = try self.cluster()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let first = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next())
            _ = try await cluster.endOfRun(first, at: .monday(0, 1))
            let copy = store.copy()
            // Two jobs in the same slot, the one after the other: the worker knows the first, the store the second.
            let slot = try #require(try await store.job(first)).slot
            let forgotten = try await self.addJob(in: slot, store, 1_000)
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            var orders = [try await node.executor.next(), try await node.executor.next()]
            #expect(Set(orders.map(\.run.job)) == [first, forgotten])
            for order in orders { node.executor.end(order) }
            for job in [first, forgotten] { _ = try await cluster.endOfRun(job, at: .monday(0, 2)) }
            store.revert(to: copy)
            let second = try await self.addJob(in: slot, store, 2_000)
            cluster.wallClock.now = Instant.monday(0, 3).date
            node.scheduler.wake()
            orders = [try await node.executor.next(), try await node.executor.next()]
            #expect(Set(orders.map(\.run)) == Set([first, second].map { RunID(job: $0, scheduledAt: .monday(0, 3)) }))
            for order in orders { node.executor.end(order) }
            #expect(try await cluster.endOfRun(first, at: .monday(0, 3))?.state == .succeeded)
            #expect(try await store.run(RunID(job: first, scheduledAt: .monday(0, 2)))?.state == .succeeded)
            #expect(try await store.job(forgotten) == nil)
        }
    }

    /// Creates a job that hashes to a slot.
    private func addJob(in slot: SlotID, _ store: InMemoryJobStore, _ start: Int) async throws -> JobID {
        let count = try await store.cluster().slotCount
        var number = start
        while SlotID(of: .test(number), count: count) != slot { number += 1 }
        return try await store.createJob(
            JobDraft(id: .test(number), definition: try .command("* * * * *")),
            idempotency: nil
        ).job.id
    }

    @Test("An assignment that was forgotten is made again under a higher epoch")
    func unheardAssignment() async throws {
        let (cluster, store) = try self.cluster()
        let copy = store.copy()
        let node = cluster.node(.one)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            let told = order.fence >> 16
            store.revert(to: copy)
            // A new job makes the leader look.
            let other = try await cluster.addJob("* * * * *")
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            let next = try await node.executor.next()
            #expect(next.run.job == other)
            #expect(next.fence >> 16 > told)
            #expect(try await store.slots().allSatisfy { $0.epoch.rawValue > told })
            #expect(try await store.job(job) == nil)
            node.executor.end(order)
            node.executor.end(next)
            #expect(try await cluster.jobs.awaitEnd(of: next.run, atMost: .seconds(30))?.state == .succeeded)
        }
    }

    @Test("Nothing starts before the journal has it, and what waited for that starts then")
    func brokenJournal() async throws {
        let (cluster, store) = try self.cluster()
        let journal = FragileJournal(cluster.wallClock)
        let node = cluster.node(.one, sweep: .milliseconds(20), journal: journal)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *", self.recovery(.atMostOnce))
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            node.executor.end(try await node.executor.next())
            _ = try await cluster.endOfRun(job, at: .monday(0, 1))
            journal.set(isBroken: true)
            cluster.wallClock.now = Instant.monday(0, 2).date
            node.scheduler.wake()
            for _ in 0..<3 { await journal.nextFailure() }
            let claimed = try await cluster.run(RunID(job: job, scheduledAt: .monday(0, 2))) { _ in true }
            #expect(claimed.state == .claimed)
            cluster.wallClock.now = Instant.monday(0, 3).date
            node.scheduler.wake()
            for _ in 0..<3 { await journal.nextFailure() }
            #expect(try await store.run(RunID(job: job, scheduledAt: .monday(0, 3))) == nil, "nothing is claimed")
            journal.set(isBroken: false)
            let order = try await node.executor.next()
            #expect((order.run.scheduledAt, order.attempt) == (.monday(0, 2), 1))
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.state == .succeeded)
        }
    }

    @Test("An end that could not be written down is, as soon as it can be, so that it may be forgotten after that")
    func unwrittenEnd() async throws {
        let (cluster, store) = try self.cluster()
        let journal = FragileJournal(cluster.wallClock)
        let node = cluster.node(.one, sweep: .milliseconds(20), journal: journal)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *", self.recovery(.atMostOnce))
            cluster.wallClock.now = Instant.monday(0, 1).date
            node.scheduler.wake()
            let order = try await node.executor.next()
            let copy = store.copy()
            journal.set(isBroken: true)
            node.executor.end(order)
            #expect(try await cluster.endOfRun(job, at: .monday(0, 1))?.state == .succeeded)
            // The recorder's own try, and one more.
            for _ in 0..<2 { await journal.nextFailure() }
            journal.set(isBroken: false)
            store.revert(to: copy)
            #expect(try await cluster.run(order.run, once: { $0.state.isTerminal }).state == .succeeded)
            #expect(try await store.attempts(of: order.run).count == 1)
        }
    }

    @Test("What ended while the store could not be told is recorded by the node's next worker, and not run again")
    func resultOfAPredecessor() async throws {
        let (cluster, store) = try self.cluster()
        let journal = InMemoryWorkerJournal(wallClock: cluster.wallClock)
        let first = cluster.node(.one, journal: journal)
        let started = Lock<RunID?>(nil)
        try await cluster.running(cluster.manager()) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await first.worker.run() }
                _ = try await cluster.addJob("* * * * *", self.recovery(.rerun))
                cluster.wallClock.now = Instant.monday(0, 1).date
                first.scheduler.wake()
                let order = try await first.executor.next()
                started.withLock { $0 = order.run }
                // What is cut off now says nothing of its attempt.
                first.session.expire()
                try await group.waitForAll()
            }
        }
        let run = try #require(started.withLock { $0 })
        let left = try #require(try await store.run(run))
        try #require(!left.state.isTerminal)
        let attempt = Attempt(
            run: run,
            number: 1,
            worker: .one,
            epoch: left.epoch,
            report: AttemptReport(outcome: .exited(7), startedAt: nil, finishedAt: cluster.wallClock.now)
        )
        try await journal.append([WorkerJournalEntry(date: cluster.wallClock.now, fact: .ended(attempt))])
        let second = cluster.node(.two, journal: journal)
        try await cluster.running(cluster.manager("m-2"), second.worker) {
            let recorded = try await cluster.run(run) { $0.state.isTerminal }
            #expect((recorded.state, recorded.exitCode, recorded.attempt) == (.failed, 7, 1))
        }
    }

    @Test("A claim that both its task and the node's journal tell of comes back as it was, gaps and all")
    func forgottenClaimWithGaps() async throws {
        let (cluster, store) = try self.cluster()
        let journal = InMemoryWorkerJournal(wallClock: cluster.wallClock)
        let (first, second) = (cluster.node(.one, journal: journal), cluster.node(.two, journal: journal))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *", self.recovery(.atMostOnce))
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            first.executor.end(try await first.executor.next())
            _ = try await cluster.endOfRun(job, at: .monday(0, 1))
            let copy = store.copy()
            cluster.wallClock.now = (Instant.monday(0, 10) + 30).date
            first.scheduler.wake()
            let order = try await first.executor.next()
            #expect(order.run.scheduledAt == .monday(0, 10))
            while try await cluster.queue.pendingTasks(for: .one).isEmpty {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            let gaps = try await store.gaps(of: job, limit: 10)
            #expect(gaps.map(\.count) == [8])
            store.revert(to: copy)
            first.session.expire()
            try await cluster.running(second.worker) {
                #expect(try await cluster.endOfRun(job, at: .monday(0, 10), isPatient: true)?.state == .lost)
                #expect(try await store.gaps(of: job, limit: 10) == gaps)
                let runs = try await store.runs(of: job, before: nil, limit: 20).map(\.id.scheduledAt)
                #expect(runs == [.monday(0, 10), .monday(0, 1)])
            }
        }
    }

    @Test(
        "A dead worker's claim that the store forgot comes back from its task, and is adopted",
        arguments: [RecoveryPolicy.atMostOnce, .rerun]
    )
    func forgottenClaimOfTheDead(policy: RecoveryPolicy) async throws {
        let (cluster, store) = try self.cluster()
        let (first, second) = (cluster.node(.one), cluster.node(.two))
        try await cluster.running(cluster.manager(), first.worker) {
            let job = try await cluster.addJob("* * * * *", self.recovery(policy))
            cluster.wallClock.now = Instant.monday(0, 1).date
            first.scheduler.wake()
            first.executor.end(try await first.executor.next())
            _ = try await cluster.endOfRun(job, at: .monday(0, 1))
            let copy = store.copy()
            cluster.wallClock.now = Instant.monday(0, 2).date
            first.scheduler.wake()
            let order = try await first.executor.next()
            // Its task is in the queue.
            while try await cluster.queue.pendingTasks(for: .one).isEmpty {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            store.revert(to: copy)
            first.session.expire()
            try await cluster.running(second.worker) {
                if policy == .rerun {
                    let again = try await second.executor.next()
                    #expect((again.run, again.attempt) == (order.run, 2))
                    second.executor.end(again)
                    #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.state == .succeeded)
                } else {
                    let lost = try await cluster.endOfRun(job, at: .monday(0, 2), isPatient: true)
                    #expect((lost?.state, lost?.attempt) == (.lost, 1))
                }
                cluster.wallClock.now = Instant.monday(0, 3).date
                second.scheduler.wake()
                let next = try await second.executor.next()
                #expect(next.run.scheduledAt == .monday(0, 3))
            }
        }
    }
}
