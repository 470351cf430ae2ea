#if ZooKeeper
import DistributedCron
import Synchronization

/// Many processes' queues as one: each call goes to the next of them, as if it came from another machine.
final class ManyQueues: TaskQueue {
    private let queues: [any TaskQueue]
    private let calls = Atomic(0)

    init(_ queues: [any TaskQueue]) { self.queues = queues }

    private var next: any TaskQueue {
        self.queues[self.calls.wrappingAdd(1, ordering: .relaxed).oldValue % self.queues.count]
    }

    func open(_ worker: WorkerID) async throws { try await self.next.open(worker) }
    func workers() async throws -> [WorkerID] { try await self.next.workers() }
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.next.enqueue(tasks, for: worker)
    }
    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        try await self.next.tasks(for: worker)
    }
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.next.pendingTasks(for: worker)
    }
    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await self.next.complete(tasks, for: worker)
    }
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.next.move(tasks, from: source, to: destination)
    }
    func close(_ worker: WorkerID) async throws { try await self.next.close(worker) }
}
#endif
