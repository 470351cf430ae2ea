import DistributedCron
import DistributedCronTesting
import Foundation
import Logging
import ServiceLifecycle
import Testing

/// An executor whose attempts begin and end when the test says so.
final class ScriptedExecutor: AttemptExecutor {
    private let waiting = Lock<[AttemptOrder: CheckedContinuation<AttemptOutcome, Never>]>([:])
    private let started = AsyncStream.makeStream(of: AttemptOrder.self)
    private let left: [Attempt]
    private let running: [LeftAttempt]
    private let settlements = AsyncStream.makeStream(of: [AttemptKey].self)
    private let wallClock: any WallClock

    /// - Parameters:
    ///   - wallClock: Tells when attempts start and end.
    ///   - left: How attempts of earlier workers have ended.
    ///   - running: What earlier workers have left running.
    init(_ wallClock: any WallClock, left: [Attempt] = [], running: [LeftAttempt] = []) {
        self.wallClock = wallClock
        self.left = left
        self.running = running
    }

    func leftRunning() -> AsyncStream<[LeftAttempt]> {
        AsyncStream { continuation in
            if !self.running.isEmpty { continuation.yield(self.running) }
            continuation.finish()
        }
    }

    /// Goes on as if it had begun just now; it is told like an attempt that starts.
    func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport {
        await self.execute(left.order, output: output)
    }

    func leftEnds() -> AsyncStream<[Attempt]> {
        AsyncStream { continuation in
            if !self.left.isEmpty { continuation.yield(self.left) }
            continuation.finish()
        }
    }

    func settled(_ attempts: [AttemptKey]) async { self.settlements.continuation.yield(attempts) }

    /// The next attempts whose ends are written down.
    func nextSettled() async throws -> [AttemptKey] {
        for await attempts in self.settlements.stream { return attempts }
        throw CancellationError()
    }

    /// The attempts, as they start.
    var orders: AsyncStream<AttemptOrder> { self.started.stream }

    /// The next attempt that starts.
    func next() async throws -> AttemptOrder {
        for await order in self.orders { return order }
        throw CancellationError()
    }

    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        let startedAt = self.wallClock.now
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = self.waiting.withLock { waiting in
                    if !Task.isCancelled { waiting[order] = continuation }
                    return Task.isCancelled
                }
                if isCancelled { continuation.resume(returning: .cancelled) }
                self.started.continuation.yield(order)
            }
        } onCancel: {
            self.end(order, .cancelled)
        }
        return AttemptReport(outcome: outcome, startedAt: startedAt, finishedAt: self.wallClock.now)
    }

    /// Ends an attempt that runs; one that has ended stays as it is.
    func end(_ order: AttemptOrder, _ outcome: AttemptOutcome = .exited(0)) {
        self.waiting.withLock { $0.removeValue(forKey: order) }?.resume(returning: outcome)
    }
}

/// The parts of a cluster on in-memory backends, every role with a session of its own.
struct TestCluster: Sendable {
    struct Node: Sendable {
        let worker: Worker
        let session: InMemoryCoordinator
        let scheduler: ManualScheduler
        let executor: ScriptedExecutor
    }

    let wallClock = ManualWallClock(now: Instant.monday().date)
    let store: any JobStore
    var queue: any TaskQueue
    let ensemble = InMemoryEnsemble()
    let jobs: JobService
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - wrap: Puts something between the roles and the store.
    ///   - queueLimit: How many tasks a worker's queue holds.
    ///   - slotCount: How many slots there are.
    init(_ wrap: (InMemoryJobStore) -> any JobStore = { $0 }, queueLimit: Int = 8_192, slotCount: Int = 8) {
        self.queue = InMemoryTaskQueue(maximumTasks: queueLimit)
        self.store = wrap(InMemoryJobStore(slotCount: slotCount, wallClock: self.wallClock))
        self.jobs = JobService(
            store: self.store,
            artifacts: InMemoryArtifactStore(),
            coordinator: self.ensemble.session()
        )
    }

    func manager(_ name: String = "m-1", session: (any Coordinator)? = nil) -> Manager {
        var configuration = Manager.Configuration()
        configuration.grace = .zero
        configuration.rebuildGrace = .zero
        configuration.coalescing = .zero
        return Manager(
            id: ManagerID(rawValue: name),
            store: self.store,
            queue: self.queue,
            coordinator: session ?? self.ensemble.session(),
            configuration: configuration,
            logger: self.logger
        )
    }

    func node(
        _ id: WorkerID,
        executor: ScriptedExecutor? = nil,
        capacity: Int = 4,
        drainTimeout: Duration = .seconds(60),
        sweep: Duration = .seconds(15),
        journal: (any WorkerJournal)? = nil,
        drainMemory: DrainMemory? = nil
    ) -> Node {
        let session = self.ensemble.session()
        let scheduler = ManualScheduler()
        let executor = executor ?? ScriptedExecutor(self.wallClock)
        var configuration = WorkerConfiguration(capacity: capacity)
        configuration.drainTimeout = drainTimeout
        configuration.sweep = sweep
        configuration.drainMemory = drainMemory
        let worker = Worker(
            id: id,
            host: "host",
            store: self.store,
            queue: self.queue,
            coordinator: session,
            scheduler: scheduler,
            executor: executor,
            journal: journal,
            configuration: configuration,
            wallClock: self.wallClock,
            logger: self.logger
        )
        return Node(worker: worker, session: session, scheduler: scheduler, executor: executor)
    }

    /// Creates a job that runs `true`.
    func addJob(_ schedule: String, _ change: (inout JobPolicies) -> Void = { _ in }) async throws -> JobID {
        var request = JobRequest(schedule: schedule, executable: .command("true"))
        change(&request.policies)
        return try await self.jobs.create(request).id
    }

    /// The run of a job at an instant, once it has ended; if patient, one that may not have been claimed yet.
    func endOfRun(_ job: JobID, at instant: Instant, isPatient: Bool = false) async throws -> Run? {
        let id = RunID(job: job, scheduledAt: instant)
        while true {
            if let run = try await self.jobs.awaitEnd(of: id, atMost: .seconds(30)) { return run }
            guard isPatient else { return nil }
            // Nothing tells of a run before it exists.
            try await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }

    /// The run, once it is as wanted; nothing tells of that, so it is looked at again and again.
    func run(_ id: RunID, once isWanted: (Run) -> Bool) async throws -> Run {
        while true {
            if let run = try await self.jobs.run(id), isWanted(run) { return run }
            try await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }

    /// Begins the run of a job's first minute on worker one, which dies and is not missed yet.
    func beginOnWorkerThatDies(_ change: (inout JobPolicies) -> Void = { _ in }) async throws -> AttemptOrder {
        let first = self.node(.one)
        _ = try await self.addJob("* * * * *", change)
        let leader = self.ensemble.session()
        var order: AttemptOrder?
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await first.worker.run() }
            try await self.running(self.manager(session: leader)) {
                self.wallClock.now = Instant.monday(0, 1).date
                first.scheduler.wake()
                order = try await first.executor.next()
            }
            leader.expire()
            // What it ran is not its to judge any more, and it records nothing.
            first.session.expire()
            try await group.waitForAll()
        }
        return try #require(order)
    }

    /// Does something while services run, and cancels them afterwards.
    func running(_ services: any Service..., work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try? await service.run() } }
            try await work()
            group.cancelAll()
        }
    }
}
