#if ZooKeeper
import DistributedCron

/// Workers that do nothing but register: which slots they are told to have is all that is known of them.
struct Crowd {
    private let sessions: InMemoryEnsemble
    private let queue: WatchedQueue
    private let identities = IdentitySource()
    private var events: AsyncStream<LeaderEvent>.Iterator
    private var members: [WorkerID: InMemoryCoordinator] = [:]
    private var slots: [WorkerID: Set<SlotID>] = [:]
    private var buried: Set<WorkerID> = []
    /// Who was told last that a slot is its own.
    private(set) var owners: [SlotID: WorkerID] = [:]

    /// There is nobody to be killed.
    struct Empty: Error {}

    init(sessions: InMemoryEnsemble, queue: WatchedQueue, events: AsyncStream<LeaderEvent>) {
        self.sessions = sessions
        self.queue = queue
        self.events = events.makeAsyncIterator()
    }

    /// Registers one more.
    mutating func add() async throws -> WorkerID {
        let id = self.identities.workerID()
        let session = self.sessions.session()
        try await session.register(WorkerDescription(id: id, host: "benchmark", capacity: 1))
        try await self.queue.open(id)
        self.members[id] = session
        return id
    }

    /// Takes note of what the leader does until something holds.
    mutating func listen(until condition: (Crowd) -> Bool) async throws {
        while !condition(self) {
            guard let event = await self.events.next() else { throw CancellationError() }
            switch event {
            case .published(let assignment, let worker):
                self.slots[worker] = Set(assignment.slots.keys)
                for slot in assignment.slots.keys { self.owners[slot] = worker }
            case .buried(let worker): self.buried.insert(worker)
            }
        }
    }

    /// Has one die that has slots, and another come, which gets some.
    ///
    /// - Returns: After how many seconds all of the slots were others', and after how many everybody had heard of the death.
    mutating func replaceOne() async throws -> (move: Double, burial: Double) {
        let busy = self.slots.filter { !$0.value.isEmpty }.keys
        guard let dead = busy.randomElement(), let session = self.members.removeValue(forKey: dead) else {
            throw Empty()
        }
        let lost = self.slots.removeValue(forKey: dead) ?? []
        let start = ContinuousClock.now
        session.expire()
        try await self.listen { crowd in lost.allSatisfy { crowd.owners[$0] != dead } }
        let move = (ContinuousClock.now - start) / .seconds(1)
        try await self.listen { $0.buried.contains(dead) }
        let burial = (ContinuousClock.now - start) / .seconds(1)
        self.buried = []
        let successor = try await self.add()
        try await self.listen { $0.slots[successor]?.isEmpty == false }
        return (move, burial)
    }
}
#endif
