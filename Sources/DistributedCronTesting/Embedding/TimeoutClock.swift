/// The clock by which attempts take too long, so that a test's clock knows those sleeps from the closures' own.
struct TimeoutClock: Clock {
    let clock: CronClock

    var now: ManualClock.Instant { self.clock.now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ManualClock.Instant, tolerance: Duration?) async throws {
        try await self.clock.sleep(until: deadline, isTimeout: true)
    }
}
