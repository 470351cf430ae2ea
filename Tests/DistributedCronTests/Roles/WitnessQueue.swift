import DistributedCron

/// A queue that notes how far a claim's runs are in the ledger at the moment when the claim's task is completed.
final class WitnessQueue: TaskQueue {
    private let queue = InMemoryTaskQueue()
    private let store: any JobStore
    private let witnessed = AsyncStream.makeStream(of: [RunState].self)

    init(_ store: any JobStore) { self.store = store }

    /// The states of a claim's runs at the moment of its task's completion, the next time that there is one.
    func nextCompletion() async -> [RunState]? {
        for await states in self.witnessed.stream { return states }
        return nil
    }

    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        for task in try await self.pendingTasks(for: worker) where tasks.contains(task.id) {
            guard case .claim(_, _, _, _, let runs) = task else { continue }
            var states: [RunState] = []
            for key in runs { states += [try await self.store.run(key.run)].compactMap { $0?.state } }
            self.witnessed.continuation.yield(states)
        }
        try await self.queue.complete(tasks, for: worker)
    }

    func open(_ worker: WorkerID) async throws { try await self.queue.open(worker) }
    func workers() async throws -> [WorkerID] { try await self.queue.workers() }
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.queue.enqueue(tasks, for: worker)
    }
    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        try await self.queue.tasks(for: worker)
    }
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.queue.pendingTasks(for: worker)
    }
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.queue.move(tasks, from: source, to: destination)
    }
    func close(_ worker: WorkerID) async throws { try await self.queue.close(worker) }
}
