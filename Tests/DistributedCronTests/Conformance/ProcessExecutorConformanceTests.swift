import DistributedCron
import DistributedCronTesting
import Logging
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorConformanceTests {
    @Test(arguments: AttemptExecutorConformance.Check.allCases)
    func conforms(to check: AttemptExecutorConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await AttemptExecutorConformance { Self.executor(in: directory, $0) }.run(check)
    }

    @Test("So it does behind one for closures", arguments: AttemptExecutorConformance.Check.allCases)
    func conformsBehindClosures(to check: AttemptExecutorConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await AttemptExecutorConformance {
            HandlerExecutor(other: Self.executor(in: directory, $0), wallClock: $0)
        }.run(check)
    }

    private static func executor(in directory: TemporaryDirectory, _ wallClock: any WallClock) -> ProcessExecutor {
        ProcessExecutor(
            artifacts: InMemoryArtifactStore(),
            directory: directory.path,
            wallClock: wallClock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
