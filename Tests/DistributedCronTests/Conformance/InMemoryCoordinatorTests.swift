import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct InMemoryCoordinatorTests {
    @Test(arguments: CoordinatorConformance.Check.allCases)
    func conforms(to check: CoordinatorConformance.Check) async throws {
        let suite = CoordinatorConformance {
            let ensemble = InMemoryEnsemble()
            return .init {
                ensemble.session()
            } lose: {
                ($0 as? InMemoryCoordinator)?.expire()
            }
        }
        try await suite.run(check)
    }
}
