import DistributedCronTesting
import Logging
import ServiceLifecycleTestKit

@testable import DistributedCron

/// A supervisor in this process, and the executor of a worker that has found it.
struct SupervisorFixture {
    static let generation = "test"
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let directory: String
    let executor: SupervisedExecutor
    private let shutdown: GracefulShutdownTestTrigger
    private let end: Bell

    /// Asks the supervisor to end, as SIGTERM does.
    func shutDown() { self.shutdown.triggerGracefulShutdown() }

    /// Waits until it has ended.
    func waitForEnd() async { await self.end.wait() }

    /// Does something while a supervisor serves a directory.
    static func with(_ body: (Self) async throws -> Void) async throws {
        let place = try TemporaryDirectory()
        let directory = "\(place.path)/supervisor"
        var supervisor = Supervisor(
            directory: directory,
            generation: Self.generation,
            executor: ProcessExecutor(
                artifacts: InMemoryArtifactStore(),
                directory: "\(place.path)/runs",
                logger: Self.logger
            ),
            logger: Self.logger
        )
        let (bell, end) = (Bell(), Bell())
        // Where many tests run side by side, a worker may take its time to come.
        supervisor.linger = .seconds(3_600)
        supervisor.onServing = { bell.ring() }
        let (triggers, continuation) = AsyncStream.makeStream(of: GracefulShutdownTestTrigger.self)
        try await withThrowingTaskGroup(of: Void.self) { [supervisor] group in
            group.addTask {
                defer { end.ring() }
                try await testGracefulShutdown { trigger in
                    continuation.yield(trigger)
                    try await supervisor.run()
                }
            }
            await bell.wait()
            var arrived = triggers.makeAsyncIterator()
            guard let trigger = await arrived.next() else { throw CancellationError() }
            let executor = Self.executor(directory, WorkerID(rawValue: "w-1"))
            try await body(Self(directory: directory, executor: executor, shutdown: trigger, end: end))
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
        withExtendedLifetime(place) {}
    }

    /// The executor of another worker of the node.
    func executor(of worker: String) -> SupervisedExecutor { Self.executor(self.directory, WorkerID(rawValue: worker)) }

    static func executor(_ directory: String, _ worker: WorkerID) -> SupervisedExecutor {
        SupervisedExecutor(
            directory: directory,
            // One is there already.
            program: "/bin/false",
            command: ["false"],
            generation: Self.generation,
            worker: worker,
            configuration: WorkerConfiguration(),
            // What it waits for, it need not wait for.
            clock: ImpatientClock(),
            logger: Self.logger
        )
    }
}

extension SupervisedExecutor {
    /// The lease is good for so long from now.
    func renewLease(_ rest: Duration) { self.renewLease { _ in rest } }
}
