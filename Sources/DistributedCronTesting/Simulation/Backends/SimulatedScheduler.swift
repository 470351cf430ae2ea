import DistributedCron

/// A node's alarm clock that fails as cron does: it misses, doubles and delays.
struct SimulatedScheduler: Scheduler {
    private static let lateness = Duration.seconds(1)...Duration.seconds(70)

    private let timer: TimerScheduler
    private let engine: SimulationEngine
    private let faults: FaultSwitches

    init(wallClock: any WallClock, clock: any Clock<Duration>, engine: SimulationEngine, faults: FaultSwitches) {
        self.timer = TimerScheduler(wallClock: wallClock, clock: clock)
        self.engine = engine
        self.faults = faults
    }

    func arm(_ schedules: Set<Schedule>) async throws { try await self.timer.arm(schedules) }

    func run() async throws { try await self.timer.run() }

    var wakeups: AsyncStream<Void> {
        let source = StreamSource(self.timer.wakeups)
        let isOwed = Lock(false)
        return AsyncStream(unfolding: {
            let isSecond = isOwed.withLock { isOwed in
                defer { isOwed = false }
                return isOwed
            }
            if isSecond { return () }
            while await source.next() != nil {
                if self.faults.strikes(.wakeupLost) { continue }
                if self.faults.strikes(.wakeupDoubled) { isOwed.withLock { $0 = true } }
                if self.faults.strikes(.wakeupLate) {
                    guard (try? await self.engine.sleep(for: self.engine.duration(Self.lateness))) != nil else {
                        return nil
                    }
                }
                return ()
            }
            return nil
        })
    }
}
