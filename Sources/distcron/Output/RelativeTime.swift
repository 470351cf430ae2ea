import DistributedCron

/// Instants as people read them.
enum RelativeTime {
    /// Such as `in 4 min (14:04 UTC)` or `2 h ago (09:00 UTC)`; the day too, if it is far.
    static func text(_ instant: Instant, now: Instant, zone: Zone = .utc) -> String {
        "\(Self.distance(instant, now: now)) (\(Self.clock(instant, now: now, zone: zone)))"
    }

    /// Such as `14:04 UTC (in 4 min)`, for what lasts until then.
    static func end(_ instant: Instant, now: Instant) -> String {
        "\(Self.clock(instant, now: now, zone: .utc)) (\(Self.distance(instant, now: now)))"
    }

    /// Such as `in 4 min` or `2 h ago`.
    static func distance(_ instant: Instant, now: Instant) -> String {
        let distance = instant - now
        return distance > 0 ? "in \(Self.span(distance))" : "\(Self.span(-distance)) ago"
    }

    /// Such as `14:04 UTC`, with the date if it is a day away or more: nearer ones cannot be mistaken.
    static func clock(_ instant: Instant, now: Instant, zone: Zone) -> String {
        let text = instant.formatted(in: zone)
        let date = text.prefix(10)
        let time = text.dropFirst(11).prefix(instant.epochSeconds % 60 == 0 ? 5 : 8)
        let name = zone == .utc ? "UTC" : zone.name
        return abs(instant - now) < 86_400 ? "\(time) \(name)" : "\(date) \(time) \(name)"
    }

    /// The weekday, the date and the time, such as `Mon 2026-11-23 09:00`.
    static func full(_ instant: Instant, zone: Zone) -> String {
        let text = instant.formatted(in: zone)
        let local = instant.epochSeconds + Int64(zone.offset(at: instant))
        let day = Int((local - (local % 86_400 + 86_400) % 86_400) / 86_400)
        // 1970-01-01 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((day % 7) + 7) % 7]
        return "\(weekday) \(text.prefix(10)) \(text.dropFirst(11).prefix(instant.epochSeconds % 60 == 0 ? 5 : 8))"
    }

    /// The largest unit that fits.
    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
