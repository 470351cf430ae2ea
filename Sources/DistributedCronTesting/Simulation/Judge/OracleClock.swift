/// The clocks of a zone over some years: which instants show a given wall time.
struct OracleClock: Sendable {
    /// When the clocks show a wall time.
    enum Appearance: Sendable {
        case once(Int64)
        /// They were set back over it: in two passes.
        case twice(Int64, Int64)
        /// They were set forward over it, at this instant.
        case skipped(gapEnd: Int64)
    }

    private struct Change {
        let instant: Int64
        let offset: Int64
    }

    private let lowestOffset: Int64
    private let highestOffset: Int64
    private let changes: [Change]

    /// The clocks of a zone from a year before some instants to a year after them.
    init(_ zone: OracleZone, around instants: Range<Int64>) {
        self.lowestOffset = zone.lowestOffset
        self.highestOffset = zone.highestOffset
        var changes: [Change] = []
        if !zone.rules.isEmpty {
            let first = OracleDay(number: Int(instants.lowerBound / 86_400)).year
            let last = OracleDay(number: Int(instants.upperBound / 86_400)).year
            for year in max(first - 1, 1970)...last + 1 {
                for rule in zone.rules {
                    let earliest = OracleDay(year: year, month: rule.month, day: rule.fromDay)
                    let sunday = earliest.number + (7 - earliest.weekday) % 7
                    changes.append(Change(instant: Int64(sunday) * 86_400 + rule.seconds, offset: rule.offset))
                }
            }
        }
        self.changes = changes
    }

    /// When the clocks show a wall time, given in seconds since they showed 1970-01-01 00:00:00.
    ///
    /// A zone here has one offset or two, so there are no more than two instants to look at.
    func appearance(of wall: Int64) -> Appearance {
        let early = wall - self.highestOffset
        let late = wall - self.lowestOffset
        let isShownEarly = self.offset(at: early) == self.highestOffset
        let isShownLate = self.offset(at: late) == self.lowestOffset
        if isShownEarly, isShownLate { return early == late ? .once(early) : .twice(early, late) }
        if isShownEarly { return .once(early) }
        if isShownLate { return .once(late) }
        // At `early` the clock had not yet been set forward, at `late` it had.
        let change = self.changes.first { $0.instant > early }
        return .skipped(gapEnd: change?.instant ?? late)
    }

    private func offset(at instant: Int64) -> Int64 {
        self.changes.last { $0.instant <= instant }?.offset ?? self.lowestOffset
    }
}
