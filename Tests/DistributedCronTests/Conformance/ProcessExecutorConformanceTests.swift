import DistributedCron
import DistributedCronTesting
import Logging
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorConformanceTests {
    @Test(arguments: AttemptExecutorConformance.Check.allCases)
    func conforms(to check: AttemptExecutorConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await AttemptExecutorConformance {
            ProcessExecutor(
                artifacts: InMemoryArtifactStore(),
                directory: directory.path,
                wallClock: $0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }.run(check)
    }
}
