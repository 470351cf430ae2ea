import DistributedCronTesting
import Foundation

@testable import DistributedCron

/// A random expression together with what it means, so that no parser is needed to know it.
struct RandomSchedule {
    struct Field {
        var text: String
        var values: Set<Int>
        var isStar: Bool { self.text.hasPrefix("*") }
    }

    var minute: Field
    var hour: Field
    var month: Field
    var dayText: String
    var dayMatches: (CivilDate, Int) -> Bool

    var text: String { "\(self.minute.text) \(self.hour.text) \(self.dayText)" }
    var isWildcard: Bool { self.minute.isStar || self.hour.isStar }

    init(using generator: inout SeededGenerator) {
        self.minute = Self.field(0...59, last: 59, using: &generator)
        self.hour = Self.field(0...23, last: 23, using: &generator)
        let plainMonth = Field(text: "*", values: Set(1...12))
        self.month =
            Int.random(in: 0..<4, using: &generator) == 0 ? Self.field(1...12, last: 12, using: &generator) : plainMonth
        let hasDates = Int.random(in: 0..<3, using: &generator) == 0
        let hasWeekdays = Int.random(in: 0..<3, using: &generator) == 0
        let dates = hasDates ? Self.field(1...31, last: 31, using: &generator) : Field(text: "*", values: Set(1...31))
        let weekdays =
            hasWeekdays ? Self.field(0...6, last: 6, using: &generator) : Field(text: "*", values: Set(0...6))
        let special = Int.random(in: 0..<12, using: &generator)
        let number = Int.random(in: 1...5, using: &generator)
        let dateText = special == 0 ? "L" : special == 1 ? "LW" : dates.text
        let weekdayText = special == 2 ? "\(number)L" : special == 3 ? "\(number)#\(number)" : weekdays.text
        self.dayText = "\(dateText) \(self.month.text) \(weekdayText)"
        let both = dateText.hasPrefix("*") || weekdayText.hasPrefix("*")
        let months = self.month.values
        self.dayMatches = { date, weekday in
            let length = CivilDate.length(ofMonth: date.month, in: date.year)
            let lastWeekday = (weekday + length - date.day) % 7
            let inDates =
                switch special {
                case 0: date.day == length
                case 1: date.day == length - (lastWeekday == 6 ? 1 : lastWeekday == 0 ? 2 : 0)
                default: dates.values.contains(date.day)
                }
            let inWeekdays =
                switch special {
                case 2: weekday == number && date.day + 7 > length
                case 3: weekday == number && (date.day + 6) / 7 == number
                default: weekdays.values.contains(weekday)
                }
            return months.contains(date.month) && (both ? inDates && inWeekdays : inDates || inWeekdays)
        }
    }

    private static func field(_ range: ClosedRange<Int>, last: Int, using generator: inout SeededGenerator) -> Field {
        let first = Int.random(in: range, using: &generator)
        let end = Int.random(in: first...last, using: &generator)
        let step = Int.random(in: 1...20, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return Field(text: "*", values: Set(range))
        case 1: return Field(text: "*/\(step)", values: Set(stride(from: range.lowerBound, through: last, by: step)))
        case 2: return Field(text: "\(first)-\(end)", values: Set(first...end))
        case 3: return Field(text: "\(first)-\(end)/\(step)", values: Set(stride(from: first, through: end, by: step)))
        case 4: return Field(text: "\(first)/\(step)", values: Set(stride(from: first, through: last, by: step)))
        case 5: return Field(text: "\(end),\(first)", values: [first, end])
        case 6: return Field(text: "*,\(first)", values: Set(range))
        default: return Field(text: "\(first)", values: [first])
        }
    }

    /// Whether the wall clock `local`, in seconds since 1970-01-01T00:00:00, shows a time of the schedule.
    func matches(_ local: Int) -> Bool {
        guard local % 60 == 0, self.minute.values.contains(local / 60 % 60),
            self.hour.values.contains(local / 3_600 % 24)
        else { return false }
        let dayNumber = local / 86_400
        return self.dayMatches(CivilDate(dayNumber: dayNumber), (dayNumber + 4) % 7)
    }

    /// All fires from one instant up to another, found minute by minute with a clock that is watched, as a daemon does.
    func walk(from start: Int, to end: Int, in zone: Zone, rule: ClockChangeRule) -> [Int] {
        var fires: [Int] = []
        var shown = Int.min
        // Begin early enough to have seen every change whose consequences reach into the window.
        let begin = start - 30 * 3_600
        var local = begin - 60 + zone.offset(at: Instant(epochSeconds: Int64(begin - 60)))
        for instant in stride(from: begin, to: end, by: 60) {
            let before = local
            local = instant + zone.offset(at: Instant(epochSeconds: Int64(instant)))
            let jump = local - before - 60
            var isDue = self.matches(local)
            if !self.isWildcard, rule != .wall {
                if jump > 0, jump < 10_800, rule == .debian {
                    isDue = isDue || stride(from: before + 60, to: local, by: 60).contains { self.matches($0) }
                }
                if jump < 0, jump >= -10_800 || rule == .skip { shown = before + 60 }
                if local < shown { isDue = false }
            }
            if isDue, instant >= start { fires.append(instant) }
        }
        return fires
    }
}
