/// One day of the calendar, from 1970 on, found by counting years and months.
struct OracleDay: Sendable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int
    /// The days since 1970-01-01.
    let number: Int

    /// 0 for Sunday to 6; 1970-01-01 was a Thursday.
    var weekday: Int { (self.number + 4) % 7 }

    var monthLength: Int { Self.length(ofMonth: self.month, in: self.year) }

    /// The day that comes `number` days after 1970-01-01.
    init(number: Int) {
        var year = 1970
        var month = 1
        var rest = number
        while rest >= Self.length(ofYear: year) {
            rest -= Self.length(ofYear: year)
            year += 1
        }
        while rest >= Self.length(ofMonth: month, in: year) {
            rest -= Self.length(ofMonth: month, in: year)
            month += 1
        }
        self.year = year
        self.month = month
        self.day = rest + 1
        self.number = number
    }

    /// A day by its date; the year is at least 1970.
    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
        var number = day - 1
        for earlier in 1970..<year { number += Self.length(ofYear: earlier) }
        for earlier in 1..<month { number += Self.length(ofMonth: earlier, in: year) }
        self.number = number
    }

    private static func length(ofYear year: Int) -> Int { self.isLeap(year) ? 366 : 365 }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}
