/// A day of the proleptic Gregorian calendar, without a zone.
///
/// The conversions count whole eras of 400 years and begin the year in March, so that the leap day is its last and
/// no table is needed. They hold for every year whose days fit into an `Int`.
struct CivilDate: Sendable, Hashable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that lies `dayNumber` days after 1970-01-01.
    init(dayNumber: Int) {
        let shifted = dayNumber + Self.daysFromMarchOfYearZero
        let era = shifted.floorDivided(by: Self.daysPerEra)
        let dayOfEra = shifted - era * Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.year = era * 400 + yearOfEra + (self.month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; negative before.
    var dayNumber: Int {
        let yearFromMarch = self.month <= 2 ? self.year - 1 : self.year
        let era = yearFromMarch.floorDivided(by: 400)
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = self.month > 2 ? self.month - 3 : self.month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + self.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - Self.daysFromMarchOfYearZero
    }

    /// Whether February has 29 days in `year`.
    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// The number of days in a month.
    static func length(ofMonth month: Int, in year: Int) -> Int {
        // 30 days and one more in January, March, May, July, and in August, October, December.
        month == 2 ? (Self.isLeap(year) ? 29 : 28) : 30 + (month + month / 8) % 2
    }

    /// The weekday of a day number, from Sunday as 0 to Saturday as 6.
    static func weekday(ofDayNumber dayNumber: Int) -> Int {
        // 1970-01-01 was a Thursday.
        let remainder = (dayNumber + 4) % 7
        return remainder < 0 ? remainder + 7 : remainder
    }

    private static let daysPerEra = 146_097
    private static let daysFromMarchOfYearZero = 719_468
}

extension Int {
    /// The quotient rounded towards negative infinity, as calendars need it before 1970.
    func floorDivided(by divisor: Int) -> Int {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
