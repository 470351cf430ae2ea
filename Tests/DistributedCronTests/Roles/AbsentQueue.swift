import DistributedCron

/// A queue whose calls hang while it is away, until they are cancelled or it is back.
final class AbsentQueue: TaskQueue {
    private let queue = InMemoryTaskQueue()
    private let away = Broadcast(false)

    /// Whether calls hang.
    var isAway: Bool {
        get { self.away.value ?? false }
        set { self.away.send(newValue) }
    }

    private func reach() async throws {
        for await isAway in self.away.stream() where !isAway { return }
        throw CancellationError()
    }

    func open(_ worker: WorkerID) async throws {
        try await self.reach()
        try await self.queue.open(worker)
    }
    func workers() async throws -> [WorkerID] {
        try await self.reach()
        return try await self.queue.workers()
    }
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.reach()
        try await self.queue.enqueue(tasks, for: worker)
    }
    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        try await self.queue.tasks(for: worker)
    }
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.reach()
        return try await self.queue.pendingTasks(for: worker)
    }
    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await self.reach()
        try await self.queue.complete(tasks, for: worker)
    }
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.reach()
        try await self.queue.move(tasks, from: source, to: destination)
    }
    func close(_ worker: WorkerID) async throws {
        try await self.reach()
        try await self.queue.close(worker)
    }

    /// The runs of the claims whose tasks a worker has filed, whether the queue is away or not.
    func filedRuns(of worker: WorkerID) async throws -> Set<RunID> {
        var runs: Set<RunID> = []
        for case .claim(_, _, _, _, let attempts) in try await self.queue.pendingTasks(for: worker) {
            runs.formUnion(attempts.map(\.run))
        }
        return runs
    }
}
