import DistributedCron
import DistributedCronTesting
import Testing

/// An executor whose attempts say something, wait for the test, and say something else.
private final class TalkingExecutor: AttemptExecutor {
    private let gate = AsyncStream.makeStream(of: Void.self)
    private let session: InMemoryCoordinator
    private let membersAtPreparation = Lock<[WorkerDescription]?>(nil)

    init(_ session: InMemoryCoordinator) { self.session = session }

    /// The workers that were registered when the executor was prepared.
    var membersThen: [WorkerDescription]? { self.membersAtPreparation.withLock { $0 } }

    func release() { self.gate.continuation.finish() }

    func prepare() async throws {
        for await members in self.session.members() {
            self.membersAtPreparation.withLock { $0 = members }
            return
        }
    }

    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        output.append("begun\n".utf8, from: .stdout)
        for await _ in self.gate.stream {}
        output.append("ended\n".utf8, from: .stderr)
        return AttemptReport(outcome: .exited(0), startedAt: nil, finishedAt: Instant.monday().date)
    }
}

@Suite(.timeLimit(.minutes(5))) struct WorkerOutputTests {
    @Test(
        "What an attempt writes is seen while it runs, and its end is in the ledger; a worker prepares before it registers"
    )
    func output() async throws {
        let cluster = TestCluster()
        let session = cluster.ensemble.session()
        let executor = TalkingExecutor(session)
        let outputs = LiveOutputs()
        let worker = Worker(
            id: .one,
            host: "host",
            store: cluster.store,
            queue: cluster.queue,
            coordinator: session,
            scheduler: ManualScheduler(),
            executor: executor,
            outputs: outputs,
            configuration: WorkerConfiguration(capacity: 1),
            wallClock: cluster.wallClock,
            logger: cluster.logger
        )
        try await cluster.running(cluster.manager(), worker) {
            let job = try await cluster.addJob("@daily")
            let run = try await cluster.jobs.run(job).id
            var reader = outputs.follow(run)?.makeAsyncIterator()
            while reader == nil {
                // Nothing tells of an attempt before it begins.
                try await ContinuousClock().sleep(for: .milliseconds(5))
                reader = outputs.follow(run)?.makeAsyncIterator()
            }
            let begun = await reader?.next()
            #expect(begun == .bytes(offset: 0, .stdout, Array("begun\n".utf8)))
            executor.release()
            let ended = await reader?.next()
            #expect(ended == .bytes(offset: 6, .stderr, Array("ended\n".utf8)))
            let end = await reader?.next()
            #expect(end == .end)
            #expect(try await cluster.jobs.awaitEnd(of: run, atMost: .seconds(30))?.state == .succeeded)
            let attempt = try #require(try await cluster.store.attempts(of: run).first)
            #expect(String(decoding: attempt.report.output.bytes(), as: UTF8.self) == "begun\nended\n")
            #expect(outputs.follow(run) == nil)
        }
        #expect(executor.membersThen == [])
    }
}
