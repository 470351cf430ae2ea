/// The wall times of a crontab expression, one list of numbers for each field.
struct OracleFields: Sendable {
    /// What one item of a day field stands for.
    enum DayTerm {
        case number(Int)
        /// `L` among the days of the month: the last day.
        case last
        /// `LW`: the last day from Monday to Friday.
        case lastWorkday
        /// `5L` among the days of the week: the last Friday of the month. Sunday is 0.
        case lastOf(weekday: Int)
        /// `5#2`: the second Friday of the month.
        case nth(Int, weekday: Int)
    }

    private static let macros = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Whether the schedule follows real time when clocks are changed: its minute or hour field begins with `*`.
    let isWildcard: Bool
    private let seconds: [Int]
    private let minutes: [Int]
    private let hours: [Int]
    private let daysOfMonth: [DayTerm]
    private let months: [Int]
    private let daysOfWeek: [DayTerm]
    /// Whether a day must match both day fields, because one of them begins with `*`; otherwise either.
    private let needsBothDays: Bool

    /// Reads a macro, or five fields, or six with the seconds first; nil for anything else.
    init?(_ words: [String], hasSeconds: Bool) {
        guard let fields = Self.texts(words, hasSeconds: hasSeconds),
            let seconds = OracleText.numbers(fields[0], in: 0...59),
            let minutes = OracleText.numbers(fields[1], in: 0...59),
            let hours = OracleText.numbers(fields[2], in: 0...23),
            let daysOfMonth = Self.terms(fields[3], Self.dayOfMonthTerms),
            let months = OracleText.numbers(fields[4], in: 1...12, names: Self.monthNames),
            let daysOfWeek = Self.terms(fields[5], Self.dayOfWeekTerms)
        else { return nil }
        self.isWildcard = fields[1].hasPrefix("*") || fields[2].hasPrefix("*")
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.daysOfWeek = daysOfWeek
        self.needsBothDays = fields[3].hasPrefix("*") || fields[5].hasPrefix("*")
    }

    /// Calls `body` with every wall time of the schedule in a range, ascending.
    ///
    /// A wall time is what a clock shows, in seconds since it showed 1970-01-01 00:00:00, whatever its zone.
    func forEachWallTime(in range: Range<Int64>, _ body: (Int64) -> Void) {
        for day in range.lowerBound / 86_400...(range.upperBound - 1) / 86_400
        where self.matches(OracleDay(number: Int(day))) {
            for hour in self.hours {
                let hourStart = day * 86_400 + Int64(hour) * 3_600
                guard hourStart < range.upperBound, hourStart + 3_600 > range.lowerBound else { continue }
                for minute in self.minutes {
                    for second in self.seconds {
                        let wall = hourStart + Int64(minute * 60 + second)
                        if range.contains(wall) { body(wall) }
                    }
                }
            }
        }
    }

    private func matches(_ day: OracleDay) -> Bool {
        guard self.months.contains(day.month) else { return false }
        let isInMonth = self.daysOfMonth.contains { Self.matches(day, $0, number: day.day) }
        let isInWeek = self.daysOfWeek.contains { Self.matches(day, $0, number: day.weekday) }
        return self.needsBothDays ? isInMonth && isInWeek : isInMonth || isInWeek
    }

    private static func matches(_ day: OracleDay, _ term: DayTerm, number: Int) -> Bool {
        switch term {
        case .number(let wanted): number == wanted
        case .last: day.day == day.monthLength
        case .lastWorkday:
            // A Friday is the last one also when only the Saturday, or the Saturday and Sunday, come after it.
            (1...4).contains(day.weekday) && day.day == day.monthLength
                || day.weekday == 5 && day.day + 2 >= day.monthLength
        case .lastOf(let weekday): day.weekday == weekday && day.day + 7 > day.monthLength
        case .nth(let n, let weekday): day.weekday == weekday && (day.day - 1) / 7 == n - 1
        }
    }

    /// The six fields in lower case, the one for seconds first.
    private static func texts(_ words: [String], hasSeconds: Bool) -> [String]? {
        let words = words.map { $0.lowercased() }
        if let name = words.first, let macro = Self.macros[name] {
            return words.count == 1 ? ["0"] + OracleText.words(macro) : nil
        }
        guard words.count == (hasSeconds ? 6 : 5) else { return nil }
        return hasSeconds ? words : ["0"] + words
    }

    private static func terms(_ field: String, _ read: (String) -> [DayTerm]?) -> [DayTerm]? {
        var terms: [DayTerm] = []
        for item in OracleText.items(field) {
            guard let more = read(item) else { return nil }
            terms += more
        }
        return terms
    }

    private static func dayOfMonthTerms(_ item: String) -> [DayTerm]? {
        switch item {
        case "l": [.last]
        case "lw": [.lastWorkday]
        default: OracleText.numbers(item, in: 1...31)?.map { .number($0) }
        }
    }

    private static func dayOfWeekTerms(_ item: String) -> [DayTerm]? {
        if item.hasSuffix("l") {
            return OracleText.value(item.dropLast(), in: 0...7).map { [.lastOf(weekday: $0 % 7)] }
        }
        let parts = item.split(separator: "#", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let weekday = OracleText.value(parts[0], in: 0...7, names: self.weekdayNames),
                let n = OracleText.value(parts[1], in: 1...5)
            else { return nil }
            return [.nth(n, weekday: weekday % 7)]
        }
        return OracleText.numbers(item, in: 0...7, names: self.weekdayNames)?.map { .number($0 % 7) }
    }
}
