#if ZooKeeper
public import DistributedCron

extension ZooKeeperTaskQueue {
    /// Adds tasks to a worker's queue.
    public func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await queueing {
            var known = Set<TaskID>()
            let tasks = tasks.filter { known.insert($0.id).inserted }
            guard !tasks.isEmpty else { return _ = try await self.currentCounter(of: worker) }
            let parts = TransactionParts(tasks, count: 1_000) { $0.size }.parts
            // What does not fit is not begun with. One part makes sure of that by itself.
            if parts.count > 1 {
                let (new, counter) = try await self.session.resolving(self.layout.queue(worker)) { _ in
                    try await self.look(tasks, worker)
                }
                guard counter.count + new.count <= self.maximumTasks else { throw self.full(worker, counter.count) }
            }
            for part in parts { try await self.add(Array(part), to: worker) }
        }
    }

    /// Adds what fits into one transaction.
    private func add(_ tasks: [WorkerTask], to worker: WorkerID) async throws {
        try await self.session.resolving(self.layout.queue(worker)) { isRepeated in
            if isRepeated {
                let (rest, counter) = try await self.look(tasks, worker)
                try await self.add(rest, to: worker, over: counter, hasLooked: true)
            } else if let counter = self.counter(of: worker) {
                try await self.add(tasks, to: worker, over: counter, hasLooked: false)
            } else {
                let counter = try await self.currentCounter(of: worker)
                try await self.add(tasks, to: worker, over: counter, hasLooked: false)
            }
        }
    }

    /// Adds tasks until nobody has come in between.
    ///
    /// - Parameters:
    ///   - tasks: The tasks.
    ///   - worker: The queue's worker.
    ///   - counter: What is believed of the queue.
    ///   - hasLooked: Whether that was asked for just now, and the tasks are those that are not there.
    /// - Throws: ``TaskQueueError``, ``ZooKeeperError`` or `CancellationError`.
    private func add(
        _ tasks: [WorkerTask],
        to worker: WorkerID,
        over counter: QueueCounter,
        hasLooked: Bool
    ) async throws {
        var (tasks, counter, hasLooked) = (tasks, counter, hasLooked)
        while !tasks.isEmpty {
            do {
                if counter.count + tasks.count > self.maximumTasks {
                    // What is there already takes no room, and others may have made some.
                    guard !hasLooked else { throw self.full(worker, counter.count) }
                    (tasks, counter) = try await self.look(tasks, worker)
                    hasLooked = true
                    continue
                }
                let (operations, next) = counter.adding(tasks, to: self.layout.queue(worker))
                try await self.session.commit(operations)
                return self.remember(next, of: worker)
            } catch let error as ZooKeeperError where error.kind == .badVersion {
                counter = try await self.currentCounter(of: worker)
                hasLooked = false
            } catch let error as ZooKeeperError where error.kind == .nodeExists {
                (tasks, counter) = try await self.look(tasks, worker)
                hasLooked = true
            } catch let error as ZooKeeperError where error.kind == .noNode {
                self.remember(nil, of: worker)
                throw self.notFound(worker)
            }
        }
        self.remember(counter, of: worker)
    }

    /// Leaves out the tasks that are there, and asks for the counter.
    private func look(_ tasks: [WorkerTask], _ worker: WorkerID) async throws -> ([WorkerTask], QueueCounter) {
        // The counter first: what is added after that makes the transaction fail, and what was added before is seen.
        let counter = try await self.currentCounter(of: worker)
        return (try await self.missing(tasks, from: worker), counter)
    }

    /// Those of some tasks that a worker's queue does not have.
    func missing(_ tasks: [WorkerTask], from worker: WorkerID) async throws -> [WorkerTask] {
        do {
            let names = Set(try await self.session.children(of: self.layout.queue(worker)).names)
            return tasks.filter { !names.contains($0.id.rawValue) }
        } catch let error as ZooKeeperError where error.kind == .noNode {
            throw self.notFound(worker)
        }
    }
}

extension WorkerTask {
    /// About as many bytes as the task takes in a transaction.
    var size: Int { NodeOperation.create(self.id.rawValue, data: TaskRecord(place: 0, task: self).bytes).size + 100 }
}
#endif
