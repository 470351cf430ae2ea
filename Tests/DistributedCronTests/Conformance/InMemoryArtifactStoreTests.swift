import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct InMemoryArtifactStoreTests {
    @Test(arguments: ArtifactStoreConformance.Check.allCases)
    func conforms(to check: ArtifactStoreConformance.Check) async throws {
        try await ArtifactStoreConformance {
            let clock = ManualWallClock(now: Instant.monday().date)
            return .init(InMemoryArtifactStore(wallClock: clock), advance: { clock.advance(by: $0) })
        }.run(check)
    }

    @Test("The check for damage fails a store that does not look", arguments: [true, false])
    func damage(isNoticed: Bool) async throws {
        let suite = ArtifactStoreConformance {
            let store = TamperedArtifactStore(isVerifying: isNoticed)
            return .init(store) { store.tamper($0) }
        }
        try await withKnownIssue {
            try await suite.run(.damageIsFound)
        } when: {
            !isNoticed
        }
    }
}
