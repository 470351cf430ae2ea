/// A cron expression as masks: the local times that it names, in seconds since 1970-01-01T00:00:00 on a wall clock.
///
/// It knows no zone. Searching takes one look at the times of day and, at most, one at each month up to the next
/// matching day; nothing is allocated. The times searched for are within ``ZoneSpan/horizon``, so sums do not overflow.
struct CivilSchedule: Sendable, Hashable {
    var times: TimesOfDay
    var days: DayRule
    /// Whether the schedule follows real time through clock changes, because its minute or hour begins with `*`.
    var isWildcard: Bool

    private static let day = 86_400

    /// The first time that is not before `local`.
    @inline(__always)
    func next(atOrAfter local: Int) -> Int? {
        let (today, time) = Self.split(local)
        let later = self.times.next(atOrAfter: time)
        // Once today's last time is over, the search begins tomorrow, so that it never looks for a day twice.
        guard let day = self.days.next(atOrAfter: later == nil ? today &+ 1 : today) else { return nil }
        guard day == today, let later else { return day &* Self.day &+ self.times.first }
        return day &* Self.day &+ later
    }

    /// The last time that is not after `local`.
    func previous(atOrBefore local: Int) -> Int? {
        let (today, time) = Self.split(local)
        guard let day = self.days.previous(atOrBefore: time < self.times.first ? today - 1 : today) else { return nil }
        guard day == today, let earlier = self.times.previous(atOrBefore: time) else {
            return day * Self.day + self.times.last
        }
        return day * Self.day + earlier
    }

    /// How many times there are from one local second up to, but not including, another.
    func count(from start: Int, to end: Int) -> Int {
        guard start < end else { return 0 }
        let startDay = start.floorDivided(by: Self.day)
        let endDay = end.floorDivided(by: Self.day)
        let wholeDays = self.days.count(from: startDay, to: endDay) * self.times.count
        return wholeDays + self.countOfDay(endDay, before: end) - self.countOfDay(startDay, before: start)
    }

    /// Whether `local` is one of the times.
    func matches(_ local: Int) -> Bool { self.next(atOrAfter: local) == local }

    /// The day of a time, and the second of that day.
    private static func split(_ local: Int) -> (day: Int, time: Int) {
        // Counted from beyond the horizon there is nothing negative, which divides without a case for it.
        let shifted = UInt(bitPattern: local &+ Self.daysToHorizon &* Self.day)
        let day = shifted / UInt(Self.day)
        return (Int(bitPattern: day) &- Self.daysToHorizon, Int(bitPattern: shifted &- day &* UInt(Self.day)))
    }

    private static let daysToHorizon = ZoneSpan.horizon / day + 2

    private func countOfDay(_ day: Int, before local: Int) -> Int {
        guard self.days.next(atOrAfter: day) == day else { return 0 }
        return self.times.count(before: local - day * Self.day)
    }
}
