/// The instants at which a cron expression fires in a zone: wall-clock times, and what clock changes do to them.
///
/// The zone is passed to each function instead of being held, which spares the searches its reference count. Between
/// two changes of its clocks a zone is a constant offset, so a search is one search of wall-clock times, plus a look at
/// the changes around where it begins and where it ends. All instants are seconds since 1970 in UTC.
struct ZonedSchedule: Sendable, Hashable {
    let civil: CivilSchedule
    /// What happens at clock changes; always `wall` for a wildcard schedule.
    let rule: ClockChangeRule

    init(_ civil: CivilSchedule, rule: ClockChangeRule) {
        self.civil = civil
        self.rule = civil.isWildcard ? .wall : rule
    }

    /// The first fire that is not before `instant`.
    @inline(__always)
    func next(atOrAfter instant: Int, in zone: Zone) -> Int? {
        let index = zone.spanIndex(at: instant)
        let span = zone.spans[index]
        // In the first minute after a jump, what it skipped may still be due.
        guard instant >= span.settled else {
            return self.next(atOrAfter: instant, in: zone, from: max(index - 1, 0), searched: .max, due: .min)
        }
        // Most searches end where they begin: in one span, away from the changes of the clocks.
        let local = instant &+ Int(span.offset)
        guard let due = self.civil.next(atOrAfter: local) else { return nil }
        let fire = due &- Int(span.offset)
        return fire < span.end ? fire : self.next(atOrAfter: instant, in: zone, from: index, searched: local, due: due)
    }

    /// Searches span by span.
    ///
    /// `due` is the first time that is not before `searched`; the two save searching anew in every span.
    @inline(never)
    private func next(
        atOrAfter instant: Int,
        in zone: Zone,
        from startIndex: Int,
        searched: Int,
        due: Int
    ) -> Int? {
        var (index, searched, due) = (startIndex, searched, due)
        while index < zone.spans.count {
            let span = zone.spans[index]
            let offset = Int(span.offset)
            if index > startIndex, due < span.localStart, self.makesUpForSkippedTimes(span) {
                let fire = self.firstFire(afterJump: span)
                if fire >= instant { return fire }
            }
            let begin = max(min(max(instant, span.start), span.end) + offset, self.firstCountedTime(of: span))
            if begin < searched || begin > due {
                guard let found = self.civil.next(atOrAfter: begin) else { return nil }
                (searched, due) = (begin, found)
            }
            if due - offset < span.end { return due - offset }
            index += 1
            // No later span repeats times from before `searched`, so only those around `due` can matter.
            if searched <= span.end - ZoneSpan.beyondOffsets {
                index = max(index, zone.spanIndex(at: due - ZoneSpan.beyondOffsets))
            }
        }
        return nil
    }

    /// The last fire that is not after `instant`.
    func previous(atOrBefore instant: Int, in zone: Zone) -> Int? {
        var index = zone.spanIndex(at: instant)
        // `due` is the last time that is not after `searched`.
        var searched = Int.min
        var due = Int.max
        while index >= 0 {
            let span = zone.spans[index]
            let offset = Int(span.offset)
            let end = min(instant, span.end - 1) + offset
            if end > searched || end < due {
                guard let found = self.civil.previous(atOrBefore: end) else { return nil }
                (searched, due) = (end, found)
            }
            if due >= self.firstCountedTime(of: span) { return due - offset }
            if due >= span.localStart - Int(span.shift), self.makesUpForSkippedTimes(span) {
                let fire = self.firstFire(afterJump: span)
                if fire <= instant { return fire }
            }
            index -= 1
        }
        return nil
    }

    /// How many fires there are from one instant up to and including another.
    func count(from start: Int, through end: Int, in zone: Zone) -> Int {
        guard start <= end else { return 0 }
        var count = 0
        for index in zone.spanIndex(at: start)...zone.spanIndex(at: end) {
            let span = zone.spans[index]
            let offset = Int(span.offset)
            let begin = max(max(start, span.start) + offset, self.firstCountedTime(of: span))
            count += self.civil.count(from: begin, to: min(end + 1, span.end) + offset)
            if self.makesUpForSkippedTimes(span) {
                let fire = self.firstFire(afterJump: span)
                let skipped = span.localStart - Int(span.shift)
                // What is due at that very moment anyway has just been counted.
                if fire >= start, fire <= end, !self.civil.matches(fire + offset),
                    self.civil.count(from: skipped, to: span.localStart) > 0
                {
                    count += 1
                }
            }
        }
        return count
    }
}

extension ZonedSchedule {
    private static let limit: Int32 = 3 * 3_600

    /// Whether times that the clocks skipped at the beginning of a span fire right after it.
    private func makesUpForSkippedTimes(_ span: ZoneSpan) -> Bool {
        self.rule == .debian && span.shift > 0 && span.shift < Self.limit
    }

    /// The first wall-clock time of a span that counts there: not those that the clocks showed before.
    private func firstCountedTime(of span: ZoneSpan) -> Int {
        let isRepeated =
            switch self.rule {
            case .debian: span.shift < 0 && span.shift >= -Self.limit
            case .skip: span.shift < 0
            case .wall: false
            }
        return isRepeated ? span.localStart - Int(span.shift) : span.localStart
    }

    /// The first instant after a jump at which the schedule can fire.
    ///
    /// A schedule without seconds fires on whole minutes of the wall clock; until 1972 offsets had odd seconds.
    private func firstFire(afterJump span: ZoneSpan) -> Int {
        guard self.civil.times.seconds == 1 else { return span.start }
        let minutes = (span.localStart + 59).floorDivided(by: 60)
        return minutes * 60 - Int(span.offset)
    }
}
