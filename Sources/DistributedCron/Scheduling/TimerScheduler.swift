#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import ServiceLifecycle

/// A scheduler that waits by this process's own timer: the default where no crontab is to be touched.
public final class TimerScheduler: Scheduler {
    private let alarms = Lock(Alarms())
    private let rearmed = Bell()
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let wallClock: any WallClock
    private let clock: any Clock<Duration>

    /// Creates a scheduler with nothing armed.
    ///
    /// - Parameters:
    ///   - wallClock: Decides when an instant has come.
    ///   - clock: Measures the waits.
    public init(wallClock: any WallClock = SystemWallClock(), clock: any Clock<Duration> = ContinuousClock()) {
        self.wallClock = wallClock
        self.clock = clock
    }

    /// Replaces what is armed.
    public func arm(_ schedules: Set<Schedule>) async throws {
        let now = Instant(floor: self.wallClock.now)
        self.alarms.withLock { $0.replace(with: schedules, after: now) }
        self.rearmed.ring()
    }

    /// The wake-ups.
    public var wakeups: AsyncStream<Void> { self.bell.stream }

    /// Wakes at each armed instant until cancelled or gracefully shut down.
    public func run() async throws {
        try await untilGracefulShutdown {
            while !Task.isCancelled {
                let now = self.wallClock.now
                let (isDue, next) = self.alarms.withLock { alarms in
                    (alarms.advance(to: Instant(floor: now)), alarms.next)
                }
                if isDue { self.bell.continuation.yield() }
                if let next {
                    await self.rearmed.wait(atMost: .seconds(next.date.timeIntervalSince(now)), on: self.clock)
                } else {
                    await self.rearmed.wait()
                }
            }
        }
    }
}
