import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct InMemoryArtifactStoreTests {
    @Test(arguments: ArtifactStoreConformance.Check.allCases)
    func conforms(to check: ArtifactStoreConformance.Check) async throws {
        try await ArtifactStoreConformance { .init(InMemoryArtifactStore()) }.run(check)
    }
}
