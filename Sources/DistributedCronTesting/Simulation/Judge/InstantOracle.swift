/// Every instant of a schedule, found by going through its wall times one by one: slow, and simple enough to be believed.
///
/// It is the second opinion on what `Schedule` computes, so it shares no code with it: no dates, no zones, no fields,
/// only integers and strings. It walks over every day, and on a matching day over every hour, minute and second that
/// the fields name, and asks of each such wall time when the zone's clocks show it.
///
/// ```swift
/// let oracle = InstantOracle(schedule: "30 2 * * *", zone: "Europe/Berlin")
/// let fires = oracle?.instants(from: 1_774_652_400, to: 1_774_738_800)
/// ```
package struct InstantOracle: Sendable {
    /// What a schedule does when the zone's clocks are changed.
    ///
    /// Only fixed schedules have a choice. A wildcard schedule, whose minute or hour begins with `*`, obeys `wall`.
    package enum ClockChanges: String, Sendable, CaseIterable {
        /// Skipped wall times fire together at the end of the gap, repeated ones fire in the first pass.
        case debian
        /// Skipped wall times do not fire, repeated ones fire in the first pass.
        case skip
        /// Skipped wall times do not fire, repeated ones fire in both passes.
        case wall
    }

    private enum Kind {
        case fields(OracleFields, OracleZone, ClockChanges)
        case every(seconds: Int64, anchor: Int64)
        case once(Int64)
    }

    /// The zones it knows.
    package static let zones = OracleZone.known.map(\.name)
    /// The year from whose beginning it knows when they change their clocks; they all have kept to it since.
    package static let firstYear = OracleZone.firstYear

    private let kind: Kind

    /// Reads a schedule; nil for text that it does not understand, an unknown zone, and `@every` without an anchor.
    ///
    /// - Parameters:
    ///   - schedule: Fields, a macro, `@every` or `@at`. `H` is not understood.
    ///   - zone: The zone in which the fields are read: one of ``zones``. Nobody asks it for `@every` and `@at`, but it
    ///     must be known.
    ///   - changes: What the schedule does when the zone's clocks are changed.
    ///   - seconds: Whether the fields begin with one for seconds; macros are written the same with both.
    ///   - anchor: From when `@every` counts, in seconds since 1970-01-01T00:00:00Z.
    package init?(
        schedule: String,
        zone: String,
        changes: ClockChanges = .debian,
        seconds: Bool = false,
        anchor: Int64? = nil
    ) {
        guard let zone = OracleZone.known.first(where: { $0.name == zone }) else { return nil }
        let words = OracleText.words(schedule)
        switch words.first?.lowercased() {
        case "@every":
            guard words.count == 2, let interval = OracleText.seconds(inDuration: words[1]), let anchor
            else { return nil }
            self.kind = .every(seconds: interval, anchor: anchor)
        case "@at":
            guard words.count == 2, let instant = OracleText.instant(words[1]) else { return nil }
            self.kind = .once(instant)
        default:
            guard let fields = OracleFields(words, hasSeconds: seconds) else { return nil }
            self.kind = .fields(fields, zone, fields.isWildcard ? .wall : changes)
        }
    }

    /// Looks for the instants at which the schedule fires.
    ///
    /// In a zone with clock changes it is right from the year ``firstYear`` on.
    ///
    /// - Parameters:
    ///   - start: The first instant that may be in the answer, in seconds since 1970-01-01T00:00:00Z; at least 0.
    ///   - end: The first instant that may not be in it any more.
    /// - Returns: Seconds since 1970-01-01T00:00:00Z, ascending, each instant once.
    package func instants(from start: Int64, to end: Int64) -> [Int64] {
        guard start < end else { return [] }
        switch self.kind {
        case .once(let instant): return (start..<end).contains(instant) ? [instant] : []
        case .every(let seconds, let anchor):
            // As many intervals as end before the start, rounded up; the anchor itself is the first instant.
            let passed = start > anchor ? (start - anchor + seconds - 1) / seconds : 0
            return Array(stride(from: anchor + passed * seconds, to: end, by: Int64.Stride(seconds)))
        case .fields(let fields, let zone, let changes):
            return Self.instants(of: fields, in: zone, changes, from: start, to: end)
        }
    }

    private static func instants(
        of fields: OracleFields,
        in zone: OracleZone,
        _ changes: ClockChanges,
        from start: Int64,
        to end: Int64
    ) -> [Int64] {
        let clock = OracleClock(zone, around: start..<end)
        // What any clock of the zone can show from the start to the end, with every wall time of a gap that ends then.
        let shown = (start + zone.lowestOffset)..<(end + zone.highestOffset)
        var instants: [Int64] = []
        func add(_ instant: Int64) {
            // All wall times of a gap come in one run, so equal instants are neighbours.
            if instant >= start, instant < end, instant != instants.last { instants.append(instant) }
        }
        fields.forEachWallTime(in: shown) { wall in
            switch clock.appearance(of: wall) {
            case .once(let instant): add(instant)
            case .skipped(let gapEnd): if changes == .debian { add(gapEnd) }
            case .twice(let first, let second):
                add(first)
                if changes == .wall { add(second) }
            }
        }
        // A repeated hour was read wall time by wall time, which mixes its two passes.
        return instants.sorted()
    }
}
