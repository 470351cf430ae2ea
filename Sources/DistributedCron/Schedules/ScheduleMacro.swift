/// The schedules that are written as a word after `@`.
enum ScheduleMacro: Sendable, Hashable {
    /// Another way to write five fields.
    case fields(StaticFields)
    /// `@every`: each so many seconds.
    case every(Int)
    /// `@at`: once.
    case at(Instant)

    enum StaticFields: String, Sendable, Hashable, CaseIterable {
        case yearly, annually, monthly, weekly, daily, midnight, hourly

        /// What the macro stands for, as in crontab(5).
        var expression: String {
            switch self {
            case .yearly, .annually: "0 0 1 1 *"
            case .monthly: "0 0 1 * *"
            case .weekly: "0 0 * * 0"
            case .daily, .midnight: "0 0 * * *"
            case .hourly: "0 * * * *"
            }
        }
    }

    /// Reads a macro from a checked text; nil if the text does not begin with `@`.
    init?(_ text: String) throws(ScheduleError) {
        guard let start = text.utf8.firstIndex(where: { !$0.isBlank }), text.utf8[start] == UInt8(ascii: "@") else {
            return nil
        }
        let words = text.utf8.split(whereSeparator: \.isBlank).map { Substring($0) }
        let column = text.utf8.distance(from: text.startIndex, to: start) + 1
        let name = words[0].dropFirst().lowercased()
        switch (name, words.count) {
        case ("every", 2):
            guard let seconds = Self.duration(words[1].lowercased().utf8) else {
                throw Self.error(text, at: column, Self.durationHelp)
            }
            self = .every(seconds)
        case ("every", _): throw Self.error(text, at: column, Self.durationHelp)
        case ("at", 2):
            guard let instant = Instant(String(words[1])) else {
                throw Self.error(text, at: column, Self.timestampHelp)
            }
            guard (0...Int64(Instant.lastOfSchedules)).contains(instant.epochSeconds) else {
                throw Self.error(text, at: column, "schedules know only the years 1970 to 2199")
            }
            self = .at(instant)
        case ("at", _): throw Self.error(text, at: column, Self.timestampHelp)
        case (_, 1):
            guard let fields = StaticFields(rawValue: name) else { throw Self.unknown(name, in: text, at: column) }
            self = .fields(fields)
        default:
            guard StaticFields(rawValue: name) != nil else { throw Self.unknown(name, in: text, at: column) }
            throw Self.error(text, at: column, "@\(name) stands alone; remove what follows", suggestion: "@\(name)")
        }
    }

    /// Reads `1h30m`: hours, minutes and seconds in this order, each at most once; at least a second together.
    private static func duration(_ text: some Collection<UInt8>) -> Int? {
        var rest = text[...]
        var total = 0
        for (unit, seconds) in [(UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1)] {
            let digits = rest.prefix { $0.digit != nil }
            guard (1...10).contains(digits.count), rest.dropFirst(digits.count).first == unit else { continue }
            total += digits.reduce(0) { $0 * 10 + ($1.digit ?? 0) } * seconds
            rest = rest.dropFirst(digits.count + 1)
        }
        return rest.isEmpty && (1...Instant.lastOfSchedules).contains(total) ? total : nil
    }

    private static let durationHelp = "@every takes a duration of at least 1 second, such as 90s, 5m or 1h30m"
    private static let timestampHelp = "@at takes a time with its offset, such as 2026-11-22T22:00:00Z (RFC 3339)"

    private static func unknown(_ name: String, in text: String, at column: Int) -> ScheduleError {
        if name == "reboot" {
            return Self.error(
                text,
                at: column,
                "@reboot is no time: a fleet does not boot. Use a service of the machine"
            )
        }
        let known = StaticFields.allCases.map(\.rawValue) + ["every", "at"]
        guard let guess = nearest(to: name, among: known) else {
            return Self.error(text, at: column, "there is no such macro; known are \(Self.allowed)")
        }
        return Self.error(text, at: column, "there is no such macro; did you mean @\(guess)?", suggestion: "@\(guess)")
    }

    private static let allowed = "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every and @at"

    private static func error(
        _ text: String,
        at column: Int,
        _ message: String,
        suggestion: String? = nil
    ) -> ScheduleError {
        ScheduleError(
            kind: .unknownMacro,
            field: .expression,
            column: column,
            text: excerpt(text.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }),
            allowed: Self.allowed,
            suggestion: suggestion,
            message: message
        )
    }
}
