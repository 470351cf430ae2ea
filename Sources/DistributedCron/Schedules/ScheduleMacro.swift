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
        let utf8 = text.utf8
        guard let start = utf8.firstIndex(where: { !$0.isBlank }), utf8[start] == UInt8(ascii: "@") else { return nil }
        let column = utf8.distance(from: utf8.startIndex, to: start) + 1
        let end = utf8[start...].firstIndex { $0.isBlank } ?? utf8.endIndex
        // Names have at most 15 bytes, which a string holds without the heap.
        let name = text[start..<end].dropFirst().lowercased()
        let argument = text[end...].trimmed
        switch name {
        case "every":
            guard let seconds = Self.duration(argument.utf8) else {
                throw Self.error(text, at: column, Self.durationHelp)
            }
            self = .every(seconds)
        case "at":
            guard let instant = Instant(argument) else { throw Self.error(text, at: column, Self.timestampHelp) }
            guard (0...Int64(Instant.lastOfSchedules)).contains(instant.epochSeconds) else {
                throw Self.error(text, at: column, "schedules know only the years 1970 to 2199")
            }
            self = .at(instant)
        default:
            guard let fields = StaticFields(rawValue: name) else { throw Self.unknown(name, in: text, at: column) }
            guard argument.isEmpty else {
                let help = "@\(name) stands alone; remove what follows"
                throw Self.error(text, at: column, help, suggestion: "@\(name)")
            }
            self = .fields(fields)
        }
    }

    /// Reads `1h30m`: hours, minutes and seconds in this order, each at most once, in any case; at least a second together.
    private static func duration(_ text: some Collection<UInt8>) -> Int? {
        var rest = text[...]
        var total = 0
        for (unit, seconds) in [(UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1)] {
            let digits = rest.prefix { $0.digit != nil }
            // The bit by which lower case differs makes none of the three letters out of anything but them.
            let letter = rest.dropFirst(digits.count).first.map { $0 | 0x20 }
            guard (1...10).contains(digits.count), letter == unit else { continue }
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

extension Substring {
    /// The text without the blanks around it.
    fileprivate var trimmed: Substring {
        guard let first = self.utf8.firstIndex(where: { !$0.isBlank }),
            let last = self.utf8.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return self[first...last]
    }
}
