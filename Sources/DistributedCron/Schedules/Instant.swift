/// One moment in UTC, to the second.
///
/// Schedules name instants and the ledger is keyed by them, so an instant is a whole number: two nodes that compute
/// the same one hold the same bits. Moments that are only measured, such as when a process ended, are `Date`s.
public struct Instant: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public var epochSeconds: Int64

    /// Creates the instant that lies `epochSeconds` seconds after 1970-01-01T00:00:00Z.
    public init(epochSeconds: Int64) { self.epochSeconds = epochSeconds }

    /// Earlier than every instant of a schedule.
    public static let distantPast = Self(epochSeconds: .min)
    /// Later than every instant of a schedule.
    public static let distantFuture = Self(epochSeconds: .max)

    /// Whether `lhs` is earlier than `rhs`.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.epochSeconds < rhs.epochSeconds }

    /// The instant `seconds` later; neither argument may be near the ends of `Int64`.
    public static func + (lhs: Self, seconds: Int64) -> Self { Self(epochSeconds: lhs.epochSeconds + seconds) }

    /// The instant `seconds` earlier; neither argument may be near the ends of `Int64`.
    public static func - (lhs: Self, seconds: Int64) -> Self { Self(epochSeconds: lhs.epochSeconds - seconds) }

    /// The seconds from `rhs` to `lhs`.
    public static func - (lhs: Self, rhs: Self) -> Int64 { lhs.epochSeconds - rhs.epochSeconds }
}
