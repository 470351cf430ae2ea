/// A cron expression as masks: the local times that it names, in seconds since 1970-01-01T00:00:00 on a wall clock.
///
/// It knows no zone. Searching takes one look at the times of day and, at most, one at each month up to the next
/// matching day; nothing is allocated.
struct CivilSchedule: Sendable, Hashable {
    var times: TimesOfDay
    var days: DayRule
    /// Whether the schedule follows real time through clock changes, because its minute or hour begins with `*`.
    var isWildcard: Bool

    private static let day = 86_400

    /// The first time that is not before `local`.
    func next(atOrAfter local: Int) -> Int? {
        let day = local.floorDivided(by: Self.day)
        guard let matching = self.days.next(atOrAfter: day) else { return nil }
        guard matching == day else { return matching * Self.day + self.times.first }
        if let time = self.times.next(atOrAfter: local - day * Self.day) { return day * Self.day + time }
        return self.days.next(atOrAfter: day + 1).map { $0 * Self.day + self.times.first }
    }

    /// The last time that is not after `local`.
    func previous(atOrBefore local: Int) -> Int? {
        let day = local.floorDivided(by: Self.day)
        guard let matching = self.days.previous(atOrBefore: day) else { return nil }
        guard matching == day else { return matching * Self.day + self.times.last }
        if let time = self.times.previous(atOrBefore: local - day * Self.day) { return day * Self.day + time }
        return self.days.previous(atOrBefore: day - 1).map { $0 * Self.day + self.times.last }
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

    private func countOfDay(_ day: Int, before local: Int) -> Int {
        guard self.days.next(atOrAfter: day) == day else { return 0 }
        return self.times.count(before: local - day * Self.day)
    }
}
