import Foundation

/// How schedules are commonly searched, for comparison: minute by minute, with Foundation's calendar.
struct MinuteWalk {
    var calendar: Calendar
    var matches: (DateComponents) -> Bool

    func next(after date: Date) -> Date {
        var candidate = Date(timeIntervalSince1970: (date.timeIntervalSince1970 / 60).rounded(.down) * 60 + 60)
        while !self.matches(self.calendar.dateComponents([.minute, .hour, .weekday], from: candidate)) {
            candidate += 60
        }
        return candidate
    }
}
