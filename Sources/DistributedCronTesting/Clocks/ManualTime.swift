public import DistributedCron

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A wall clock and a clock for waits that move together, as those of a healthy machine do.
public struct ManualTime: Sendable {
    /// Civil time.
    public let wallClock: ManualWallClock
    /// The clock for waits.
    public let clock: ManualClock

    /// Joins two new clocks.
    ///
    /// - Parameter now: What the wall clock shows; 2026-01-01T00:00:00Z by default.
    public init(now: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        self.wallClock = ManualWallClock(now: now)
        self.clock = ManualClock()
    }

    /// Moves both clocks forward; whoever wakes finds the wall clock moved already.
    public func advance(by duration: Duration) {
        self.wallClock.advance(by: duration)
        self.clock.advance(by: duration)
    }

    /// Moves both clocks forward until the wall clock shows an instant; one that has passed changes nothing.
    public func advance(to instant: Instant) {
        let interval = instant.date.timeIntervalSince(self.wallClock.now)
        guard interval > 0 else { return }
        self.wallClock.now = instant.date
        self.clock.advance(by: .seconds(interval))
    }
}
