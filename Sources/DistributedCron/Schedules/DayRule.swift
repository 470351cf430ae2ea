/// The days of a schedule: its months, and in them the days that both or either of the two day fields name.
///
/// No function walks days. A month is one mask, made from its length and the weekday on which it begins.
struct DayRule: Sendable, Hashable {
    struct Options: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        /// A day must be in both day fields, because one of them begins with `*`; otherwise in either.
        static let both = Self(rawValue: 1)
        /// `L` in day-of-month.
        static let lastDay = Self(rawValue: 2)
        /// `LW` in day-of-month.
        static let lastWorkday = Self(rawValue: 4)
        /// Every day matches; `prepare` finds out.
        static let everyDay = Self(rawValue: 8)
    }

    /// Weekdays as five groups of seven bits, Sunday first: group n holds the weekdays whose nth of the month counts.
    var weekdays: UInt64 = 0
    /// Weekdays whose last of the month counts, in each of the five groups alike.
    var lastWeekdays: UInt64 = 0
    var days: UInt32 = 0
    var months: UInt16 = 0
    var options: Options = []

    /// Repeats a set of weekdays in all five groups.
    static func everyWeek(_ weekdays: UInt64) -> UInt64 { weekdays &* 0x10_204_081 }

    /// Notes whether the rule excludes no day at all, which most do not and which saves them the calendar.
    mutating func prepare() {
        let isEveryDate = self.days == 0xFFFF_FFFE
        let isEveryWeekday = self.weekdays == Self.everyWeek(0x7F)
        let isEvery = self.options.contains(.both) ? isEveryDate && isEveryWeekday : isEveryDate || isEveryWeekday
        if isEvery, self.months == 0x1FFE { self.options.insert(.everyDay) }
    }

    /// Whether any day can match: whether one does in a month of some length that begins on some weekday.
    ///
    /// Within 1970 to 2199 every month begins on every weekday, February with 29 days too, so this is exact.
    var canMatch: Bool {
        (1...12).contains { month in
            guard UInt64(self.months).holds(month) else { return false }
            let length = CivilDate.length(ofMonth: month, in: 2_000)
            return (0...6).contains { firstWeekday in
                self.matches(firstWeekday: firstWeekday, length: length) != 0
                    || month == 2 && self.matches(firstWeekday: firstWeekday, length: 28) != 0
            }
        }
    }

    /// The first matching day that is not before `day`; days are counted from 1970-01-01.
    @inline(__always)
    func next(atOrAfter day: Int) -> Int? {
        guard day <= Self.lastDay else { return nil }
        if self.options.contains(.everyDay) { return day }
        return self.search(atOrAfter: day)
    }

    /// Looks at the month of `day`, and then at the months of the rule, one after the other.
    private func search(atOrAfter day: Int) -> Int? {
        var date = CivilDate(dayNumber: day)
        let months = UInt64(self.months)
        if months.holds(date.month) {
            let days = self.matches(date, first: day &- date.day &+ 1).numbers(from: date.day)
            if days != 0 { return day &- date.day &+ days.trailingZeroBitCount }
        }
        date.day = 1
        while true {
            let later = months.numbers(from: date.month &+ 1)
            date.year &+= later == 0 ? 1 : 0
            date.month = (later == 0 ? months : later).trailingZeroBitCount
            let first = date.dayNumber
            guard first <= Self.lastDay else { return nil }
            let days = self.matches(date, first: first)
            if days != 0 { return first &+ days.trailingZeroBitCount &- 1 }
        }
    }

    /// The last matching day that is not after `day`.
    func previous(atOrBefore day: Int) -> Int? {
        guard day >= Self.firstDay else { return nil }
        if self.options.contains(.everyDay) { return day }
        let date = CivilDate(dayNumber: day)
        if UInt64(self.months).holds(date.month) {
            let first = day - date.day + 1
            if let found = self.matches(date, first: first).highest(through: date.day) { return first + found - 1 }
        }
        var month = CivilDate(year: date.year, month: date.month, day: 1)
        while true {
            if let earlier = UInt64(self.months).highest(through: month.month - 1) {
                month.month = earlier
            } else {
                month.year -= 1
                month.month = 15 - self.months.leadingZeroBitCount
            }
            let first = month.dayNumber
            guard first + 31 > Self.firstDay else { return nil }
            if let found = self.matches(month, first: first).highest(through: 31) { return first + found - 1 }
        }
    }

    /// How many days match from one day up to, but not including, another: a popcount a month.
    func count(from start: Int, to end: Int) -> Int {
        guard start < end else { return 0 }
        if self.options.contains(.everyDay) { return end - start }
        var date = CivilDate(dayNumber: start)
        var first = start - date.day + 1
        var count = 0
        while first < end {
            if UInt64(self.months).holds(date.month) {
                var matches = self.matches(date, first: first)
                if first < start { matches &= UInt64.max << UInt64(start - first + 1) }
                count += end - first < 31 ? matches.count(below: end - first + 1) : matches.nonzeroBitCount
            }
            first += CivilDate.length(ofMonth: date.month, in: date.year)
            date = CivilDate(year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
        }
        return count
    }

    @inline(__always)
    private func matches(_ date: CivilDate, first: Int) -> UInt64 {
        self.matches(
            firstWeekday: CivilDate.weekday(ofDayNumber: first),
            length: CivilDate.length(ofMonth: date.month, in: date.year)
        )
    }

    /// The matching days of a month, bit 1 for the first.
    @inline(__always)
    func matches(firstWeekday: Int, length: Int) -> UInt64 {
        let monthDays = (2 &<< UInt64(length)) &- 2
        var dates = UInt64(self.days)
        if self.options.contains(.lastDay) { dates |= 1 &<< UInt64(length) }
        if self.options.contains(.lastWorkday) {
            let lastWeekday = (firstWeekday + length - 1) % 7
            let backToFriday = lastWeekday == 0 ? 2 : lastWeekday == 6 ? 1 : 0
            dates |= 1 &<< UInt64(length - backToFriday)
        }
        var weekdays = Self.aligned(self.weekdays, toFirstWeekday: firstWeekday)
        if self.lastWeekdays != 0 {
            let lastWeek = UInt64.max &<< UInt64(length - 6)
            weekdays |= Self.aligned(self.lastWeekdays, toFirstWeekday: firstWeekday) & lastWeek
        }
        return (self.options.contains(.both) ? dates & weekdays : dates | weekdays) & monthDays
    }

    /// Turns groups of weekdays into days of a month: rotates each group until it begins with the 1st's weekday.
    private static func aligned(_ groups: UInt64, toFirstWeekday firstWeekday: Int) -> UInt64 {
        let shift = UInt64(firstWeekday)
        let kept = Self.everyWeek(0x7F &>> shift)
        // What the second part moves beyond the fifth group is beyond every month too.
        return (groups &>> shift & kept | groups &<< (7 &- shift) & ~kept) &<< 1
    }

    /// 1969-12-30 and 2200-01-02: local days may lie a day or two outside the instants' range.
    private static let firstDay = -2
    private static let lastDay = 84_007
}
