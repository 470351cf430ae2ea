import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct TimerSchedulerTests {
    @Test(arguments: SchedulerConformance.Check.allCases)
    func conforms(to check: SchedulerConformance.Check) async throws {
        try await SchedulerConformance { TimerScheduler(wallClock: $0.wallClock, clock: $0.clock) }.run(check)
    }
}
