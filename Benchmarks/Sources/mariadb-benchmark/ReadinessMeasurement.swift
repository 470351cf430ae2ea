#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import DistributedCronTesting
import Foundation
import Logging

/// A worker that starts alone, and so has to know every job before it is ready.
struct ReadinessMeasurement {
    private static let forever = Duration.seconds(1_000_000_000)
    private static let sweep = Duration.seconds(15)

    let database: Database
    let jobs: Int
    let logger: Logger

    func run() async throws {
        // Only the coordinator and the queue are in memory; the clocks stand still, so that nothing becomes due meanwhile.
        let time = ManualTime(now: try await self.database.store.now())
        let queue = InMemoryTaskQueue()
        let ensemble = InMemoryEnsemble()
        let clock = SleepObserver(time.clock)
        let scheduler = ManualScheduler()
        let identities = IdentitySource()
        var configuration = WorkerConfiguration(capacity: 8)
        configuration.heartbeat = Self.forever
        configuration.lease = Self.forever * 2
        configuration.sweep = Self.sweep
        var managing = Manager.Configuration()
        managing.grace = .zero
        let manager = Manager(
            id: identities.managerID(),
            store: self.database.store,
            queue: queue,
            coordinator: ensemble.session(),
            configuration: managing,
            logger: self.logger
        )
        let worker = Worker(
            id: identities.workerID(),
            host: "benchmark",
            store: self.database.store,
            queue: queue,
            coordinator: ensemble.session(),
            scheduler: scheduler,
            executor: GatedExecutor(wallClock: time.wallClock),
            configuration: configuration,
            clock: clock,
            wallClock: time.wallClock,
            logger: self.logger
        )
        let heap = Report.heapBytes()
        let resident = ResidentMemory.current
        await withThrowingTaskGroup(of: Void.self) { group in
            let started = ContinuousClock.now
            group.addTask { try await manager.run() }
            group.addTask { try await worker.run() }
            while scheduler.schedules.isEmpty {
                for await duration in clock.sleeps where duration == Self.sweep { break }
            }
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            Report.line("a worker that owns every slot is ready", seconds, "s", "aim: 15 s")
            Report.line("its memory", Double(Report.heapBytes() - heap) / Double(self.jobs), "bytes per job")
            Report.line("its resident memory", ResidentMemory.mebibytes(ResidentMemory.current - resident), "MiB")
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }
}
#endif
