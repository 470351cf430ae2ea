#if ZooKeeper
import BenchmarkSupport
import DistributedCron
import DistributedCronZooKeeper

/// Claims that workers file in their queues, take from them and complete, against nodes that a bare client creates.
struct ThroughputMeasurement {
    private static let workers = 32
    private static let perWorker = 512
    /// How many claims a worker files at once, as after a wake-up.
    private static let batch = 16
    /// How many runs a claim lists.
    private static let runs = 10
    /// How many calls of the bare client are under way at once: as many as make no difference any more.
    private static let window = 256
    private static let rounds = 9

    let ensemble: Ensemble

    func run() async throws {
        let chroot = self.ensemble.newChroot()
        let cluster = try await self.ensemble.cluster(at: chroot)
        let bare = try BareClient(self.ensemble)
        let parent = "\(chroot)-bare"
        try bare.make(parent)
        let queue = cluster.taskQueue
        let identities = IdentitySource()
        let workers = (0..<Self.workers).map { _ in identities.workerID() }
        for worker in workers { try await queue.open(worker) }

        let sample = Self.claim(of: workers[0], .max)
        try await queue.enqueue([sample], for: workers[0])
        let bytes = try bare.size(of: "\(chroot)/tasks/\(workers[0])/\(sample.id)")
        try await queue.complete([sample.id], for: workers[0])

        let count = Self.workers * Self.perWorker
        var rounds: [(batched: Double, single: Double, bare: Double)] = []
        // The first round warms up.
        for round in 0...Self.rounds {
            // In turns, because the second finds what the first has left in the servers' logs.
            let isFirst = round.isMultiple(of: 2)
            let before =
                isFirst ? nil : try bare.creations(below: parent, bytes: bytes, count: count, window: Self.window)
            let batched = try await Self.rate(queue, workers, 2 * round, batch: Self.batch)
            let single = try await Self.rate(queue, workers, 2 * round + 1, batch: 1)
            let creations =
                try before ?? bare.creations(below: parent, bytes: bytes, count: count, window: Self.window)
            rounds.append((batched, single, creations))
        }
        rounds.removeFirst()
        await cluster.close()
        Report.line(
            "tasks through \(Self.workers) queues, \(Self.batch) a call",
            rounds.map(\.batched).median,
            "per second"
        )
        Report.line("tasks through \(Self.workers) queues, one a call", rounds.map(\.single).median, "per second")
        Report.line(
            "peer: nodes of \(bytes) bytes created by the bare C client",
            rounds.map(\.bare).median,
            "per second",
            "one a call, \(Self.window) calls under way"
        )
        // A task is created, listed, read and deleted, and its queue is counted; a node of the peer is created.
        Report.ratio(
            "tasks to the peer's creations, \(Self.batch) a call",
            rounds.map { $0.batched / $0.bare },
            "aim: at least 0.5"
        )
        Report.ratio("tasks to the peer's creations, one a call", rounds.map { $0.single / $0.bare })
    }

    /// How many tasks a second are filed, delivered and completed.
    private static func rate(
        _ queue: ZooKeeperTaskQueue,
        _ workers: [WorkerID],
        _ round: Int,
        batch: Int
    ) async throws -> Double {
        let seconds = try await Report.seconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in workers {
                    let delivered = try await queue.tasks(for: worker)
                    group.addTask { try await Self.file(queue, worker, round, batch: batch) }
                    group.addTask { try await Self.complete(delivered, queue, worker, batch: batch) }
                }
                try await group.waitForAll()
            }
        }
        return Double(workers.count * Self.perWorker) / seconds
    }

    private static func file(_ queue: ZooKeeperTaskQueue, _ worker: WorkerID, _ round: Int, batch: Int) async throws {
        let tasks = (0..<Self.perWorker).map { Self.claim(of: worker, UInt64(round * Self.perWorker + $0)) }
        for first in stride(from: 0, to: tasks.count, by: batch) {
            try await queue.enqueue(Array(tasks[first..<min(first + batch, tasks.count)]), for: worker)
        }
    }

    private static func complete(
        _ delivered: AsyncThrowingStream<WorkerTask, any Error>,
        _ queue: ZooKeeperTaskQueue,
        _ worker: WorkerID,
        batch: Int
    ) async throws {
        var left = Self.perWorker
        var taken: [TaskID] = []
        for try await task in delivered {
            taken.append(task.id)
            left -= 1
            guard taken.count == batch || left == 0 else { continue }
            try await queue.complete(taken, for: worker)
            taken = []
            if left == 0 { return }
        }
        throw BareClient.Failure(description: "a queue has ended with \(left) tasks missing")
    }

    private static func claim(of worker: WorkerID, _ sequence: UInt64) -> WorkerTask {
        let epoch = Epoch(rawValue: 1_772_000_000_000)
        let runs = (0..<Self.runs).map { number in
            let job = JobID(rawValue: 1 << 120 + UInt128(number))
            return AttemptKey(run: RunID(job: job, scheduledAt: Fleet.start), number: 1, epoch: epoch)
        }
        return .claim(slot: SlotID(index: 7), worker: worker, epoch: epoch, sequence: sequence, runs: runs)
    }
}
#endif
