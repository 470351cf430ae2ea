/// A field of a cron expression.
public enum ScheduleField: String, Sendable, Hashable, CaseIterable {
    /// 0 to 59; only in schedules with `seconds`.
    case second
    /// 0 to 59.
    case minute
    /// 0 to 23.
    case hour
    /// 1 to 31, `L` or `LW`.
    case dayOfMonth = "day-of-month"
    /// 1 to 12 or JAN to DEC.
    case month
    /// 0 to 7 or SUN to SAT; both 0 and 7 are Sunday.
    case dayOfWeek = "day-of-week"
    /// The text as a whole, for errors that are not in one field.
    case expression

    /// The values that may be written.
    var range: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        case .expression: 0...0
        }
    }

    /// The last value of `*`, of `5/2` and of a range that goes round the end: Sunday is counted once, as 0.
    var lastOfAll: Int { self == .dayOfWeek ? 6 : self.range.upperBound }

    /// The values among which `H` chooses: those that every month has.
    var hashRange: ClosedRange<Int> { self.range.lowerBound...(self == .dayOfMonth ? 28 : self.lastOfAll) }

    /// The field's three-letter names, the first of which stands for the first value.
    var names: [StaticString] {
        switch self {
        case .month: Self.monthNames
        case .dayOfWeek: Self.weekdayNames
        default: []
        }
    }

    /// The range as an error says it.
    var allowed: String {
        let range = "\(self.range.lowerBound)-\(self.range.upperBound)"
        guard let first = self.names.first, let last = self.names.last else { return range }
        return "\(range) or \(first)-\(last)"
    }

    private static let monthNames: [StaticString] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let weekdayNames: [StaticString] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
}
