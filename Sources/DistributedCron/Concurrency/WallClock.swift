#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Civil time, for instants of schedules; waits, time-outs and leases use `any Clock<Duration>` instead.
public protocol WallClock: Sendable {
    /// The present, as this node believes it to be.
    var now: Date { get }
}

/// The machine's clock.
public struct SystemWallClock: WallClock {
    /// Creates the clock.
    public init() {}

    /// The present.
    public var now: Date { Date() }
}

extension Instant {
    /// The last whole second at or before a moment.
    public init(floor date: Date) {
        self.init(epochSeconds: Int64(date.timeIntervalSince1970.rounded(.down)))
    }

    /// The first whole second at or after a moment.
    public init(ceiling date: Date) {
        self.init(epochSeconds: Int64(date.timeIntervalSince1970.rounded(.up)))
    }

    /// The instant as a date.
    public var date: Date { Date(timeIntervalSince1970: Double(self.epochSeconds)) }
}
