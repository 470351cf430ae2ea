import DistributedCronTesting
import Logging

@testable import DistributedCron

/// A supervisor in this process, and the executor of a worker that has found it.
struct SupervisorFixture {
    static let generation = "test"
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let directory: String
    let executor: SupervisedExecutor

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
        let bell = Bell()
        supervisor.onServing = { bell.ring() }
        try await withThrowingTaskGroup(of: Void.self) { [supervisor] group in
            group.addTask { try await supervisor.run() }
            await bell.wait()
            try await body(Self(directory: directory, executor: Self.executor(directory, WorkerID(rawValue: "w-1"))))
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
            logger: Self.logger
        )
    }
}

extension SupervisedExecutor {
    /// The lease is good for so long from now.
    func renewLease(_ rest: Duration) { self.renewLease { rest } }
}
