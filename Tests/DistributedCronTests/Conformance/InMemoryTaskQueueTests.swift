import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct InMemoryTaskQueueTests {
    @Test(arguments: TaskQueueConformance.Check.allCases)
    func conforms(to check: TaskQueueConformance.Check) async throws {
        try await TaskQueueConformance { InMemoryTaskQueue(maximumTasks: $0) }.run(check)
    }
}
