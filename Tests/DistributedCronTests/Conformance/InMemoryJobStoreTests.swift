import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct InMemoryJobStoreTests {
    @Test(arguments: JobStoreConformance.Check.allCases)
    func conforms(to check: JobStoreConformance.Check) async throws {
        try await JobStoreConformance { InMemoryJobStore(wallClock: $0) }.run(check)
    }

    @Test("Many jobs share a slot", arguments: JobStoreConformance.Check.allCases)
    func conformsWithFewSlots(to check: JobStoreConformance.Check) async throws {
        try await JobStoreConformance { InMemoryJobStore(slotCount: 4, wallClock: $0) }.run(check)
    }
}
