import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JSONValue {
    /// A measured moment as RFC 3339 in UTC with milliseconds, or null for nil.
    static func timestamp(_ date: Date?) -> Self {
        guard let date else { return .null }
        let milliseconds = Int64((date.timeIntervalSince1970 * 1_000).rounded(.down))
        let second = Instant(epochSeconds: Int64((Double(milliseconds) / 1_000).rounded(.down)))
        let fraction = String(milliseconds - second.epochSeconds * 1_000)
        let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
        return .string("\(second.description.dropLast()).\(padded)Z")
    }

    /// The seconds from one moment to another with milliseconds, or null if one is nil.
    static func seconds(from start: Date?, to end: Date?) -> Self {
        guard let start, let end else { return .null }
        return .seconds(end.timeIntervalSince(start))
    }

    /// Seconds with milliseconds, or null for nil.
    static func seconds(_ seconds: Double?) -> Self {
        guard let seconds else { return .null }
        let milliseconds = Int((max(0, seconds) * 1_000).rounded())
        let fraction = String(milliseconds % 1_000)
        return .number("\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)")
    }

    /// The whole seconds of a duration, or null for nil.
    static func seconds(_ duration: Duration?) -> Self { .optional(duration.map { Int($0.components.seconds) }) }
}
