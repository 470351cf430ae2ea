#if ZooKeeper
import DistributedCron
import DistributedCronZooKeeper

/// What a leader has done.
enum LeaderEvent: Sendable {
    /// It has told a worker which slots are its own.
    case published(Assignment, WorkerID)
    /// It has told everybody that a worker is dead, and removed what was left of it.
    case buried(WorkerID)
}

/// A manager's session whose writes go to real servers, and whose election and members are in memory: a thousand workers
/// would have two thousand threads.
final class PublishingCoordinator: Coordinator {
    private let session: InMemoryCoordinator
    private let servers: ZooKeeperCoordinator
    private let heard: AsyncStream<LeaderEvent>.Continuation

    init(
        _ session: InMemoryCoordinator,
        _ servers: ZooKeeperCoordinator,
        _ heard: AsyncStream<LeaderEvent>.Continuation
    ) {
        self.session = session
        self.servers = servers
        self.heard = heard
    }

    func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try await self.servers.publish(assignment, for: worker)
        self.heard.yield(.published(assignment, worker))
    }
    func unpublish(_ worker: WorkerID) async throws { try await self.servers.unpublish(worker) }
    func assignments(for worker: WorkerID) -> AsyncStream<Assignment> { self.servers.assignments(for: worker) }
    func signalChange() async throws { try await self.servers.signalChange() }
    func changes() -> AsyncStream<Void> { self.servers.changes() }

    func states() -> AsyncStream<SessionState> { self.session.states() }
    func heartbeat() async throws { try await self.session.heartbeat() }
    func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try await self.session.campaign(as: candidate)
    }
    func resign() async throws { try await self.session.resign() }
    func leader() async throws -> ManagerID? { try await self.session.leader() }
    func register(_ worker: WorkerDescription) async throws { try await self.session.register(worker) }
    func deregister() async throws { try await self.session.deregister() }
    func members() -> AsyncStream<[WorkerDescription]> { self.session.members() }
    /// Nobody drains here.
    func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {}
}

/// The queues on real servers, of which is told when one is closed.
final class WatchedQueue: TaskQueue {
    private let queue: ZooKeeperTaskQueue
    private let heard: AsyncStream<LeaderEvent>.Continuation

    init(_ queue: ZooKeeperTaskQueue, _ heard: AsyncStream<LeaderEvent>.Continuation) {
        self.queue = queue
        self.heard = heard
    }

    func close(_ worker: WorkerID) async throws {
        try await self.queue.close(worker)
        self.heard.yield(.buried(worker))
    }
    func open(_ worker: WorkerID) async throws { try await self.queue.open(worker) }
    func workers() async throws -> [WorkerID] { try await self.queue.workers() }
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.queue.enqueue(tasks, for: worker)
    }
    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        try await self.queue.tasks(for: worker)
    }
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.queue.pendingTasks(for: worker)
    }
    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await self.queue.complete(tasks, for: worker)
    }
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.queue.move(tasks, from: source, to: destination)
    }
}
#endif
