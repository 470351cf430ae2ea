public import DistributedCron

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A wall clock that shows what a test sets it to.
///
/// It may be set back as well as forward, as a machine's clock may be.
public final class ManualWallClock: WallClock {
    private let present: Lock<Date>

    /// Creates a clock.
    ///
    /// - Parameter now: What it shows; 2026-01-01T00:00:00Z by default.
    public init(now: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        self.present = Lock(now)
    }

    /// What the clock shows.
    public var now: Date {
        get { self.present.withLock { $0 } }
        set { self.present.withLock { $0 = newValue } }
    }

    /// Moves the clock, forward or, with a negative duration, back.
    public func advance(by duration: Duration) {
        self.present.withLock { $0.addTimeInterval(duration / .seconds(1)) }
    }
}
