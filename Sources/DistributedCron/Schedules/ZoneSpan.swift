/// A stretch of time in which a zone's clocks keep one distance from UTC.
struct ZoneSpan: Sendable, Hashable {
    /// The first second of the span.
    var start: Int
    /// The first second after it.
    var end: Int
    /// Seconds east of UTC.
    var offset: Int32
    /// How far the clocks were set forward when the span began; negative when they were set back.
    var shift: Int32

    /// What the clocks showed when the span began.
    var localStart: Int { self.start + Int(self.offset) }

    /// The first second from which the change at the beginning makes no difference any more: nothing that it repeated or
    /// skipped is due.
    var settled: Int { self.start &+ max(60, -Int(self.shift)) }

    /// Lines up changes of offset into spans without gaps, from a past to a future beyond every schedule.
    static func spans(initialOffset: Int, changes: [(at: Int, offset: Int)]) -> [ZoneSpan] {
        var spans = [ZoneSpan(start: -Self.horizon, end: Self.horizon, offset: Int32(initialOffset), shift: 0)]
        for change in changes {
            let last = spans.count - 1
            let before = Int(spans[last].offset)
            // A new name or a new "summer time" flag with the same offset is no change of the clocks.
            guard change.offset != before else { continue }
            guard change.at > 0 else {
                spans[last].offset = Int32(change.offset)
                continue
            }
            spans[last].end = change.at
            let shift = Int32(change.offset - before)
            spans.append(Self(start: change.at, end: Self.horizon, offset: Int32(change.offset), shift: shift))
        }
        return spans
    }

    /// Far outside every schedule, yet far inside `Int`, so that offsets can be added without a thought.
    static let horizon = 1 << 40

    /// More than any offset: a file's are below 26 hours, and those of a POSIX rule below 168.
    static let beyondOffsets = 8 * 86_400
}
