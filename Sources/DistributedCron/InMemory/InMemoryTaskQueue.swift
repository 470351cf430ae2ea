/// A task queue in this process's memory.
public final class InMemoryTaskQueue: TaskQueue {
    private struct Queue {
        /// Each task with its place in the order of arrival.
        var tasks: [TaskID: (place: Int, task: WorkerTask)] = [:]
        var nextPlace = 0
        /// In the order of their coming.
        var consumers: [(number: Int, continuation: AsyncThrowingStream<WorkerTask, any Error>.Continuation)] = []

        var orderedTasks: [WorkerTask] { self.tasks.values.sorted { $0.place < $1.place }.map(\.task) }

        mutating func append(_ task: WorkerTask) {
            self.tasks[task.id] = (self.nextPlace, task)
            self.nextPlace += 1
            for consumer in self.consumers { consumer.continuation.yield(task) }
        }
    }
    private struct State {
        var queues: [WorkerID: Queue] = [:]
        var nextConsumer = 0
    }
    private let state = Lock(State())
    /// Consumers that are gone, apart from the state: the runtime says so while it holds a lock of the consumer's task,
    /// which a `yield` under the state's lock may be waiting for.
    private let gone = Lock<[(worker: WorkerID, consumer: Int)]>([])
    private let maximumTasks: Int

    /// Creates a queue service without queues.
    ///
    /// - Parameter maximumTasks: How many tasks a worker's queue may hold; 8,192 by default.
    public init(maximumTasks: Int = 8_192) {
        self.maximumTasks = maximumTasks
    }

    /// Makes a worker's queue.
    public func open(_ worker: WorkerID) async throws {
        self.state.withLock { state in
            if state.queues[worker] == nil { state.queues[worker] = Queue() }
        }
    }

    /// The workers that have a queue.
    public func workers() async throws -> [WorkerID] { self.state.withLock { $0.queues.keys.sorted() } }

    /// Adds tasks to a worker's queue.
    public func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try self.state.withLock { try Self.append(tasks, to: worker, in: &$0, limit: self.maximumTasks) }
    }

    /// The tasks of a worker's queue, as they come.
    public func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        // Unbounded, yet never longer than the queue's own limit allows: what is delivered stays in the queue until it
        // is completed.
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: WorkerTask.self)
        let consumer = try self.state.withLock { state in
            self.dropGone(&state)
            guard state.queues[worker] != nil else { throw Self.notFound(worker) }
            defer { state.nextConsumer += 1 }
            for task in state.queues[worker]?.orderedTasks ?? [] { continuation.yield(task) }
            state.queues[worker]?.consumers.append((state.nextConsumer, continuation))
            return state.nextConsumer
        }
        continuation.onTermination = { [weak self] _ in
            self?.gone.withLock { $0.append((worker, consumer)) }
        }
        return stream
    }

    private func dropGone(_ state: inout State) {
        let gone = self.gone.withLock { gone in
            defer { gone = [] }
            return gone
        }
        for (worker, consumer) in gone { state.queues[worker]?.consumers.removeAll { $0.number == consumer } }
    }

    /// The tasks of a worker's queue as they are now.
    public func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        self.state.withLock { $0.queues[worker]?.orderedTasks ?? [] }
    }

    /// Removes tasks from a worker's queue.
    public func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        self.state.withLock { state in
            for task in tasks { state.queues[worker]?.tasks[task] = nil }
        }
    }

    /// Moves tasks from one worker's queue to another's.
    public func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        guard source != destination else { return }
        let wanted = Set(tasks)
        try self.state.withLock { state in
            let moved = (state.queues[source]?.orderedTasks ?? []).filter { wanted.contains($0.id) }
            try Self.append(moved, to: destination, in: &state, limit: self.maximumTasks)
            for task in moved { state.queues[source]?.tasks[task.id] = nil }
        }
    }

    /// Removes a worker's queue.
    public func close(_ worker: WorkerID) async throws {
        let queue = self.state.withLock { $0.queues.removeValue(forKey: worker) }
        for consumer in queue?.consumers ?? [] { consumer.continuation.finish() }
    }

    private static func append(
        _ tasks: [WorkerTask],
        to worker: WorkerID,
        in state: inout State,
        limit: Int
    ) throws(TaskQueueError) {
        guard let queue = state.queues[worker] else { throw self.notFound(worker) }
        var known = Set<TaskID>()
        let new = tasks.filter { queue.tasks[$0.id] == nil && known.insert($0.id).inserted }
        guard queue.tasks.count + new.count <= limit else {
            throw TaskQueueError(.full, message: "the queue of worker \(worker) holds \(queue.tasks.count) tasks")
        }
        for task in new { state.queues[worker]?.append(task) }
    }

    private static func notFound(_ worker: WorkerID) -> TaskQueueError {
        TaskQueueError(.notFound, message: "worker \(worker) has no queue")
    }
}
