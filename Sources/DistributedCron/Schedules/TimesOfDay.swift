/// The times of day of a schedule: every combination of its hours, minutes and seconds, none of them empty.
struct TimesOfDay: Sendable, Hashable {
    var minutes: UInt64
    /// Only second 0, unless the schedule has a seconds field.
    var seconds: UInt64
    var hours: UInt32

    private var hourBits: UInt64 { UInt64(self.hours) }

    /// How many times there are in a day.
    var count: Int { self.hours.nonzeroBitCount * self.minutes.nonzeroBitCount * self.seconds.nonzeroBitCount }

    /// The first time of the day, in seconds since midnight.
    var first: Int {
        Self.second(
            self.hours.trailingZeroBitCount,
            self.minutes.trailingZeroBitCount,
            self.seconds.trailingZeroBitCount
        )
    }

    /// The last time of the day.
    var last: Int {
        Self.second(
            31 - self.hours.leadingZeroBitCount,
            63 - self.minutes.leadingZeroBitCount,
            63 - self.seconds.leadingZeroBitCount
        )
    }

    /// The first time that is not before `time`, if the day has one.
    @inline(__always)
    func next(atOrAfter time: Int) -> Int? {
        let (hour, minute, second) = Self.parts(time)
        if self.hourBits.holds(hour) {
            if self.minutes.holds(minute), let second = self.seconds.lowest(from: second) {
                return Self.second(hour, minute, second)
            }
            if let minute = self.minutes.lowest(from: minute + 1) {
                return Self.second(hour, minute, self.seconds.trailingZeroBitCount)
            }
        }
        guard let hour = self.hourBits.lowest(from: hour + 1) else { return nil }
        return Self.second(hour, self.minutes.trailingZeroBitCount, self.seconds.trailingZeroBitCount)
    }

    /// The last time that is not after `time`, if the day has one.
    func previous(atOrBefore time: Int) -> Int? {
        let (hour, minute, second) = Self.parts(time)
        if self.hourBits.holds(hour) {
            if self.minutes.holds(minute), let second = self.seconds.highest(through: second) {
                return Self.second(hour, minute, second)
            }
            if let minute = self.minutes.highest(through: minute - 1) {
                return Self.second(hour, minute, 63 - self.seconds.leadingZeroBitCount)
            }
        }
        guard let hour = self.hourBits.highest(through: hour - 1) else { return nil }
        return Self.second(hour, 63 - self.minutes.leadingZeroBitCount, 63 - self.seconds.leadingZeroBitCount)
    }

    /// How many times are before `time`.
    func count(before time: Int) -> Int {
        let (hour, minute, second) = Self.parts(time)
        var count = self.hourBits.count(below: hour) * self.minutes.nonzeroBitCount * self.seconds.nonzeroBitCount
        guard self.hourBits.holds(hour) else { return count }
        count += self.minutes.count(below: minute) * self.seconds.nonzeroBitCount
        return self.minutes.holds(minute) ? count + self.seconds.count(below: second) : count
    }

    private static func parts(_ time: Int) -> (hour: Int, minute: Int, second: Int) {
        let time = UInt32(truncatingIfNeeded: time)
        return (Int(time / 3_600), Int(time / 60 % 60), Int(time % 60))
    }

    private static func second(_ hour: Int, _ minute: Int, _ second: Int) -> Int {
        hour &* 3_600 &+ minute &* 60 &+ second
    }
}
