import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

/// A journal that accepts nothing any more once it is told to, or not until it is told to.
private final class MortalJournal: WorkerJournal {
    private let journal: InMemoryWorkerJournal
    private let isDead = Lock(false)
    private let isFull = Lock(false)
    private let refused = AsyncStream.makeStream(of: Void.self)

    init(_ wallClock: any WallClock) { self.journal = InMemoryWorkerJournal(wallClock: wallClock) }

    func die() { self.isDead.withLock { $0 = true } }

    func fill(_ isFull: Bool) { self.isFull.withLock { $0 = isFull } }

    /// Waits for the next write that is refused.
    func nextRefusal() async {
        for await _ in self.refused.stream { return }
    }

    func append(_ entries: [WorkerJournalEntry]) async throws {
        if self.isDead.withLock({ $0 }) {
            self.refused.continuation.yield()
            throw JournalError(.failed, message: "/journal: no space left on device")
        }
        if self.isFull.withLock({ $0 }) {
            self.refused.continuation.yield()
            throw JournalError(.unusable, message: "/journal: no space left on device")
        }
        try await self.journal.append(entries)
    }

    func entries() async throws -> [WorkerJournalEntry] { try await self.journal.entries() }
}

@Suite("A worker whose journal has failed for good", .timeLimit(.minutes(5)))
struct JournalLossTests {
    /// Runs a worker to its end.
    private func end(of worker: Worker) async throws -> JournalError? {
        do {
            try await worker.run()
            return nil
        } catch let error as JournalError {
            return error
        }
    }

    /// Without its journal a worker may claim nothing: it must not keep its slots from those who may, and what it runs is
    /// none the worse for it.
    @Test("It lets what runs end, records that, and leaves its slots to others")
    func leaves() async throws {
        let cluster = TestCluster()
        let journal = MortalJournal(cluster.wallClock)
        let (first, second) = (cluster.node(.one, journal: journal), cluster.node(.two))
        try await cluster.running(cluster.manager()) {
            let job = try await cluster.addJob("* * * * *") { $0.concurrency = .allow }
            try await withThrowingTaskGroup(of: JournalError?.self) { group in
                group.addTask { try await self.end(of: first.worker) }
                cluster.wallClock.now = Instant.monday(0, 1).date
                first.scheduler.wake()
                let order = try await first.executor.next()
                journal.die()
                cluster.wallClock.now = Instant.monday(0, 2).date
                first.scheduler.wake()
                await journal.nextRefusal()
                first.executor.end(order, .exited(3))
                let error = try await group.next() ?? nil
                #expect(error?.code == .failed)
            }
            let run = try await cluster.jobs.run(RunID(job: job, scheduledAt: .monday(0, 1)))
            #expect((run?.state, run?.exitCode) == (.failed, 3))
            try await cluster.running(second.worker) {
                let order = try await second.executor.next()
                #expect(order.run.scheduledAt == .monday(0, 2))
                second.executor.end(order)
                #expect(try await cluster.endOfRun(job, at: .monday(0, 2))?.worker == .two)
            }
        }
    }

    /// What never ends by itself must not keep the slots either.
    @Test("It ends what still runs when the drain time-out is over, as after a graceful shutdown")
    func drains() async throws {
        let cluster = TestCluster()
        let journal = MortalJournal(cluster.wallClock)
        let node = cluster.node(.one, drainTimeout: .milliseconds(1), journal: journal)
        try await cluster.running(cluster.manager()) {
            _ = try await cluster.addJob("* * * * *") { $0.concurrency = .allow }
            try await withThrowingTaskGroup(of: JournalError?.self) { group in
                group.addTask { try await self.end(of: node.worker) }
                cluster.wallClock.now = Instant.monday(0, 1).date
                node.scheduler.wake()
                _ = try await node.executor.next()
                journal.die()
                cluster.wallClock.now = Instant.monday(0, 2).date
                node.scheduler.wake()
                let error = try await group.next() ?? nil
                #expect(error?.message == "/journal: no space left on device")
            }
        }
    }

    /// A node with a full disk whose worker is started again and again must not be given slots each time.
    @Test("It takes no work before something can be written down, and does then")
    func waits() async throws {
        let cluster = TestCluster()
        let journal = MortalJournal(cluster.wallClock)
        journal.fill(true)
        let node = cluster.node(.one, journal: journal)
        try await cluster.running(cluster.manager(), node.worker) {
            let job = try await cluster.addJob("* * * * *")
            await journal.nextRefusal()
            await journal.nextRefusal()
            #expect(try await cluster.store.slots().allSatisfy { $0.worker == nil })
            cluster.wallClock.now = Instant.monday(0, 1).date
            journal.fill(false)
            let order = try await node.executor.next()
            #expect(order.run == RunID(job: job, scheduledAt: .monday(0, 1)))
            node.executor.end(order)
        }
    }
}
