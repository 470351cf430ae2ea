extension Schedule {
    /// Holds each field of the expression against what the clocks of the schedule's zone show at an instant.
    ///
    /// It is for people who wonder about a time, and does not decide whether the schedule names it: one of the two day
    /// fields may be enough, and the rule for clock changes moves times that are skipped and drops those that come twice.
    ///
    /// - Parameter instant: The time, from 1970 to 2199.
    /// - Returns: The fields in the order in which they are written; none for `@every` and `@at`, nor for another time.
    public func fieldMatches(at instant: Instant) -> [FieldMatch] {
        guard case .fields(let fields) = self.plan,
            (0...Int64(Instant.lastOfSchedules)).contains(instant.epochSeconds)
        else { return [] }
        let local = Int(instant.epochSeconds) + self.zone.offset(at: instant)
        let day = local.floorDivided(by: 86_400)
        let time = local - day * 86_400
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60)
        let date = CivilDate(dayNumber: day)
        let times = fields.civil.times
        let days = fields.civil.days
        var matches: [(field: ScheduleField, value: Int, isNamed: Bool)] = [
            (.second, second, times.seconds.holds(second)),
            (.minute, minute, times.minutes.holds(minute)),
            (.hour, hour, UInt64(times.hours).holds(hour)),
            (.dayOfMonth, date.day, days.datesAlone.holds(day)),
            (.month, date.month, UInt64(days.months).holds(date.month)),
            (.dayOfWeek, CivilDate.weekday(ofDayNumber: day), days.weekdaysAlone.holds(day)),
        ]
        let words = self.fieldWords
        if words.count < matches.count { matches.removeFirst() }
        return zip(words, matches).map { word, match in
            FieldMatch(field: match.field, value: match.value, allowed: String(word), isNamed: match.isNamed)
        }
    }

    /// The fields as they were written, or as crontab(5) writes the macro out.
    private var fieldWords: [Substring] {
        var expression = self.text
        if case .fields(let macro)? = try? ScheduleMacro(self.text) { expression = macro.expression }
        return expression.split { $0 == " " || $0 == "\t" }
    }
}

extension DayRule {
    /// The rule as if there were only day-of-month.
    fileprivate var datesAlone: Self {
        var rule = self
        (rule.weekdays, rule.lastWeekdays) = (0, 0)
        rule.options.subtract(.both)
        return rule
    }

    /// The rule as if there were only day-of-week.
    fileprivate var weekdaysAlone: Self {
        var rule = self
        rule.days = 0
        rule.options = []
        return rule
    }

    /// Whether a day is in one of the day fields, in whatever month it lies.
    fileprivate func holds(_ day: Int) -> Bool {
        let date = CivilDate(dayNumber: day)
        let firstWeekday = CivilDate.weekday(ofDayNumber: day - date.day + 1)
        let length = CivilDate.length(ofMonth: date.month, in: date.year)
        return self.matches(firstWeekday: firstWeekday, length: length).holds(date.day)
    }
}
