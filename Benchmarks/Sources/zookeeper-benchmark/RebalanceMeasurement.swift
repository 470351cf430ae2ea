#if ZooKeeper
import BenchmarkSupport
import DistributedCron
import DistributedCronZooKeeper
import Logging

/// A leader with a thousand workers, of which one dies and another comes, time and again.
///
/// The manager, its writes to the servers and the queues are real; the workers are sessions in memory, and so is the store.
struct RebalanceMeasurement {
    private static let workers = 1_000
    private static let deaths = 10

    let ensemble: Ensemble
    let jobs: Int

    /// What a leader has needed, in seconds and bytes.
    private struct Findings {
        var first = 0.0
        /// From each death until all of its slots were others'.
        var moves: [Double] = []
        /// The same until every worker has heard of it, and nothing was left.
        var burials: [Double] = []
        var heapGrowth = 0
        var residentGrowth = 0
    }

    func run() async throws {
        let alone = try await self.measure(jobs: 0)
        let loaded = try await self.measure(jobs: self.jobs)
        let words = "\(Self.workers) workers, \(self.jobs) jobs"
        Report.line("a new leader has told \(words)", loaded.first, "s", "without a job \(Int(alone.first * 1_000)) ms")
        Report.line("a dead worker's slots are others'", loaded.moves.median, "s", "aim: 2 s; \(words)")
        Report.line("the longest of \(Self.deaths) times", loaded.moves.max() ?? 0, "s", "aim: 2 s")
        Report.ratio(
            "with \(self.jobs) jobs to without a job",
            zip(loaded.moves, alone.moves).map { $0 / $1 },
            "aim: 1, as no work is done for each job"
        )
        Report.line("every worker has heard of a death", loaded.burials.median, "s", "\(words)")
        Report.line(
            "growth of the heap in \(Self.deaths) deaths",
            Double(loaded.heapGrowth) / 1_024,
            "KiB",
            "aim: flat; the process's resident memory \(loaded.residentGrowth / 1_024) KiB"
        )
    }

    private func measure(jobs: Int) async throws -> Findings {
        let cluster = try await self.ensemble.cluster(at: self.ensemble.newChroot())
        let store = InMemoryJobStore()
        if jobs > 0 { try await Fleet(count: jobs).create(in: store, concurrency: 1) }
        let slotCount = try await store.slots().count
        let (events, heard) = AsyncStream.makeStream(of: LeaderEvent.self)
        let sessions = InMemoryEnsemble()
        let queue = WatchedQueue(cluster.taskQueue, heard)
        var configuration = Manager.Configuration()
        // That is time that is waited on purpose.
        configuration.grace = .zero
        var logger = Logger(label: "benchmark") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let manager = Manager(
            id: IdentitySource().managerID(),
            store: store,
            queue: queue,
            coordinator: PublishingCoordinator(sessions.session(), cluster.coordinator, heard),
            configuration: configuration,
            logger: logger
        )
        let findings = try await withThrowingTaskGroup(of: Void.self, returning: Findings.self) { group in
            var crowd = Crowd(sessions: sessions, queue: queue, events: events)
            for _ in 0..<Self.workers { _ = try await crowd.add() }
            group.addTask { try await manager.run() }
            let findings = try await Self.watch(&crowd, slotCount: slotCount)
            group.cancelAll()
            while (try? await group.next()) != nil {}
            return findings
        }
        await cluster.close()
        return findings
    }

    private static func watch(_ crowd: inout Crowd, slotCount: Int) async throws -> Findings {
        var findings = Findings()
        let start = ContinuousClock.now
        try await crowd.listen { $0.owners.count == slotCount }
        findings.first = (ContinuousClock.now - start) / .seconds(1)
        // The first death warms up: after it the leader has told everybody, and knows whom.
        for death in 0...Self.deaths {
            if death == 1 {
                findings.heapGrowth = -Report.heapBytes()
                findings.residentGrowth = -ResidentMemory.current
            }
            let (move, burial) = try await crowd.replaceOne()
            guard death > 0 else { continue }
            findings.moves.append(move)
            findings.burials.append(burial)
        }
        findings.heapGrowth += Report.heapBytes()
        findings.residentGrowth += ResidentMemory.current
        return findings
    }
}
#endif
