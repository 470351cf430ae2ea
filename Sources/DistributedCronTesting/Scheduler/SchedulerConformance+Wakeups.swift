import DistributedCron
import ServiceLifecycleTestKit
import Testing

extension SchedulerConformance {
    private func minutely() throws -> Schedule { try Schedule("* * * * *") }
    private func hourly() throws -> Schedule { try Schedule("0 * * * *") }

    /// Does something while the scheduler runs, and stops it.
    private func whileRunning(_ subject: Subject, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Whether it ends with an error after its cancellation is its own affair.
                do { try await subject.scheduler.run() } catch is CancellationError {}
            }
            await giveWay(50)
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits for one wake-up.
    private func expectWakeup(_ subject: Subject, sourceLocation: SourceLocation = #_sourceLocation) async {
        let wakeup: Void? = await subject.scheduler.wakeups.first { true }
        #expect(wakeup != nil, sourceLocation: sourceLocation)
    }

    func wakesAtEachArmedInstant(_ subject: Subject) async throws {
        let schedule = try self.minutely()
        try await subject.scheduler.arm([schedule])
        try await self.whileRunning(subject) {
            var now = Self.start
            for _ in 0..<5 {
                now = try #require(schedule.next(after: now))
                try await subject.elapse(now)
                await self.expectWakeup(subject)
            }
        }
    }

    func wakesForWhatIsArmedWhileItRuns(_ subject: Subject) async throws {
        let schedule = try self.minutely()
        try await self.whileRunning(subject) {
            try await subject.elapse(Self.start + 600)
            try await subject.scheduler.arm([schedule])
            await giveWay(50)
            try await subject.elapse(try #require(schedule.next(after: Self.start + 600)))
            await self.expectWakeup(subject)
        }
    }

    func doesNotWakeBeforeTheInstant(_ subject: Subject) async throws {
        let schedule = try self.hourly()
        let due = try #require(schedule.next(after: Self.start))
        try await subject.scheduler.arm([schedule])
        try await self.whileRunning(subject) {
            try await subject.elapse(due - 1)
            // Something makes it look at the time.
            try await subject.scheduler.arm([])
            try await subject.scheduler.arm([schedule])
            await giveWay(50)
        }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func doesNotWakeBeforeItRuns(_ subject: Subject) async throws {
        try await subject.scheduler.arm([try self.minutely()])
        try await subject.elapse(Self.start + 7_200)
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func doesNotWakeWithNothingArmed(_ subject: Subject) async throws {
        try await self.whileRunning(subject) {
            try await subject.elapse(Self.start + 7_200)
            try await subject.scheduler.arm([])
            try await subject.elapse(Self.start + 14_400)
        }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func instantsOfOneMomentCountOnce(_ subject: Subject) async throws {
        let schedules = [try self.minutely(), try Schedule("*/1 * * * *"), try Schedule("0-59 * * * *")]
        try await subject.scheduler.arm(Set(schedules))
        try await self.whileRunning(subject) { try await subject.elapse(Self.start + 30) }
        #expect(await subject.scheduler.wakeups.buffered().count == 1)
    }

    func replacedScheduleWakesNoMore(_ subject: Subject) async throws {
        try await subject.scheduler.arm([try self.minutely()])
        try await self.whileRunning(subject) {
            try await subject.elapse(Self.start + 30)
            await self.expectWakeup(subject)
            try await subject.scheduler.arm([])
            await giveWay(50)
            try await subject.elapse(Self.start + 7_200)
        }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func droppedScheduleWakesNoMoreBesideAKeptOne(_ subject: Subject) async throws {
        let (kept, dropped) = (try self.hourly(), try self.minutely())
        try await subject.scheduler.arm([kept, dropped])
        try await subject.scheduler.arm([kept])
        let due = try #require(kept.next(after: Self.start))
        try await self.whileRunning(subject) { try await subject.elapse(due - 1) }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func replacedScheduleWakesNoMoreBesideItsReplacement(_ subject: Subject) async throws {
        let (former, schedule) = (try self.minutely(), try self.hourly())
        try await subject.scheduler.arm([former])
        try await subject.scheduler.arm([schedule])
        let due = try #require(schedule.next(after: Self.start))
        try await self.whileRunning(subject) { try await subject.elapse(due - 1) }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty)
    }

    func replacementWakesInstead(_ subject: Subject) async throws {
        let schedule = try self.hourly()
        try await subject.scheduler.arm([try self.minutely()])
        try await subject.scheduler.arm([schedule])
        try await self.whileRunning(subject) {
            try await subject.elapse(try #require(schedule.next(after: Self.start)))
            await self.expectWakeup(subject)
        }
    }

    func keptScheduleWakesOn(_ subject: Subject) async throws {
        let (kept, other) = (try self.minutely(), try self.hourly())
        let due = try #require(kept.next(after: Self.start))
        try await subject.scheduler.arm([kept])
        try await self.whileRunning(subject) {
            for schedules: Set<Schedule> in [[kept, other], [kept]] {
                try await subject.scheduler.arm(schedules)
                await giveWay(20)
            }
            try await subject.elapse(due)
            await self.expectWakeup(subject)
        }
    }

    func armingAgainChangesNothing(_ subject: Subject) async throws {
        let schedule = try self.minutely()
        try await self.whileRunning(subject) {
            for _ in 0..<5 {
                try await subject.scheduler.arm([schedule])
                await giveWay(10)
            }
            try await subject.elapse(Self.start + 30)
            await self.expectWakeup(subject)
            try await subject.scheduler.arm([schedule])
            await giveWay(50)
            try await subject.elapse(Self.start + 31)
        }
        #expect(await subject.scheduler.wakeups.buffered().isEmpty, "what has woken does not wake again")
    }

    func armingEveryMinuteDoesNotPutOff(_ subject: Subject) async throws {
        // Idempotent: what is armed keeps its instant, however often it is armed.
        let schedule = try self.minutely()
        try await self.whileRunning(subject) {
            for second: Int64 in [0, 10, 20, 29] {
                try await subject.scheduler.arm([schedule])
                if second > 0 { try await subject.elapse(Self.start + second) }
            }
            try await subject.elapse(Self.start + 30)
            await self.expectWakeup(subject)
        }
    }

    func slowListenerIsWokenOnce(_ subject: Subject) async throws {
        try await subject.scheduler.arm([try self.minutely()])
        try await self.whileRunning(subject) {
            for minute: Int64 in 0..<10 { try await subject.elapse(Self.start + 30 + 60 * minute) }
        }
        #expect((1...10).contains(await subject.scheduler.wakeups.buffered().count))
    }

    // MARK: Ending

    func cancellationEndsIt(_ subject: Subject) async throws {
        for schedules: Set<Schedule> in [[], [try self.minutely()]] {
            try await subject.scheduler.arm(schedules)
            try await self.whileRunning(subject) {}
        }
    }

    func gracefulShutdownEndsIt(_ subject: Subject) async throws {
        for schedules: Set<Schedule> in [[], [try self.minutely()]] {
            try await subject.scheduler.arm(schedules)
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await subject.scheduler.run() }
                    await giveWay(50)
                    trigger.triggerGracefulShutdown()
                    try await group.waitForAll()
                }
            }
        }
    }
}
