#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// What the promises of a task queue leave open, and where ZooKeeper has limits.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct TaskSequenceTests {
    private let worker = WorkerID(rawValue: "w-1")

    private func task(_ name: String) -> WorkerTask { .adopt(WorkerID(rawValue: name)) }

    @Test("A task that was completed and added again between two looks is delivered again, in its new place")
    func deliversAgain() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let (queue, other) = (try await chroot.taskQueue(), try await chroot.taskQueue())
            try await queue.open(self.worker)
            try await queue.enqueue([self.task("a"), self.task("b")], for: self.worker)
            var stream = try await queue.tasks(for: self.worker).makeAsyncIterator()
            for name in ["a", "b"] { #expect(try await stream.next() == self.task(name)) }
            // By whoever has a session: the consumer sees it in ZooKeeper.
            try await other.complete([self.task("a").id], for: self.worker)
            try await other.enqueue([self.task("c"), self.task("a")], for: self.worker)
            for name in ["c", "a"] { #expect(try await stream.next() == self.task(name)) }
            // What came and went unseen is not delivered, and does no harm.
            try await other.enqueue([self.task("d")], for: self.worker)
            try await other.complete([self.task("d").id], for: self.worker)
            try await other.enqueue([self.task("e")], for: self.worker)
            #expect(try await stream.next() == self.task("e"))
        }
    }

    @Test("A queue that was made anew is another queue")
    func endsWithItsQueue() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let (queue, other) = (try await chroot.taskQueue(), try await chroot.taskQueue())
            try await queue.open(self.worker)
            try await queue.enqueue([self.task("a")], for: self.worker)
            var stream = try await queue.tasks(for: self.worker).makeAsyncIterator()
            #expect(try await stream.next() == self.task("a"))
            try await other.close(self.worker)
            try await other.open(self.worker)
            // With what was remembered of the queue that is gone.
            try await queue.enqueue([self.task("b")], for: self.worker)
            #expect(try await stream.next() == nil)
            #expect(try await other.pendingTasks(for: self.worker) == [self.task("b")])
        }
    }

    @Test("Claims of more runs than one transaction carries come whole and in order, once")
    func dividesWhatIsLarge() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let queue = try await chroot.taskQueue()
            let other = WorkerID(rawValue: "w-2")
            for worker in [self.worker, other] { try await queue.open(worker) }
            let tasks = (0..<5).map { RecordTests.claim(runs: 10_000, number: $0) }
            for _ in 0..<2 { try await queue.enqueue(tasks, for: self.worker) }
            #expect(try await queue.pendingTasks(for: self.worker) == tasks)
            // Of what does not fit nothing is added, though one part would fit.
            let small = try await chroot.taskQueue(maximumTasks: 8)
            let more = (5..<10).map { RecordTests.claim(runs: 10_000, number: $0) }
            let error = await #expect(throws: TaskQueueError.self) { try await small.enqueue(more, for: self.worker) }
            #expect(error?.code == .full)
            #expect(try await queue.pendingTasks(for: self.worker) == tasks)
            try await queue.move(tasks.map(\.id), from: self.worker, to: other)
            #expect(try await queue.pendingTasks(for: other) == tasks)
            #expect(try await queue.pendingTasks(for: self.worker) == [])
        }
    }

    @Test("As many tasks as a queue holds come in one call, and go in one")
    func takesMany() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let queue = try await chroot.taskQueue()
            try await queue.open(self.worker)
            let tasks = (0..<8_192).map { self.task("dead-\($0)") }
            try await queue.enqueue(tasks, for: self.worker)
            #expect(try await queue.pendingTasks(for: self.worker) == tasks)
            let error = await #expect(throws: TaskQueueError.self) {
                try await queue.enqueue([self.task("x")], for: self.worker)
            }
            #expect(error?.code == .full)
            try await queue.complete(tasks.map(\.id), for: self.worker)
            #expect(try await queue.pendingTasks(for: self.worker) == [])
            try await queue.close(self.worker)
        }
    }

    @Test("A sequence goes on after its session has found another connection, and fails when that is lost")
    func survivesDisconnection() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            let (queue, other) = (try await chroot.through(proxy).taskQueue(), try await chroot.taskQueue())
            try await queue.open(self.worker)
            var stream = try await queue.tasks(for: self.worker).makeAsyncIterator()
            for round in 0..<3 {
                proxy.arm(.sync, [.requestLost])
                await #expect(throws: ZooKeeperError.self) { try await queue.session.sync("/") }
                try await other.enqueue([self.task("\(round)")], for: self.worker)
                #expect(try await stream.next() == self.task("\(round)"))
            }
            await queue.session.close()
            await #expect(throws: TaskQueueError.self) { _ = try await stream.next() }
        }
    }
}
#endif
