#if ZooKeeper
public import DistributedCron

extension ZooKeeperCoordinator {
    /// Says whether a worker is to have no slots, by a node that outlives whoever says so.
    ///
    /// The node names the session of the worker's registration, so that it means nothing for another of the same name.
    public func setDraining(_ isDraining: Bool, of worker: WorkerID) async throws {
        try await coordinating {
            let path = self.layout.worker(worker)
            try await self.session.resolving(path) { _ in
                repeat {
                    // This session's server may not have heard yet of what others have done.
                    try await self.session.sync(path)
                } while try await !self.write(isDraining, of: worker)
            }
        }
    }

    /// - Returns: Whether nobody has come in between.
    private func write(_ isDraining: Bool, of worker: WorkerID) async throws -> Bool {
        let (registration, path) = (self.layout.worker(worker), self.layout.drain(worker))
        guard let owner = try await self.session.stat(registration)?.owner else {
            throw CoordinatorError.notRegistered(worker)
        }
        let drain = Self.drain(of: owner)
        let found = try await self.session.node(path)
        guard (found?.data == drain) != isDraining else { return true }
        // Who watches hears of nodes that come and go, so one of an earlier worker is not set but replaced.
        let removal = found == nil ? [] : [NodeOperation.delete(path)]
        let creation = isDraining ? [NodeOperation.check(registration), .create(path, data: drain)] : []
        do {
            try await self.session.commit(removal + creation)
            return true
        } catch let error as ZooKeeperError where [.noNode, .nodeExists].contains(error.kind) {
            return false
        }
    }

    /// What was asked of workers, by the names of their nodes.
    func drains() async throws -> [String: [UInt8]] {
        let names = try await self.session.children(of: self.layout.drains, isWatched: true).names
        let nodes = try await self.session.nodes(names, in: self.layout.drains)
        return Dictionary(nodes.map { ($0.name, $0.node.data) }) { $1 }
    }

    /// What the node of a worker says that is registered by a session.
    static func drain(of session: Int64) -> [UInt8] { Array("\(session)".utf8) }

    /// Removes what was asked of a worker that is gone.
    func forgetDrain(of worker: WorkerID) async throws {
        let path = self.layout.drain(worker)
        try await self.session.deleting(path) { try await self.session.delete(path) }
    }
}
#endif
