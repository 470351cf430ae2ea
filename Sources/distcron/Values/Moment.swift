import ArgumentParser
import DistributedCron
import DistributedCronProcess

/// Instants in arguments.
enum Moment {
    /// Reads a timestamp.
    ///
    /// - Throws: A validation error that shows one.
    static func timestamp(_ text: String) throws -> Instant {
        guard let instant = Instant(text) else {
            throw ValidationError("It must be a timestamp of RFC 3339, such as 2026-11-22T23:00:00+01:00.")
        }
        return instant
    }

    /// Reads a timestamp, or a span of time that lies between the instant and now.
    ///
    /// - Throws: A validation error that shows both.
    static func past(_ text: String) throws -> Instant {
        if let span = Span(text) { return Instant.present - Int64(span.seconds) }
        guard let instant = Instant(text) else {
            throw ValidationError("It must be a timestamp of RFC 3339, or how long ago it was, such as 90m, 2h or 7d.")
        }
        return instant
    }
}

extension Instant {
    /// The present second.
    static var present: Instant { Instant(floor: SystemWallClock().now) }

    /// Reads a timestamp with a fraction of a second, which is cut off.
    init?(floor text: String) {
        guard let dot = text.firstIndex(of: "."), let end = text[dot...].dropFirst().firstIndex(where: { !$0.isNumber })
        else {
            self.init(text)
            return
        }
        self.init(String(text[..<dot] + text[end...]))
    }
}
