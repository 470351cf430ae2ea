import DistributedCron
import Testing

@Suite("Fields of an expression are held against a time, each for itself")
struct FieldMatchTests {
    private func words(_ text: String, at instant: String, zone: Zone = .utc, seconds: Bool = false) throws -> [String]
    {
        let schedule = try Schedule(text, zone: zone, seconds: seconds)
        let matches = schedule.fieldMatches(at: try #require(Instant(instant)))
        return matches.map { "\($0.field.rawValue): \($0.value) \($0.isNamed ? "in" : "not in") \($0.allowed)" }
    }

    @Test("Each field says what it names and what the clock shows")
    func fields() throws {
        #expect(
            try self.words("*/5 9-17 * * MON-FRI", at: "2026-11-22T13:07:00Z") == [
                "minute: 7 not in */5", "hour: 13 in 9-17", "day-of-month: 22 in *", "month: 11 in *",
                "day-of-week: 0 not in MON-FRI",
            ]
        )
        let seconds = try self.words("30 * * * DEC *", at: "2026-11-22T13:07:30Z", seconds: true)
        #expect(seconds.first == "second: 30 in 30" && seconds.contains("month: 11 not in DEC") && seconds.count == 6)
    }

    @Test("The clock is that of the schedule's zone, and the day too")
    func zone() throws {
        let words = try self.words("30 0 23 * 1", at: "2026-11-22T23:30:00Z", zone: .named("Europe/Berlin"))
        #expect(
            words == [
                "minute: 30 in 30", "hour: 0 in 0", "day-of-month: 23 in 23", "month: 11 in *", "day-of-week: 1 in 1",
            ]
        )
    }

    @Test("A macro counts as it is written out; what has no fields has none, nor has a time beyond those of schedules")
    func withoutFields() throws {
        #expect(try self.words("@weekly", at: "2026-11-22T00:00:00Z").last == "day-of-week: 0 in 0")
        let every = try Schedule("@every 5m", anchor: Instant(epochSeconds: 0))
        #expect(every.fieldMatches(at: Instant(epochSeconds: 300)).isEmpty)
        for instant in [Instant.distantPast, .distantFuture, Instant(epochSeconds: -1)] {
            #expect(try Schedule("* * * * *").fieldMatches(at: instant).isEmpty)
        }
    }

    @Test(
        "Days that are counted from an end of the month are named as the calendar has them",
        arguments: [
            ("0 0 L * *", "2026-02-28", true), ("0 0 L * *", "2026-02-27", false), ("0 0 LW * *", "2026-02-27", true),
            ("0 0 * * MON#2", "2026-03-09", true), ("0 0 * * MON#2", "2026-03-16", false),
            ("0 0 * * 5L", "2026-03-27", true), ("0 0 * * 5L", "2026-03-20", false),
        ]
    )
    func monthEnds(text: String, day: String, isNamed: Bool) throws {
        let instant = try #require(Instant("\(day)T00:00:00Z"))
        #expect(try Schedule(text).fieldMatches(at: instant).allSatisfy(\.isNamed) == isNamed)
    }

    @Test("Of two day fields either may be enough, so that a schedule may name what one of them does not")
    func eitherDay() throws {
        let schedule = try Schedule("0 9 1 * MON")
        let monday = try #require(Instant("2026-03-02T09:00:00Z"))
        #expect(schedule.next(after: monday - 1) == monday)
        #expect(schedule.fieldMatches(at: monday).filter { !$0.isNamed }.map(\.field) == [.dayOfMonth])
    }

    @Test("Where every field has to match, and no clock changes, all of them do exactly at the instants")
    func agreement() throws {
        let schedule = try Schedule("*/7 3-21/2 */3 * *")
        let start = try #require(Instant("2026-01-31T20:00:00Z"))
        for minute in 0..<6_000 {
            let instant = start + Int64(minute * 60)
            let isNamed = schedule.next(after: instant - 1) == instant
            #expect(schedule.fieldMatches(at: instant).allSatisfy(\.isNamed) == isNamed, "\(instant)")
        }
    }
}
