#if ZooKeeper
public import DistributedCron

extension ZooKeeperCoordinator {
    /// Says whether a worker is to have no slots, by a node that outlives whoever says so.
    ///
    /// The node names the session of the worker's registration, so that it means nothing for another of the same name, and
    /// the reason.
    public func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {
        try await coordinating {
            let path = self.layout.worker(worker)
            try await self.session.resolving(path) { _ in
                repeat {
                    // This session's server may not have heard yet of what others have done.
                    try await self.session.sync(path)
                } while try await !self.write(isDraining, of: worker, because: reason)
            }
        }
    }

    /// - Returns: Whether nobody has come in between.
    private func write(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws -> Bool {
        let (registration, path) = (self.layout.worker(worker), self.layout.drain(worker))
        guard let owner = try await self.session.stat(registration)?.owner else {
            throw CoordinatorError.notRegistered(worker)
        }
        let found = try await self.session.node(path)
        let present = found.flatMap { Self.reason(in: $0.data, of: owner) }
        let drain = DrainReason.after(present, saying: isDraining, because: reason)
        guard drain != present else { return true }
        // Who watches hears of nodes that come and go, so one of an earlier worker is not set but replaced.
        let removal = found == nil ? [] : [NodeOperation.delete(path)]
        let data = drain.map { Self.drain(of: owner, because: $0) }
        let creation = data.map { [NodeOperation.check(registration), .create(path, data: $0)] } ?? []
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
    ///
    /// Drains that were asked for name the session alone, as they did before there was another reason.
    static func drain(of session: Int64, because reason: DrainReason) -> [UInt8] {
        Array((reason == .asked ? "\(session)" : "\(session) \(reason.rawValue)").utf8)
    }

    /// Why a worker that is registered by a session is to have no slots, as its node says; nil for what was said of
    /// another, or cannot be read.
    static func reason(in data: [UInt8], of session: Int64) -> DrainReason? {
        DrainReason.allCases.first { Self.drain(of: session, because: $0) == data }
    }

    /// Removes what was asked of a worker that is gone.
    func forgetDrain(of worker: WorkerID) async throws {
        let path = self.layout.drain(worker)
        try await self.session.deleting(path) { try await self.session.delete(path) }
    }
}
#endif
