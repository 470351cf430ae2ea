/// The day-of-week field in words; nil if it excludes no day.
struct WeekdayWords {
    private let weekly: NumberSet
    /// Such as `first Monday` and `last Friday`.
    private let ofMonth: [String]

    init?(_ rule: DayRule) {
        guard rule.weekdays != DayRule.everyWeek(0x7F) else { return nil }
        let groups = (0..<5).map { rule.weekdays >> UInt64(7 * $0) & 0x7F }
        let weekly = groups.reduce(0x7F, &)
        self.weekly = NumberSet(weekly, range: 0...6)
        var words: [String] = []
        for (group, name) in zip(groups, ["first", "second", "third", "fourth", "fifth"]) {
            words += NumberSet(group & ~weekly, range: 0...6).numbers.map { "\(name) \(Self.names[$0])" }
        }
        words += NumberSet(rule.lastWeekdays & 0x7F, range: 0...6).numbers.map { "last \(Self.names[$0])" }
        self.ofMonth = words
    }

    /// The field as the only limit on days: `Monday to Friday`, `every Sunday`, `on the first Monday of every month`.
    func clause(months: NumberSet) -> String {
        if self.ofMonth.isEmpty, self.weekly.isRun, self.weekly.numbers.count > 2 {
            return months.isFull ? self.run : "\(self.run) \(DaySummary.inMonths(months))"
        }
        let words = self.everyOrNth(months: months)
        return months.isFull || self.weekly.numbers.isEmpty ? words : "\(words) \(DaySummary.inMonths(months))"
    }

    /// `every Friday`, `on the last Friday of every month`, or both.
    func everyOrNth(months: NumberSet?) -> String {
        var words: [String] = []
        if self.weekly.isRun, self.weekly.numbers.count > 2 {
            words.append(self.run)
        } else if !self.weekly.numbers.isEmpty {
            words.append("every \(joined(self.ordered))")
        }
        if !self.ofMonth.isEmpty {
            let isAll = months?.isFull ?? true
            let month =
                isAll || !self.weekly.numbers.isEmpty ? "every month" : months.map(DaySummary.list) ?? "every month"
            words.append("on the \(joined(self.ofMonth)) of \(month)")
        }
        return joined(words)
    }

    /// What a date must also be, such as `a Monday or Tuesday`.
    var alternatives: String {
        var words: [String] = []
        if !self.weekly.numbers.isEmpty { words.append("a \(joined(self.ordered, with: "or"))") }
        words += self.ofMonth.map { "the \($0)" }
        return joined(words, with: "or")
    }

    private var run: String {
        let numbers = self.weekly.numbers
        return "\(Self.names[numbers[0]]) to \(Self.names[numbers[numbers.count - 1]])"
    }

    /// The weekend in its order: Saturday before Sunday.
    private var ordered: [String] {
        let numbers = self.weekly.numbers
        let isWeekend = numbers.first == 0 && numbers.last == 6
        return (isWeekend ? Array(numbers.dropFirst()) + [0] : numbers).map { Self.names[$0] }
    }

    private static let names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}
