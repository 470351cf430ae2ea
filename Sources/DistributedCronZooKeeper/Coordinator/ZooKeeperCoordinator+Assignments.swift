#if ZooKeeper
public import DistributedCron

extension ZooKeeperCoordinator {
    /// Tells a worker which slots it owns: written only over what was read, so nothing of an earlier leader can follow.
    public func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try await coordinating {
            let path = self.layout.assignment(worker)
            let data = AssignmentRecord.encode(assignment)
            try await self.session.resolving(path) { _ in
                while try await !self.write(data, of: assignment.token, to: path) {
                    // Somebody else has written meanwhile, of which this session's server may not have heard yet.
                    try await self.session.sync(path)
                }
            }
        }
    }

    /// - Returns: Whether nobody has come in between.
    private func write(_ data: [UInt8], of token: LeaderToken, to path: String) async throws -> Bool {
        do {
            guard let found = try await self.session.node(path) else {
                try await self.session.create(path, data)
                return true
            }
            guard try AssignmentRecord.token(of: found.data) <= token else {
                throw CoordinatorError(.fenced, message: "leader \(token) was followed by another")
            }
            try await self.session.set(path, data, version: found.stat.version)
            return true
        } catch let error as ZooKeeperError where [.badVersion, .nodeExists, .noNode].contains(error.kind) {
            return false
        }
    }

    /// Removes what was published for a worker, and what was asked of it.
    public func unpublish(_ worker: WorkerID) async throws {
        try await coordinating {
            let path = self.layout.assignment(worker)
            try await self.session.deleting(path) { try await self.session.delete(path) }
            try await self.forgetDrain(of: worker)
        }
    }

    /// A worker's assignment, as it changes.
    public func assignments(for worker: WorkerID) -> AsyncStream<Assignment> {
        let path = self.layout.assignment(worker)
        return self.session.newest(at: path, clock: self.clock) {
            repeat {
                if let node = try await self.session.node(path, isWatched: true) {
                    return try AssignmentRecord.decode(node.data)
                }
                // A watch on what is not there; it may have been created meanwhile.
            } while try await self.session.stat(path, isWatched: true) != nil
            return nil
        }
    }

    // MARK: Change signal

    /// Says that something has changed in the store, by setting a node to nothing.
    public func signalChange() async throws {
        try await coordinating {
            // Once too often does no harm.
            try await self.session.resolving(self.layout.changes) { _ in
                _ = try await self.session.set(self.layout.changes, [])
            }
        }
    }

    /// The change signal: one element whenever the node's version has risen, the first at once if it ever did.
    public func changes() -> AsyncStream<Void> {
        let versions = self.session.newest(at: self.layout.changes, clock: self.clock) {
            let stat = try await self.session.stat(self.layout.changes, isWatched: true)
            return stat.flatMap { $0.version == 0 ? nil : $0.version }
        }
        return AsyncStream {
            for await _ in versions { return () }
            return nil
        }
    }
}
#endif
