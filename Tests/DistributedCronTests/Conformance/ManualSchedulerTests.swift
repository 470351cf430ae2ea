import DistributedCron
import DistributedCronTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct ManualSchedulerTests {
    /// Without a will of its own it has nothing to say of when it wakes; what is left is how it ends.
    @Test(arguments: [
        SchedulerConformance.Check.doesNotWakeWithNothingArmed, .cancellationEndsIt, .gracefulShutdownEndsIt,
    ])
    func conforms(to check: SchedulerConformance.Check) async throws {
        try await SchedulerConformance(subject: { .init(ManualScheduler()) { _ in } }).run(check)
    }

    @Test func itSaysWhatIsArmed() async throws {
        let scheduler = ManualScheduler()
        let schedules: Set = [try Schedule("* * * * *"), try Schedule("0 * * * *")]
        try await scheduler.arm(schedules)
        #expect(scheduler.schedules == schedules)
        try await scheduler.arm([])
        #expect(scheduler.schedules.isEmpty)
    }

    @Test func itWakesWhoeverListensNext() async throws {
        let scheduler = ManualScheduler()
        scheduler.wake()
        scheduler.wake()
        var iterator = scheduler.wakeups.makeAsyncIterator()
        #expect(await iterator.next(isolation: nil) != nil)
    }
}
