import ArgumentParser
import DistributedCron
import DistributedCronProcess

/// What belongs to an expression beside its text.
struct ScheduleOptions: ParsableArguments {
    @Option(help: "The IANA time zone in which an expression is read.")
    var tz: String?
    @Option(help: "What happens when clocks change: debian, skip or wall.", transform: Self.rule)
    var dst: ClockChangeRule?
    @Flag(help: "The expression begins with a field for seconds.")
    var seconds = false
    @Option(help: "What H is chosen by.")
    var name: String?
    @Option(help: "Where to begin, RFC 3339; now by default.")
    var after: String?

    /// Where to begin.
    ///
    /// - Throws: ``Failure`` if that is no timestamp.
    var start: Instant {
        get throws {
            guard let after = self.after else { return Instant(floor: SystemWallClock().now) }
            guard let instant = Instant(after) else {
                throw Failure(
                    .badData,
                    "\(after) is no timestamp of RFC 3339",
                    help: "such as 2026-11-22T23:00:00+01:00"
                )
            }
            return instant
        }
    }

    private static func rule(_ text: String) throws -> ClockChangeRule {
        guard let rule = ClockChangeRule(rawValue: text) else { throw ValidationError("It is debian, skip or wall.") }
        return rule
    }

    /// Whether any of the options that belong to an expression was given.
    var areForExpression: Bool { self.tz != nil || self.dst != nil || self.seconds || self.name != nil }
}
