/// Collects the items of a schedule's fields until they make a ``CivilSchedule``.
struct FieldMasks {
    var second: UInt64 = 0
    var minute: UInt64 = 0
    var hour: UInt64 = 0
    var month: UInt64 = 0
    var rule = DayRule()
    /// Where the day-of-month field begins, for the error about schedules that never fire.
    var dayOfMonthColumn = 1
    private var isWildcard = false

    /// Notes a field that begins with `*`, which decides more than the values in it.
    mutating func begin(_ field: ScheduleField, withStar: Bool) {
        guard withStar else { return }
        switch field {
        case .minute, .hour: self.isWildcard = true
        case .dayOfMonth, .dayOfWeek: self.rule.options.insert(.both)
        case .second, .month, .expression: break
        }
    }

    mutating func insert(_ item: ScheduleItem, in field: ScheduleField) {
        switch field {
        case .second: self.second |= item.values
        case .minute: self.minute |= item.values
        case .hour: self.hour |= item.values
        case .month: self.month |= item.values
        case .dayOfMonth: self.insertDay(item)
        case .dayOfWeek: self.insertWeekday(item)
        case .expression: break
        }
    }

    private mutating func insertDay(_ item: ScheduleItem) {
        switch item.form {
        case .lastDay: self.rule.options.insert(.lastDay)
        case .lastWorkday: self.rule.options.insert(.lastWorkday)
        default: self.rule.days |= UInt32(truncatingIfNeeded: item.values)
        }
    }

    private mutating func insertWeekday(_ item: ScheduleItem) {
        let weekdays = (item.values | item.values >> 7) & 0x7F
        switch item.form {
        case .lastWeekday: self.rule.lastWeekdays |= DayRule.everyWeek(weekdays)
        case .nthWeekday(let week): self.rule.weekdays |= weekdays << UInt64(7 * (week - 1))
        default: self.rule.weekdays |= DayRule.everyWeek(weekdays)
        }
    }

    var schedule: CivilSchedule {
        var rule = self.rule
        rule.months = UInt16(truncatingIfNeeded: self.month)
        rule.prepare()
        let times = TimesOfDay(
            minutes: self.minute,
            seconds: self.second,
            hours: UInt32(truncatingIfNeeded: self.hour)
        )
        return CivilSchedule(times: times, days: rule, isWildcard: self.isWildcard)
    }
}
