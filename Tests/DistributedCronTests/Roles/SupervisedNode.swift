import DistributedCron
import DistributedCronTesting
import Foundation

/// An executor that tells what is asked of it, and whose attempts end when they are killed or when a test says so.
final class StubbornExecutor: AttemptExecutor {
    enum Event: Hashable, Sendable {
        case began(AttemptOrder)
        case asked(RunID, at: Duration)
        case killed(RunID, at: Duration)
    }
    private struct State {
        var running: [RunID: CheckedContinuation<AttemptOutcome, Never>] = [:]
        var isReleased = false
    }
    private let state = Lock(State())
    private let told = AsyncStream.makeStream(of: Event.self)
    private let clock: ManualClock
    private let wallClock: any WallClock

    init(_ clock: ManualClock, _ wallClock: any WallClock) {
        self.clock = clock
        self.wallClock = wallClock
    }

    /// The next thing that happens.
    func next() async throws -> Event {
        for await event in self.told.stream { return event }
        throw CancellationError()
    }

    /// The next attempt that begins, which has to be the next thing that happens.
    func nextBegun() async throws -> AttemptOrder? {
        guard case .began(let order) = try await self.next() else { return nil }
        return order
    }

    /// Until when a run's attempt went on before it was killed; whether it was asked in time is a race, if at all.
    func nextKilled(_ run: RunID) async throws -> Duration {
        for await event in self.told.stream {
            if case .killed(run, let time) = event { return time }
        }
        throw CancellationError()
    }

    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        let startedAt = self.wallClock.now
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReleased = self.state.withLock { state in
                    if !state.isReleased { state.running[order.run] = continuation }
                    return state.isReleased
                }
                if isReleased { continuation.resume(returning: .cancelled) }
                self.told.continuation.yield(.began(order))
            }
        } onCancel: {
            self.told.continuation.yield(.asked(order.run, at: self.clock.now.elapsed))
        }
        return AttemptReport(outcome: outcome, startedAt: startedAt, finishedAt: self.wallClock.now)
    }

    func kill(_ run: RunID) async {
        guard self.end(run, .cancelled) else { return }
        self.told.continuation.yield(.killed(run, at: self.clock.now.elapsed))
    }

    /// Ends an attempt that runs.
    @discardableResult
    func end(_ run: RunID, _ outcome: AttemptOutcome = .exited(0)) -> Bool {
        guard let attempt = self.state.withLock({ $0.running.removeValue(forKey: run) }) else { return false }
        attempt.resume(returning: outcome)
        return true
    }

    /// Ends all attempts, also those that are still to begin: the test is over.
    func release() {
        let running = self.state.withLock { state in
            state.isReleased = true
            defer { state.running = [:] }
            return state.running
        }
        for attempt in running.values { attempt.resume(returning: .cancelled) }
    }
}

/// A worker on a clock of its own, with a lease of 30 seconds and a stop grace of 10.
struct SupervisedNode: Sendable {
    let worker: Worker
    let session: FlakySession
    let scheduler = ManualScheduler()
    let executor: StubbornExecutor
    let clock = ManualClock()
    /// What was told of the lease.
    let leases = AsyncStream.makeStream(of: Duration.self)

    init(_ id: WorkerID, in cluster: TestCluster, _ change: (inout WorkerConfiguration) -> Void = { _ in }) {
        self.session = FlakySession(cluster.ensemble.session())
        self.executor = StubbornExecutor(self.clock, cluster.wallClock)
        var configuration = WorkerConfiguration(capacity: 4)
        configuration.lease = .seconds(30)
        configuration.onLease = { [leases] rest in leases.continuation.yield(rest(.hold)) }
        change(&configuration)
        self.worker = Worker(
            id: id,
            host: "host",
            store: cluster.store,
            queue: cluster.queue,
            coordinator: self.session,
            scheduler: self.scheduler,
            executor: self.executor,
            configuration: configuration,
            clock: self.clock,
            wallClock: cluster.wallClock,
            logger: cluster.logger
        )
    }

    /// Does something while the worker runs in a cluster.
    func running(in cluster: TestCluster, _ work: () async throws -> Void) async throws {
        try await cluster.running(cluster.manager(), self.worker) {
            defer { self.executor.release() }
            try await work()
        }
    }

    /// Moves the worker's clock in steps between which its tasks go to sleep again: the claims, the heartbeat and,
    /// while it has anything to wait for, the watch.
    func advance(to seconds: Int, sleepers: Int = 3) async throws {
        while self.clock.now.elapsed < .seconds(seconds) {
            try await self.clock.waitForSleepers(sleepers)
            self.clock.advance(by: .seconds(1))
        }
    }

    /// Lets the worker's time pass until something has come to its end.
    func passingTime<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try await self.clock.waitForSleepers(2)
                    self.clock.advance(by: .seconds(1))
                    try await ContinuousClock().sleep(for: .milliseconds(1))
                }
            }
            let result = try await work()
            group.cancelAll()
            return result
        }
    }
}
