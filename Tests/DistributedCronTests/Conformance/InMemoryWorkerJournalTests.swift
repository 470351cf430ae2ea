import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct InMemoryWorkerJournalTests {
    @Test(arguments: WorkerJournalConformance.Check.allCases)
    func conforms(to check: WorkerJournalConformance.Check) async throws {
        try await WorkerJournalConformance { InMemoryWorkerJournal(maximumRows: $0, wallClock: $1) }.run(check)
    }
}
