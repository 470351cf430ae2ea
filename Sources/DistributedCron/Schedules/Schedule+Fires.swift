extension Schedule {
    /// The first instant strictly after another at which the schedule fires; nil if none is left.
    public func next(after instant: Instant) -> Instant? {
        guard instant.epochSeconds < Instant.lastOfSchedules else { return nil }
        return self.fire(self.next(atOrAfter: max(Int(instant.epochSeconds), -1) + 1))
    }

    /// The last instant strictly before another at which the schedule fires; nil if there is none.
    public func previous(before instant: Instant) -> Instant? {
        guard instant.epochSeconds > 0 else { return nil }
        return self.fire(self.previous(atOrBefore: min(Int(instant.epochSeconds) - 1, Instant.lastOfSchedules)))
    }

    /// How often the schedule fires after one instant and up to and including another.
    ///
    /// It is computed, not walked: the fires of a year with `* * * * * *` cost microseconds. It equals the number of
    /// times that ``next(after:)`` would answer.
    public func count(after start: Instant, through end: Instant) -> Int {
        guard start < end, start.epochSeconds < Instant.lastOfSchedules, end.epochSeconds >= 0 else { return 0 }
        let first = max(Int(start.epochSeconds), -1) + 1
        let last = min(Int(end.epochSeconds), Instant.lastOfSchedules)
        switch self.plan {
        case .fields(let fields): return fields.count(from: first, through: last, in: self.zone)
        case .once(let instant): return (first...last).contains(instant) ? 1 : 0
        case .every(let interval, let anchor):
            guard last >= anchor else { return 0 }
            let before = first > anchor ? (first - anchor - 1) / interval + 1 : 0
            return (last - anchor) / interval + 1 - before
        }
    }

    @inline(__always)
    private func next(atOrAfter second: Int) -> Int? {
        switch self.plan {
        case .fields(let fields): return fields.next(atOrAfter: second, in: self.zone)
        case .once(let instant): return instant >= second ? instant : nil
        case .every(let interval, let anchor):
            guard second > anchor else { return anchor }
            return anchor + ((second - anchor - 1) / interval + 1) * interval
        }
    }

    private func previous(atOrBefore second: Int) -> Int? {
        switch self.plan {
        case .fields(let fields): return fields.previous(atOrBefore: second, in: self.zone)
        case .once(let instant): return instant <= second ? instant : nil
        case .every(let interval, let anchor):
            return second >= anchor ? anchor + (second - anchor) / interval * interval : nil
        }
    }

    private func fire(_ second: Int?) -> Instant? {
        guard let second, (0...Instant.lastOfSchedules).contains(second) else { return nil }
        return Instant(epochSeconds: Int64(second))
    }
}
