import BenchmarkSupport
import DistributedCron
import DistributedCronTesting
import Foundation
import Logging

/// A worker that owns every slot, on clocks that move when they are told to.
struct WorkerMeasurement {
    private static let forever = Duration.seconds(1_000_000_000)
    private static let sweep = Duration.seconds(15)
    private static let rounds = 5
    private static let day: Int64 = 86_400

    let store: InMemoryJobStore
    let time: ManualTime
    let jobs: Int
    private let queue = CountingQueue()
    private let scheduler = ManualScheduler()
    private let clock: SleepObserver
    private let executor: GatedExecutor
    private let ensemble = InMemoryEnsemble()
    private let logger = Logger(label: "benchmark") { StreamLogHandler.standardError(label: $0) }

    init(store: InMemoryJobStore, time: ManualTime, jobs: Int) {
        self.store = store
        self.time = time
        self.jobs = jobs
        self.clock = SleepObserver(time.clock)
        self.executor = GatedExecutor(wallClock: time.wallClock)
    }

    /// Measures and prints.
    func run() async throws {
        var configuration = WorkerConfiguration(capacity: 8)
        // Nothing but the claiming loop is to wake when the clock moves.
        configuration.heartbeat = Self.forever
        configuration.lease = Self.forever * 2
        configuration.sweep = Self.sweep
        var managing = Manager.Configuration()
        managing.grace = .zero
        let identities = IdentitySource()
        let manager = Manager(
            id: identities.managerID(),
            store: self.store,
            queue: self.queue,
            coordinator: self.ensemble.session(),
            configuration: managing,
            logger: self.logger
        )
        let worker = Worker(
            id: identities.workerID(),
            host: "benchmark",
            store: self.store,
            queue: self.queue,
            coordinator: self.ensemble.session(),
            scheduler: self.scheduler,
            executor: self.executor,
            configuration: configuration,
            clock: self.clock,
            wallClock: self.time.wallClock,
            logger: self.logger
        )
        let heap = Report.heapBytes()
        await withThrowingTaskGroup(of: Void.self) { group in
            let started = ContinuousClock.now
            group.addTask { try await manager.run() }
            group.addTask { try await worker.run() }
            while self.scheduler.schedules.isEmpty { await self.untilAsleep() }
            Report.line("load all jobs into a worker", (ContinuousClock.now - started) / .seconds(1), "s")
            Report.line("memory of a worker", Double(Report.heapBytes() - heap) / Double(self.jobs), "bytes per job")
            await self.measureIdleWakeup()
            await self.measureClaims()
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// Waits until the claiming loop has nothing to do.
    private func untilAsleep() async {
        for await duration in self.clock.sleeps where duration == Self.sweep { break }
    }

    /// A look at all slots when nothing is due.
    private func measureIdleWakeup() async {
        var fastest = Double.infinity
        for _ in 0..<3 {
            let start = ContinuousClock.now
            self.time.advance(by: Self.sweep)
            await self.untilAsleep()
            fastest = min(fastest, (ContinuousClock.now - start) / .seconds(1))
        }
        Report.line("wake-up with nothing due", fastest * 1_000, "ms", "aim: 1 ms")
    }

    /// Ten mornings: on the first ones attempts wait until everything is claimed.
    private func measureClaims() async {
        var events = self.queue.events.makeAsyncIterator()
        var claiming = Double.infinity
        var working = Double.infinity
        for morning in 0..<(2 * Self.rounds) {
            if morning < Self.rounds { self.executor.close() }
            let start = ContinuousClock.now
            self.time.advance(to: Fleet.start + (60 + Int64(morning) * Self.day))
            // The alarm reaches the loop even if it is not asleep yet.
            self.scheduler.wake()
            var claimed = 0
            var ended = 0
            while ended < Fleet.dueCount, let event = await events.next() {
                switch event {
                case .claimed(let runs):
                    claimed += runs
                    guard claimed == Fleet.dueCount, morning < Self.rounds else { continue }
                    claiming = min(claiming, (ContinuousClock.now - start) / .seconds(1))
                    self.executor.open()
                case .ended(let runs): ended += runs
                }
            }
            if morning >= Self.rounds { working = min(working, (ContinuousClock.now - start) / .seconds(1)) }
        }
        let runs = Double(Fleet.dueCount)
        Report.line("claim of \(Fleet.dueCount) due instants", claiming * 1_000, "ms", "aim: 50 ms")
        Report.line("claims", runs / claiming, "per second")
        Report.line("runs claimed, launched and recorded", runs / working, "per second")
    }
}
