import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct SupervisedExecutorConformanceTests {
    @Test(arguments: AttemptExecutorConformance.Check.allCases)
    func conforms(to check: AttemptExecutorConformance.Check) async throws {
        try await SupervisorFixture.with { fixture in
            fixture.executor.renewLease(.seconds(600))
            try await AttemptExecutorConformance { _ in fixture.executor }.run(check)
        }
    }
}
