/// A schedule: when a job is due, as a cron expression (crontab(5)), an interval or a single time.
///
/// It is compiled when it is created; after that, every question is answered by arithmetic, without allocating and
/// without walking over minutes or days. A schedule is a set of instants: it does not depend on when it is asked, so
/// every node gets the same answer, before and after a failover. It knows the time from 1970 to 2199.
///
/// ```swift
/// let nightly = try Schedule("30 2 * * *", zone: .named("Europe/Berlin"))
/// let fire = nightly.next(after: lastFire)
/// ```
///
/// Fields are minute, hour, day-of-month, month and day-of-week. A day must match both day fields if one of them begins
/// with `*`, otherwise either. Beyond crontab(5) it takes `5/20`, `L` and `LW`, `5L`, `MON#2`, `FRI-SUN`, `H`,
/// `@every 90m` and `@at 2026-11-22T22:00:00Z`.
public struct Schedule: Sendable, Hashable, CustomStringConvertible {
    /// The text from which the schedule was made.
    public let text: String
    /// The zone in which the fields are read.
    public let zone: Zone
    /// What happens when the zone's clocks change.
    public let dst: ClockChangeRule
    /// Whether the expression begins with a field for seconds.
    public let seconds: Bool
    /// From when `@every` counts.
    public let anchor: Instant?
    /// What `H` is chosen by, or nil if the text has none.
    public let hashKey: String?

    let plan: Plan

    /// What the text was compiled to.
    enum Plan: Sendable, Hashable {
        case fields(ZonedSchedule)
        /// The anchor, and every so many seconds after it.
        case every(Int, anchor: Int)
        case once(Int)
    }

    /// Compiles a schedule.
    ///
    /// - Parameters:
    ///   - text: At most 512 bytes of ASCII.
    ///   - zone: The zone in which the fields are read; `@every` and `@at` do not depend on it.
    ///   - dst: What happens when the zone's clocks change.
    ///   - seconds: Whether the expression begins with a field for seconds. Macros are written the same with both.
    ///   - hashKey: What `H` is chosen by: `<cluster uuid>/<job name or id>`, fixed when the job is created.
    ///   - anchor: The first instant of `@every`, from 1970 to 2199: the job's creation.
    /// - Throws: ``ScheduleError``, which says what is wrong and where.
    public init(
        _ text: String,
        zone: Zone = .utc,
        dst: ClockChangeRule = .debian,
        seconds: Bool = false,
        hashKey: String? = nil,
        anchor: Instant? = nil
    ) throws(ScheduleError) {
        try ScheduleParser.check(text)
        self.text = text
        self.zone = zone
        self.dst = dst
        self.seconds = seconds
        self.anchor = anchor
        self.hashKey = text.utf8.contains(UInt8(ascii: "H")) ? hashKey : nil
        switch try ScheduleMacro(text) {
        case nil:
            let fields = try ScheduleParser(hasSeconds: seconds, hashKey: hashKey).schedule(text.utf8.span)
            self.plan = .fields(ZonedSchedule(fields, rule: dst))
        case .fields(let macro):
            let expression = macro.expression
            let fields = try ScheduleParser(hasSeconds: false, hashKey: nil).schedule(expression.utf8.span)
            self.plan = .fields(ZonedSchedule(fields, rule: dst))
        case .at(let instant): self.plan = .once(Int(instant.epochSeconds))
        case .every(let interval): self.plan = .every(interval, anchor: try Self.checked(anchor, for: text))
        }
    }

    /// Whether the schedule is a single time (`@at`).
    public var isOneShot: Bool {
        if case .once = self.plan { true } else { false }
    }

    /// The text: with the same zone and options it makes an equal schedule again.
    public var description: String { self.text }

    private static func checked(_ anchor: Instant?, for text: String) throws(ScheduleError) -> Int {
        if let anchor, (0...Int64(Instant.lastOfSchedules)).contains(anchor.epochSeconds) {
            return Int(anchor.epochSeconds)
        }
        throw ScheduleError(
            kind: anchor == nil ? .missingValue : .outOfRange,
            field: .expression,
            column: 1,
            text: excerpt(text),
            allowed: "an anchor from 1970 to 2199",
            suggestion: nil,
            message: anchor == nil
                ? "@every counts from the job's creation, and there is no job here"
                : "@every cannot count from a time outside 1970 to 2199"
        )
    }
}
