#if ZooKeeper
public import DistributedCron

extension ZooKeeperCoordinator {
    /// Says whether a worker is to have no slots, by a node that outlives whoever says so.
    ///
    /// The node names the session of the worker's registration, so that it means nothing for another of the same name, and
    /// the reason. It is made and removed anew each time, so its own version is always the same: the version of the node above
    /// it counts the changes instead, and whoever makes one names the version at which it has looked.
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
        let leadership = try await self.leadership(for: reason, of: worker)
        // First: whatever is done after this makes the transaction fail.
        let count = try await self.changeOfDrains()
        guard let owner = try await self.session.stat(registration)?.owner else {
            throw CoordinatorError.notRegistered(worker)
        }
        let found = try await self.session.node(path)
        let present = found.flatMap { Self.reason(in: $0.data, of: owner) }
        let drain = DrainReason.after(present, saying: isDraining, because: reason)
        guard drain != present else { return true }
        var changes = [count]
        if let leadership { changes.append(.check(leadership)) }
        // Who watches hears of nodes that come and go, so what was said before is not set but replaced.
        if found != nil { changes.append(.delete(path)) }
        if let drain {
            changes.append(.check(registration))
            changes.append(.create(path, data: Self.drain(of: owner, because: drain)))
        }
        do {
            try await self.session.commit(changes)
            return true
        } catch let error as ZooKeeperError where [.badVersion, .noNode, .nodeExists].contains(error.kind) {
            return false
        }
    }

    /// The node that has to be there when something is said for a reason; nil if anybody may say it.
    private func leadership(for reason: DrainReason, of worker: WorkerID) async throws -> String? {
        guard reason == .stalled else { return nil }
        guard let path = self.election.leadership, try await self.session.stat(path) != nil else {
            throw CoordinatorError.mayNotStall(worker)
        }
        return path
    }

    /// Counts a change of what is asked of workers, unless there has been another since now.
    private func changeOfDrains() async throws -> NodeOperation {
        let drains = self.layout.drains
        return .set(drains, data: [], version: try await self.session.get(drains).stat.version)
    }

    /// Registers a worker that is to have no slots, and says so in the same transaction.
    ///
    /// - Throws: ``ZooKeeperError``, of the kind `nodeExists` if there is such a node, or `badVersion` if something was asked
    ///   of a worker meanwhile; `CancellationError`.
    func create(_ registration: String, _ data: [UInt8], of worker: WorkerID, draining reason: DrainReason) async throws
    {
        let path = self.layout.drain(worker)
        var changes = [try await self.changeOfDrains()]
        changes.append(.create(registration, data: data, isEphemeral: true))
        // Left by an earlier worker of the same name.
        if try await self.session.stat(path) != nil { changes.append(.delete(path)) }
        changes.append(.create(path, data: Self.drain(of: self.session.number, because: reason)))
        try await self.session.commit(changes)
    }

    /// Whether somebody has asked for a worker to have no slots, as its node says.
    ///
    /// Each worker may watch its own: it is not read when something is asked of others.
    public func drainRequests(of worker: WorkerID) -> AsyncStream<Bool> {
        let (registration, path) = (self.layout.worker(worker), self.layout.drain(worker))
        return self.session.newest(at: path, and: registration, clock: self.clock) {
            // In this order: it is removed after the registration, and that is no answer.
            let said = try await self.watchedDrain(at: path)
            guard let owner = try await self.session.stat(registration, isWatched: true)?.owner else { return nil }
            return said.flatMap { Self.reason(in: $0, of: owner) } == .asked
        }
    }

    /// What a worker's node says, nil if there is none; either is watched.
    private func watchedDrain(at path: String) async throws -> [UInt8]? {
        repeat {
            if let node = try await self.session.node(path, isWatched: true) { return node.data }
            // A watch on what is not there; it may have been created meanwhile.
        } while try await self.session.stat(path, isWatched: true) != nil
        return nil
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
