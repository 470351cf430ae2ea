/// A day of the proleptic Gregorian calendar, without a zone.
///
/// The conversions begin the year in March, so that the leap day is its last and no table is needed, and use the linear
/// functions of Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022).
/// They count from so far back that nothing is negative, and hold for a million years before and after 1970.
package struct CivilDate: Sendable, Hashable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that lies `dayNumber` days after 1970-01-01.
    @inline(__always)
    package init(dayNumber: Int) {
        // Four times a number and three more, divided by the length of four, spreads the leap years and leap centuries.
        let days = 4 &* UInt(bitPattern: dayNumber &+ Self.daysBefore1970) | 3
        let century = days / 146_097
        let daysOfCentury = days % 146_097 | 3
        let yearOfCentury = daysOfCentury / 1_461
        let dayOfYear = daysOfCentury % 1_461 / 4
        // The month is left in the upper bits, from 3 for March to 14 for February, and the day in the lower ones.
        let monthAndDay = 2_141 &* dayOfYear &+ 197_913
        let month = Int(bitPattern: monthAndDay &>> 16)
        self.day = Int(bitPattern: (monthAndDay & 0xFFFF) / 2_141) &+ 1
        self.month = month > 12 ? month &- 12 : month
        self.year = Int(bitPattern: 100 &* century &+ yearOfCentury) &- Self.yearsBefore0 &+ (month > 12 ? 1 : 0)
    }

    /// Days since 1970-01-01; negative before.
    package var dayNumber: Int {
        let isEarly = self.month <= 2
        let month = isEarly ? self.month &+ 12 : self.month
        let year = UInt(bitPattern: self.year &+ Self.yearsBefore0 &- (isEarly ? 1 : 0))
        let century = year / 100
        let days = 1_461 &* year / 4 &- century &+ century / 4
        let daysOfYear = (979 &* UInt(bitPattern: month) &- 2_919) / 32
        return Int(bitPattern: days &+ daysOfYear) &+ self.day &- 1 &- Self.daysBefore1970
    }

    /// Whether February has 29 days in `year`.
    static func isLeap(_ year: Int) -> Bool {
        // Of the years that 25 divides only those are leap that 400 divides: 25 times 16.
        year & (year % 25 == 0 ? 15 : 3) == 0
    }

    /// The number of days in a month.
    static func length(ofMonth month: Int, in year: Int) -> Int {
        // 30 days and one more in January, March, May, July, and in August, October, December.
        month == 2 ? (Self.isLeap(year) ? 29 : 28) : 30 | (month ^ month &>> 3) & 1
    }

    /// The weekday of a day number, from Sunday as 0 to Saturday as 6.
    static func weekday(ofDayNumber dayNumber: Int) -> Int {
        // 1970-01-01 was a Thursday; whole weeks make the number positive.
        Int(UInt32(truncatingIfNeeded: dayNumber &+ 4 &+ 7 * 60_000_000) % 7)
    }

    /// Whole cycles of 400 years, which all have the same days.
    private static let cycles = 2_600
    private static let yearsBefore0 = 400 * cycles
    /// From March of the first year that counts; March of the year 0 began 719,468 days before 1970.
    private static let daysBefore1970 = 146_097 * cycles + 719_468
}

extension Int {
    /// The quotient rounded towards negative infinity, as calendars need it before 1970.
    func floorDivided(by divisor: Int) -> Int {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
