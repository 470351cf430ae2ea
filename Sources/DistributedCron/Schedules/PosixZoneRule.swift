/// A zone's rule for all years to come, as POSIX writes it in `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// POSIX counts offsets westwards; this type counts eastwards, as everything else does. RFC 8536 lets the hours of a
/// change run from -167 to 167, which some zones use.
struct PosixZoneRule: Sendable, Hashable {
    /// Seconds east of UTC while no summer time is in force.
    private(set) var standardOffset: Int
    private var summer: Summer?

    private struct Summer: Sendable, Hashable {
        var offset: Int
        var start: YearlyMoment
        var end: YearlyMoment
    }

    /// A moment of each year, by the clocks that are in force before it.
    private struct YearlyMoment: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// 1 to 365; 29 February is never counted.
            case withoutLeapDay(Int)
            /// 0 to 365, with 29 February.
            case withLeapDay(Int)
            /// The nth weekday of a month; the 5th is the last.
            case weekday(month: Int, week: Int, weekday: Int)
        }

        var day: Day
        var second = 7_200

        /// Local seconds since 1970 of this moment in `year`.
        func localSecond(in year: Int) -> Int {
            let newYear = CivilDate(year: year, month: 1, day: 1).dayNumber
            let dayNumber =
                switch self.day {
                case .withoutLeapDay(let day): newYear + day - 1 + (day > 59 && CivilDate.isLeap(year) ? 1 : 0)
                case .withLeapDay(let day): newYear + day
                case .weekday(let month, let week, let weekday): Self.day(year, month, week, weekday)
                }
            return dayNumber * 86_400 + self.second
        }

        private static func day(_ year: Int, _ month: Int, _ week: Int, _ weekday: Int) -> Int {
            let first = CivilDate(year: year, month: month, day: 1).dayNumber
            let toWeekday = (weekday - CivilDate.weekday(ofDayNumber: first) + 7) % 7
            let day = toWeekday + 7 * (week - 1)
            return first + (day < CivilDate.length(ofMonth: month, in: year) ? day : day - 7)
        }
    }

    /// Reads a rule; nil if it is none.
    ///
    /// A summer time without dates is refused: POSIX leaves them open.
    init?(_ text: some Sequence<UInt8>) {
        var reader = Reader(rest: Array(text)[...])
        guard reader.name(), let west = reader.time() else { return nil }
        self.standardOffset = -west
        guard !reader.rest.isEmpty else { return }
        guard reader.name() else { return nil }
        let summerWest = reader.rest.first == UInt8(ascii: ",") ? west - 3_600 : reader.time()
        guard let summerWest, let start = reader.moment(), let end = reader.moment(), reader.rest.isEmpty else {
            return nil
        }
        self.summer = Summer(offset: -summerWest, start: start, end: end)
    }

    /// The changes that the rule makes after one second and up to another.
    func changes(after: Int, through: Int) -> [(at: Int, offset: Int)] {
        guard after < through else { return [] }
        guard let summer else { return [(max(after + 1, 1), self.standardOffset)] }
        let firstYear = CivilDate(dayNumber: max(after, 0) / 86_400).year - 1
        let lastYear = CivilDate(dayNumber: through / 86_400).year + 1
        let all = (firstYear...max(firstYear, lastYear)).flatMap { year in
            [
                (at: summer.start.localSecond(in: year) - self.standardOffset, offset: summer.offset),
                (at: summer.end.localSecond(in: year) - summer.offset, offset: self.standardOffset),
            ]
        }
        return all.sorted { $0.at < $1.at }.filter { $0.at > after && $0.at <= through }
    }
}

extension PosixZoneRule {
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard self.rest.first == UInt8(ascii: character) else { return false }
            self.rest.removeFirst()
            return true
        }

        /// Passes over `CET` or `<+0330>`.
        mutating func name() -> Bool {
            if self.take("<") {
                self.rest = self.rest.drop { $0 != UInt8(ascii: ">") }
                return self.take(">")
            }
            let count = self.rest.prefix(while: \.isLetter).count
            self.rest = self.rest.dropFirst(count)
            return count >= 3
        }

        mutating func number(in range: ClosedRange<Int>) -> Int? {
            let digits = self.rest.prefix { $0.digit != nil }
            guard (1...3).contains(digits.count) else { return nil }
            self.rest = self.rest.dropFirst(digits.count)
            let value = digits.reduce(0) { $0 * 10 + ($1.digit ?? 0) }
            return range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int? {
            let sign = self.take("-") ? -1 : 1
            if sign == 1 { _ = self.take("+") }
            guard let hours = self.number(in: 0...167) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where self.take(":") {
                guard let value = self.number(in: 0...59) else { return nil }
                seconds += value * unit
            }
            return sign * seconds
        }

        mutating func moment() -> YearlyMoment? {
            guard self.take(","), let day = self.day() else { return nil }
            guard self.take("/") else { return YearlyMoment(day: day) }
            return self.time().map { YearlyMoment(day: day, second: $0) }
        }

        private mutating func day() -> YearlyMoment.Day? {
            if self.take("J") { return self.number(in: 1...365).map { .withoutLeapDay($0) } }
            guard self.take("M") else { return self.number(in: 0...365).map { .withLeapDay($0) } }
            guard let month = self.number(in: 1...12), self.take("."),
                let week = self.number(in: 1...5), self.take("."),
                let weekday = self.number(in: 0...6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
