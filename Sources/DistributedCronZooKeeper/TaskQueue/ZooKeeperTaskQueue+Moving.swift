#if ZooKeeper
public import DistributedCron

extension ZooKeeperTaskQueue {
    /// Moves tasks from one worker's queue to the end of another's, each all at once, many in one transaction.
    public func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        guard source != destination else { return }
        let wanted = Set(tasks)
        try await queueing {
            try await self.session.resolving(self.layout.tasks) { _ in
                while try await !self.tryToMove(wanted, from: source, to: destination) {}
            }
        }
    }

    /// - Returns: Whether nobody has come in between; otherwise some may have been moved, and others not.
    private func tryToMove(_ wanted: Set<TaskID>, from source: WorkerID, to destination: WorkerID) async throws -> Bool
    {
        // The counter first: what is added after that makes a transaction fail.
        var counter = try await self.currentCounter(of: destination)
        let (origin, path) = (self.layout.queue(source), self.layout.queue(destination))
        let tasks = try await self.records(in: origin)?.map(\.task).filter { wanted.contains($0.id) } ?? []
        guard !tasks.isEmpty else { return true }
        let new = Set(try await self.missing(tasks, from: destination))
        guard counter.count + new.count <= self.maximumTasks else { throw self.full(destination, counter.count) }
        for part in TransactionParts(tasks, count: 100, size: { $0.size + 200 }).parts {
            let (operations, next) = counter.adding(part.filter(new.contains), to: path)
            do {
                try await self.session.commit(operations + part.map { .delete("\(origin)/\($0.id)") })
                counter = next
            } catch let error as ZooKeeperError where [.badVersion, .nodeExists, .noNode].contains(error.kind) {
                return false
            }
        }
        self.remember(counter, of: destination)
        return true
    }
}
#endif
