#if ZooKeeper
public import DistributedCron

extension ZooKeeperCoordinator {
    /// Registers a worker; another that this session has registered before is registered no more.
    public func register(_ worker: WorkerDescription) async throws {
        try await coordinating {
            let former = self.registration.withLock { registration in
                defer { registration = Registration(worker: worker.id) }
                return registration?.worker
            }
            if let former, former != worker.id { try await self.remove(former) }
            let creation = try await self.session.resolving(self.layout.workers) { _ in
                try await self.makeNode(of: worker)
            }
            self.registration.withLock { registration in
                guard registration?.worker == worker.id else { return }
                registration?.creation = creation
            }
        }
    }

    /// Ends the session's registration, also if the task is cancelled.
    public func deregister() async throws {
        let worker = self.registration.withLock { registration in
            // From here on it proves nothing.
            registration?.creation = nil
            return registration?.worker
        }
        guard let worker else { return }
        try await coordinating {
            try await Shield.$isUp.withValue(true) { try await self.remove(worker) }
        }
        self.registration.withLock { if $0?.worker == worker, $0?.creation == nil { $0 = nil } }
    }

    /// Looks whether a registration is there, and takes the session for lost if it is not.
    func check(_ registration: Registration) async throws {
        let stat = try await self.session.stat(self.layout.worker(registration.worker))
        guard stat?.creation != registration.creation else { return }
        // Unless it was ended, or replaced, while the server was asked.
        guard self.registration.withLock({ $0 == registration }) else { return }
        self.session.abandon()
        throw CoordinatorError(.sessionLost, message: "the registration of worker \(registration.worker) is gone")
    }

    /// The registered workers, as they change.
    public func members() -> AsyncStream<[WorkerDescription]> {
        self.session.newest(at: self.layout.workers, and: self.layout.drains, clock: self.clock) {
            // All are read each time: a worker that is described anew has a new node under the same name.
            let names = try await self.session.children(of: self.layout.workers, isWatched: true).names
            let nodes = try await self.session.nodes(names, in: self.layout.workers)
            let drains = try await self.drains()
            let members = nodes.compactMap { name, node -> WorkerDescription? in
                var worker = WorkerDescription(name: name, data: node.data)
                worker?.drain = drains[name].flatMap { Self.reason(in: $0, of: node.stat.owner) }
                return worker
            }
            return members.sorted { $0.id < $1.id }
        }
    }

    /// - Returns: The transaction that made the node.
    private func makeNode(of worker: WorkerDescription) async throws -> Int64 {
        let path = self.layout.worker(worker.id)
        let data = try worker.record.json()
        do {
            guard let drain = worker.drain else {
                return try await self.session.create(path, data, mode: .ephemeral).creation
            }
            try await self.create(path, data, of: worker.id, draining: drain)
            guard let stat = try await self.session.stat(path) else { return try await self.makeNode(of: worker) }
            return stat.creation
        } catch let error as ZooKeeperError where error.kind == .badVersion {
            return try await self.makeNode(of: worker)
        } catch let error as ZooKeeperError where error.kind == .nodeExists {
            guard let found = try await self.session.node(path) else { return try await self.makeNode(of: worker) }
            guard found.stat.owner == self.session.number else {
                self.registration.withLock { if $0?.worker == worker.id { $0 = nil } }
                throw CoordinatorError(.conflict, message: "worker \(worker.id) is registered by another session")
            }
            guard found.data != data else { return found.stat.creation }
            // Not set, because those who watch the workers hear of nodes that come and go.
            try await self.session.commit([.delete(path), .create(path, data: data, isEphemeral: true)])
            guard let stat = try await self.session.stat(path) else { return try await self.makeNode(of: worker) }
            return stat.creation
        }
    }

    /// Removes a worker's node if it is this session's, and after it what was asked of it.
    private func remove(_ worker: WorkerID) async throws {
        let path = self.layout.worker(worker)
        try await self.session.resolving(path) { _ in
            guard try await self.session.stat(path)?.owner == self.session.number else { return }
            do {
                try await self.session.delete(path)
            } catch let error as ZooKeeperError where error.kind == .noNode {}
        }
        try await self.forgetDrain(of: worker)
    }
}

/// What a session has registered.
struct Registration: Sendable, Hashable {
    let worker: WorkerID
    /// The transaction that made the node; nil while it is not certain to be there.
    var creation: Int64?
}

extension ZooKeeperSession {
    /// A node, or nil if there is none.
    func node(_ path: String, isWatched: Bool = false) async throws -> Node? {
        do {
            return try await self.get(path, isWatched: isWatched)
        } catch let error as ZooKeeperError where error.kind == .noNode {
            return nil
        }
    }

    /// How many calls of one kind are under way at once.
    private static var window: Int { 256 }

    /// Those children of a node that are there, many asked for at once.
    func nodes(_ names: [String], in parent: String) async throws -> [(name: String, node: Node)] {
        try await withThrowingTaskGroup(of: (String, Node?).self) { group in
            var rest = names[...]
            func ask() {
                guard let name = rest.popFirst() else { return }
                group.addTask { (name, try await self.node("\(parent)/\(name)")) }
            }
            for _ in 0..<Self.window { ask() }
            var nodes: [(name: String, node: Node)] = []
            while let (name, node) = try await group.next() {
                ask()
                if let node { nodes.append((name, node)) }
            }
            return nodes
        }
    }
}

extension WorkerDescription {
    fileprivate var record: WorkerRecord {
        WorkerRecord(host: self.host, pools: self.pools.map(\.rawValue).sorted(), capacity: self.capacity)
    }

    /// Reads a worker's node; nil for one that this program cannot read, and so cannot give work to.
    fileprivate init?(name: String, data: [UInt8]) {
        guard let record = WorkerRecord(json: data) else { return nil }
        self.init(
            id: WorkerID(rawValue: name),
            host: record.host,
            pools: Set(record.pools.map(PoolID.init(rawValue:))),
            capacity: record.capacity
        )
    }
}
#endif
