/// Puts the days of a schedule into words.
struct DaySummary {
    /// Such as `Monday to Friday`; nil for every day.
    let text: String?

    init(_ rule: DayRule) {
        let months = NumberSet(UInt64(rule.months), range: 1...12)
        let dates = NumberSet(UInt64(rule.days), range: 1...31)
        let hasDates = !dates.isFull
        let weekdays = WeekdayWords(rule)
        if rule.options.contains(.both), hasDates, let weekdays {
            let month = months.isFull ? "of the month" : Self.ofMonth(months)
            self.text = "on \(Self.dates(dates, rule)) \(month) that are \(weekdays.alternatives)"
        } else if hasDates, rule.options.contains(.both) || weekdays != nil {
            let dates = Self.onDates(dates, months: months, rule)
            // The months hold for the weekdays too; a list of dates in one month says so by itself.
            let alsoIn = months.isFull ? "" : " \(Self.inMonths(months))"
            guard !rule.options.contains(.both), let weekdays else {
                self.text = dates
                return
            }
            self.text = "\(dates) and also \(weekdays.everyOrNth(months: nil))\(alsoIn)"
        } else if rule.options.contains(.both), let weekdays {
            self.text = weekdays.clause(months: months)
        } else {
            self.text = months.isFull ? nil : "every day \(Self.inMonths(months))"
        }
    }

    /// Dates as the only limit, such as `on the 1st and 15th of every month`.
    private static func onDates(_ dates: NumberSet, months: NumberSet, _ rule: DayRule) -> String {
        let isPlain = rule.options.isDisjoint(with: [.lastDay, .lastWorkday])
        if isPlain, dates.numbers.count == 1, months.numbers.count == 1 {
            let (day, month) = (dates.numbers[0], months.numbers[0])
            return "on \(day) \(Self.monthNames[month - 1])\(month == 2 && day == 29 ? " (leap years only)" : "")"
        }
        let rare = isPlain && months.isFull && dates.numbers.allSatisfy { $0 > 28 } ? " that has one" : ""
        return "on \(Self.dates(dates, rule)) \(Self.ofMonth(months))\(rare)"
    }

    /// Dates alone, such as `the 1st and 15th`.
    private static func dates(_ dates: NumberSet, _ rule: DayRule) -> String {
        var words: [String] = []
        if dates.step == 2, dates.numbers.count > 13 {
            words.append(dates.numbers[0] == 1 ? "odd days" : "even days")
        } else if dates.isRun, dates.numbers.count > 2 {
            words.append("the \(ordinal(dates.numbers[0])) to the \(ordinal(dates.numbers[dates.numbers.count - 1]))")
        } else if !dates.numbers.isEmpty {
            words.append("the \(joined(dates.numbers.map(ordinal)))")
        }
        if rule.options.contains(.lastDay) { words.append("the last day") }
        if rule.options.contains(.lastWorkday) { words.append("the last workday") }
        return joined(words)
    }

    /// The months of a date, such as `of every month`.
    private static func ofMonth(_ months: NumberSet) -> String {
        months.isFull ? "of every month" : "of \(Self.list(months))"
    }

    static func inMonths(_ months: NumberSet) -> String {
        months.isRun && months.numbers.count > 2 ? "from \(Self.list(months))" : "in \(Self.list(months))"
    }

    static func list(_ months: NumberSet) -> String {
        let names = months.numbers.map { Self.monthNames[$0 - 1] }
        return months.isRun && names.count > 2 ? "\(names[0]) to \(names[names.count - 1])" : joined(names)
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
