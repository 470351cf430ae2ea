#if ZooKeeper
public import DistributedCron
package import Logging

/// The workers' queues in ZooKeeper: one node for each queue, and one under it for each task.
///
/// A queue's own node counts the places of its tasks. Whoever adds tasks raises it in the same transaction, over the version
/// that was read, so that the order is one order, and the bound holds whoever adds at the same time.
///
/// What is more than one transaction can carry, some hundred kilobytes, is added in parts, each all or none, in order. To
/// repeat a call of which only some parts were carried out adds the rest.
public final class ZooKeeperTaskQueue: TaskQueue {
    let session: ZooKeeperSession
    let layout: ZooKeeperLayout
    let maximumTasks: Int
    let logger: Logger
    /// What the counters were when this process last had to do with them, which saves asking.
    private let counters = Lock<[WorkerID: QueueCounter]>([:])

    /// Creates the queues of a cluster.
    ///
    /// - Parameters:
    ///   - session: A session with ZooKeeper.
    ///   - layout: What ``ZooKeeperLayout/prepare(_:root:cluster:incarnation:)`` has made or found with it.
    ///   - maximumTasks: How many tasks a worker's queue may hold.
    ///   - logger: Hears of tasks that cannot be read.
    package init(
        session: ZooKeeperSession,
        layout: ZooKeeperLayout,
        maximumTasks: Int = 8_192,
        logger: Logger = Logger(label: "distcron.zookeeper")
    ) {
        self.session = session
        self.layout = layout
        self.maximumTasks = maximumTasks
        self.logger = logger
    }

    // MARK: Queues

    /// Makes a worker's queue.
    public func open(_ worker: WorkerID) async throws {
        try await queueing {
            let path = self.layout.queue(worker)
            try await self.session.resolving(self.layout.tasks) { _ in
                do {
                    try await self.session.create(path, QueueCounter.first)
                } catch let error as ZooKeeperError where error.kind == .nodeExists {}
            }
        }
    }

    /// The workers that have a queue.
    public func workers() async throws -> [WorkerID] {
        try await queueing {
            try await self.session.resolving(self.layout.tasks) { _ in
                try await self.session.sync(self.layout.tasks)
                return try await self.session.children(of: self.layout.tasks).names.map(WorkerID.init(rawValue:))
                    .sorted()
            }
        }
    }

    /// Removes a worker's queue.
    public func close(_ worker: WorkerID) async throws {
        self.remember(nil, of: worker)
        try await queueing {
            let path = self.layout.queue(worker)
            try await self.session.deleting(path) {
                while true {
                    let tasks = try await self.session.children(of: path).names.map(TaskID.init(rawValue:))
                    try await self.remove(tasks, from: path)
                    do {
                        return try await self.session.delete(path)
                    } catch let error as ZooKeeperError where error.kind == .notEmpty {
                        // Somebody has added some meanwhile, of which this session's server may not have heard yet.
                        try await self.session.sync(path)
                    }
                }
            }
        }
    }

    // MARK: Tasks

    /// The tasks of a worker's queue as they are now.
    public func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await queueing {
            let path = self.layout.queue(worker)
            return try await self.session.resolving(path) { _ in
                try await self.session.sync(path)
                return try await self.records(in: path)?.map(\.task) ?? []
            }
        }
    }

    /// The tasks of a worker's queue, as they come.
    public func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        let path = self.layout.queue(worker)
        let sequence = try await queueing {
            try await self.session.resolving(path) { _ in
                try await self.session.sync(path)
                guard let stat = try await self.session.stat(path) else { throw self.notFound(worker) }
                return TaskSequence(session: self.session, path: path, creation: stat.creation, logger: self.logger)
            }
        }
        return AsyncThrowingStream { try await sequence.next() }
    }

    /// Removes tasks from a worker's queue.
    public func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await queueing { try await self.remove(tasks, from: self.layout.queue(worker)) }
    }

    // MARK: What calls share

    /// The tasks of a queue as this session's server knows them, in order, or nil if there is no queue.
    ///
    /// Those that cannot be read, because a newer program has made them, are left out, and where they are.
    func records(in path: String) async throws -> [TaskRecord]? {
        do {
            let children = try await self.session.children(of: path)
            return try await self.session.tasks(children.names, in: path, until: children.stat)
                .compactMap { $0.readable(self.logger) }
                .sorted { $0.place < $1.place }
        } catch let error as ZooKeeperError where error.kind == .noNode {
            return nil
        }
    }

    /// What is known of a queue's counter without asking.
    func counter(of worker: WorkerID) -> QueueCounter? { self.counters.withLock { $0[worker] } }

    /// Asks for a queue's counter as it is now.
    func currentCounter(of worker: WorkerID) async throws -> QueueCounter {
        let path = self.layout.queue(worker)
        try await self.session.sync(path)
        guard let node = try await self.session.node(path) else {
            self.remember(nil, of: worker)
            throw self.notFound(worker)
        }
        return try QueueCounter(node)
    }

    /// Keeps what a queue's counter is now.
    func remember(_ counter: QueueCounter?, of worker: WorkerID) { self.counters.withLock { $0[worker] = counter } }

    func notFound(_ worker: WorkerID) -> TaskQueueError {
        TaskQueueError(.notFound, message: "worker \(worker) has no queue")
    }

    func full(_ worker: WorkerID, _ count: Int) -> TaskQueueError {
        TaskQueueError(.full, message: "the queue of worker \(worker) holds \(count) tasks")
    }

    /// Removes those of some tasks that are there.
    private func remove(_ tasks: [TaskID], from path: String) async throws {
        let paths = tasks.map { "\(path)/\($0)" }
        for part in TransactionParts(paths, count: 100, size: { $0.utf8.count + 64 }).parts {
            do {
                try await self.session.commit(part.map { .delete($0) })
            } catch let error as ZooKeeperError where error.kind == .noNode || error.isOutcomeUnknown {
                // Some are not there, or not any more.
                try await self.session.resolving(path) { _ in try await self.session.deleteAll(part) }
            }
        }
    }
}

extension ZooKeeperSession {
    /// Reads those of some tasks that are there, all at once.
    ///
    /// - Parameters:
    ///   - names: The tasks' names.
    ///   - path: The queue.
    ///   - listing: The queue's node as it was listed: what was created later is left out, because of what came with it
    ///     not all is in the list.
    /// - Returns: The tasks, in no order.
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    func tasks(_ names: [String], in path: String, until listing: NodeStat) async throws -> [TaskNode] {
        try await self.nodes(names, in: path)
            .filter { $0.node.stat.creation <= listing.lastChildChange }
            .map { child in TaskNode(name: child.name, record: Result { try TaskRecord(child.node.data) }) }
    }

    /// Removes those of some nodes that are there, each for itself, all at once.
    fileprivate func deleteAll(_ paths: ArraySlice<String>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in paths {
                group.addTask {
                    do {
                        try await self.delete(path)
                    } catch let error as ZooKeeperError where error.kind == .noNode {}
                }
            }
            try await group.waitForAll()
        }
    }
}
#endif
