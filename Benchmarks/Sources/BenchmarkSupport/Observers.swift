import DistributedCron
import DistributedCronTesting
import Synchronization

/// An executor whose attempts are over at once, unless it is closed: then they wait.
package final class GatedExecutor: AttemptExecutor {
    private struct Gate {
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let wallClock: any WallClock
    private let gate = Mutex(Gate())

    package init(wallClock: any WallClock) { self.wallClock = wallClock }

    package func close() { self.gate.withLock { $0.isClosed = true } }

    package func open() {
        let waiting = self.gate.withLock { gate in
            defer { gate = Gate() }
            return gate.waiting
        }
        for attempt in waiting { attempt.resume() }
    }

    package func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        let startedAt = self.wallClock.now
        await withCheckedContinuation { continuation in
            let isOpen = self.gate.withLock { gate in
                if gate.isClosed { gate.waiting.append(continuation) }
                return !gate.isClosed
            }
            if isOpen { continuation.resume() }
        }
        return AttemptReport(outcome: .exited(0), startedAt: startedAt, finishedAt: self.wallClock.now)
    }
}

/// A queue that tells of the runs of claims: when their task is filed, which is once they are in the ledger, and when it
/// is completed, which is once their ends are.
package final class CountingQueue: TaskQueue {
    package enum Event { case claimed(Int), ended(Int) }

    private let queue = InMemoryTaskQueue()
    private let sizes = Mutex<[TaskID: Int]>([:])
    private let heard = AsyncStream.makeStream(of: Event.self)

    package init() {}

    package var events: AsyncStream<Event> { self.heard.stream }

    package func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.queue.enqueue(tasks, for: worker)
        for task in tasks {
            guard case .claim(_, _, _, _, let runs) = task else { continue }
            self.sizes.withLock { $0[task.id] = runs.count }
            self.heard.continuation.yield(.claimed(runs.count))
        }
    }
    package func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await self.queue.complete(tasks, for: worker)
        let runs = self.sizes.withLock { sizes in tasks.reduce(0) { $0 + (sizes.removeValue(forKey: $1) ?? 0) } }
        if runs > 0 { self.heard.continuation.yield(.ended(runs)) }
    }
    package func open(_ worker: WorkerID) async throws { try await self.queue.open(worker) }
    package func workers() async throws -> [WorkerID] { try await self.queue.workers() }
    package func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        try await self.queue.tasks(for: worker)
    }
    package func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.queue.pendingTasks(for: worker)
    }
    package func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.queue.move(tasks, from: source, to: destination)
    }
    package func close(_ worker: WorkerID) async throws { try await self.queue.close(worker) }
}

/// A manual clock that says when somebody has gone to sleep, and for how long.
package struct SleepObserver: Clock {
    let clock: ManualClock
    private let heard = AsyncStream.makeStream(of: Duration.self)

    package init(_ clock: ManualClock) { self.clock = clock }

    package var sleeps: AsyncStream<Duration> { self.heard.stream }
    package var now: ManualClock.Instant { self.clock.now }
    package var minimumResolution: Duration { self.clock.minimumResolution }

    package func sleep(until deadline: ManualClock.Instant, tolerance: Duration?) async throws {
        self.heard.continuation.yield(self.now.duration(to: deadline))
        try await self.clock.sleep(until: deadline, tolerance: tolerance)
    }
}
