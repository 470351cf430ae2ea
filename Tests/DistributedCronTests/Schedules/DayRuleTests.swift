import Testing

@testable import DistributedCron

@Suite("Days of the calendar")
struct DayRuleTests {
    private static let days = -2...84_007

    @Test("Dates and day numbers agree with counting days one by one")
    func dates() {
        var date = CivilDate(year: 1_970, month: 1, day: 1)
        var mistakes = 0
        for dayNumber in 0...150_000 {
            if CivilDate(dayNumber: dayNumber) != date || date.dayNumber != dayNumber { mistakes += 1 }
            date.day += 1
            if date.day > CivilDate.length(ofMonth: date.month, in: date.year) {
                (date.month, date.day) = (date.month + 1, 1)
            }
            if date.month > 12 { (date.year, date.month) = (date.year + 1, 1) }
        }
        #expect(mistakes == 0)
        for dayNumber in [-365_000_000, -719_469, -719_468, -25_509, 365_000_000] {
            #expect(CivilDate(dayNumber: dayNumber).dayNumber == dayNumber)
        }
        #expect(CivilDate.weekday(ofDayNumber: -365_000_000) == CivilDate.weekday(ofDayNumber: -365_000_000 % 7))
        #expect(CivilDate(dayNumber: -719_162) == CivilDate(year: 1, month: 1, day: 1))
        #expect(CivilDate(dayNumber: -1) == CivilDate(year: 1_969, month: 12, day: 31))
    }

    @Test(
        "L, LW, 5L and # name the days that a walk over 230 years finds",
        arguments: [
            "L * *", "LW * *", "* * 5L", "* * 0L", "* * 1#1", "* * 3#5", "* * 6#2", "L 2 *", "* 2 SUN#5", "15 * 2#2",
        ]
    )
    func specialDays(_ days: String) throws {
        let schedule = try Schedule("0 0 \(days)")
        let words = days.split(separator: " ")
        var expected: [Int] = []
        for dayNumber in 0...84_005 {
            let date = CivilDate(dayNumber: dayNumber)
            guard words[1] == "*" || words[1] == "\(date.month)" else { continue }
            let weekday = (dayNumber + 4) % 7
            let inDates = Self.date(words[0], date, weekday: weekday)
            let inWeekdays = Self.weekday(String(words[2]).replacing("SUN", with: "0"), date, weekday: weekday)
            let both = words[0] == "*" || words[2] == "*"
            if both ? inDates && inWeekdays : inDates || inWeekdays { expected.append(dayNumber) }
        }
        var found: [Int] = []
        var instant = Instant.distantPast
        while let fire = schedule.next(after: instant) {
            found.append(Int(fire.epochSeconds / 86_400))
            instant = fire
        }
        #expect(found == expected)
        #expect(schedule.count(after: .distantPast, through: .distantFuture) == expected.count)
        #expect(schedule.previous(before: .distantFuture).map { Int($0.epochSeconds / 86_400) } == expected.last)
    }

    @Test("Every set of one or two minutes and hours is searched rightly from every minute of a day")
    func oneAndTwoBits() {
        var mistakes = 0
        for (range, unit) in [(0..<24, 3_600), (0..<60, 60)] {
            for first in range {
                for second in first..<range.upperBound {
                    let bits: UInt64 = 1 << UInt64(first) | 1 << UInt64(second)
                    let times =
                        unit == 60
                        ? TimesOfDay(minutes: bits, seconds: 1, hours: 1)
                        : TimesOfDay(minutes: 1, seconds: 1, hours: UInt32(bits))
                    for value in range {
                        let time = value * unit
                        let next = value <= first ? first : value <= second ? second : nil
                        let previous = value >= second ? second : value >= first ? first : nil
                        if times.next(atOrAfter: time) != next.map({ $0 * unit }) { mistakes += 1 }
                        if times.previous(atOrBefore: time) != previous.map({ $0 * unit }) { mistakes += 1 }
                        let count = Set([first, second]).count { $0 < value }
                        if times.count(before: time) != count { mistakes += 1 }
                    }
                }
            }
        }
        #expect(mistakes == 0)
    }

    private static func date(_ word: Substring, _ date: CivilDate, weekday: Int) -> Bool {
        let length = CivilDate.length(ofMonth: date.month, in: date.year)
        switch word {
        case "*": return true
        case "L": return date.day == length
        case "LW":
            guard (1...5).contains(weekday) else { return false }
            return date.day == length || weekday == 5 && date.day >= length - 2
        default: return word == "\(date.day)"
        }
    }

    private static func weekday(_ word: String, _ date: CivilDate, weekday: Int) -> Bool {
        if word == "*" { return true }
        guard word.hasPrefix("\(weekday)") else { return false }
        if word.hasSuffix("L") { return date.day > CivilDate.length(ofMonth: date.month, in: date.year) - 7 }
        return word.hasSuffix("#\((date.day + 6) / 7)")
    }
}
