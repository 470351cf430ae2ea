import Testing

@testable import DistributedCron

@Suite("Schedules beyond crontab(5)")
struct ScheduleTests {
    private static let epoch = Instant(epochSeconds: 0)

    private func fires(_ schedule: Schedule, after text: String, _ count: Int) throws -> [String] {
        var instant = try #require(Instant(text))
        return (0..<count).compactMap { _ in
            guard let next = schedule.next(after: instant) else { return nil }
            instant = next
            return next.formatted(in: schedule.zone)
        }
    }

    @Test("The ends of time and of the calendar answer instead of trapping")
    func extremes() throws {
        for text in ["* * * * *", "0 0 29 2 *", "@every 7s", "@at 2026-11-22T22:00:00Z", "30 2 * * *"] {
            for zone in [Zone.utc, try Zone.named("Europe/Berlin"), try Zone.named("Pacific/Apia")] {
                let schedule = try Schedule(text, zone: zone, anchor: Self.epoch)
                let first = try #require(schedule.next(after: .distantPast))
                let last = try #require(schedule.previous(before: .distantFuture))
                #expect(first.epochSeconds >= 0 && last.epochSeconds <= 7_258_118_399)
                #expect(schedule.next(after: last) == nil && schedule.next(after: .distantFuture) == nil)
                #expect(schedule.previous(before: first) == nil && schedule.previous(before: .distantPast) == nil)
                #expect(schedule.count(after: .distantPast, through: .distantFuture) > 0)
                #expect(schedule.count(after: last, through: .distantFuture) == 0)
                #expect(schedule.count(after: .distantFuture, through: .distantPast) == 0)
                #expect(schedule.count(after: first - 1, through: first) == 1)
            }
        }
        let minutes = try Schedule("* * * * *")
        #expect(minutes.next(after: Instant(epochSeconds: -1)) == Self.epoch)
        #expect(minutes.previous(before: .distantFuture)?.description == "2199-12-31T23:59:00Z")
        #expect(minutes.count(after: .distantPast, through: .distantFuture) == 84_006 * 1_440)
    }

    @Test("A seconds field comes first, and fixed schedules keep their rule at clock changes")
    func seconds() throws {
        let berlin = try Zone.named("Europe/Berlin")
        let schedule = try Schedule("*/20 30 2 * * *", zone: berlin, seconds: true)
        #expect(
            try self.fires(schedule, after: "2026-03-28T12:00:00Z", 4) == [
                "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00", "2026-03-30T02:30:20+02:00",
                "2026-03-30T02:30:40+02:00",
            ]
        )
        let everySecond = try Schedule("* * * * * *", zone: berlin, seconds: true)
        let year = 365 * 86_400
        #expect(everySecond.count(after: Self.epoch, through: Self.epoch + Int64(year)) == year)
        #expect(try Schedule("@daily", seconds: true).next(after: Self.epoch) == Self.epoch + 86_400)
        #expect(throws: ScheduleError.self) { try Schedule("* * * * *", seconds: true) }
    }

    @Test("Each rule treats the skipped and the repeated half hour as documented")
    func clockChanges() throws {
        let berlin = try Zone.named("Europe/Berlin")
        func day(_ rule: ClockChangeRule, _ date: String) throws -> [String] {
            let schedule = try Schedule("30 2 * * *", zone: berlin, dst: rule)
            return try self.fires(schedule, after: "\(date)T00:00:00+01:00", 2).filter { $0.hasPrefix(date) }
        }
        #expect(try day(.debian, "2026-03-29") == ["2026-03-29T03:00:00+02:00"])
        #expect(try day(.skip, "2026-03-29") == [])
        #expect(try day(.wall, "2026-03-29") == [])
        let both = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
        #expect(try day(.debian, "2026-10-25") == [both[0]])
        #expect(try day(.skip, "2026-10-25") == [both[0]])
        #expect(try day(.wall, "2026-10-25") == both)
    }

    @Test("@every counts from its anchor, whoever asks and whenever")
    func every() throws {
        let anchor = try #require(Instant("2026-11-22T22:00:10Z"))
        let schedule = try Schedule("@every 1h30m", anchor: anchor)
        #expect(schedule.next(after: anchor) == anchor + 5_400)
        #expect(schedule.next(after: anchor + 5_400) == anchor + 10_800)
        #expect(schedule.next(after: anchor + 5_399) == anchor + 5_400)
        #expect(schedule.previous(before: anchor + 5_400) == anchor)
        #expect(schedule.previous(before: anchor) == nil)
        #expect(schedule.count(after: anchor, through: anchor + 54_000) == 10)
        #expect(try Schedule("@EVERY 90s", anchor: anchor).next(after: anchor) == anchor + 90)
        for text in ["@every 1m1h", "@every 1h1h", "@every", "@every 99999999999h", "@every 1.5h", "@every h"] {
            #expect(throws: ScheduleError.self) { try Schedule(text, anchor: anchor) }
        }
    }

    @Test("@at fires once")
    func once() throws {
        let schedule = try Schedule("@at 2026-11-22T23:00:00+01:00")
        let instant = try #require(Instant("2026-11-22T22:00:00Z"))
        #expect(schedule.isOneShot)
        #expect(schedule.next(after: .distantPast) == instant)
        #expect(schedule.next(after: instant) == nil)
        #expect(schedule.count(after: instant - 1, through: instant) == 1)
        #expect(schedule.summary == "Once, at 2026-11-22T22:00:00Z")
        for text in ["@at", "@at tomorrow", "@at 2026-11-22T22:00:00", "@at 2200-01-01T00:00:00Z"] {
            #expect(throws: ScheduleError.self) { try Schedule(text) }
        }
    }

    @Test("H takes the values that were computed by hand, for ever")
    func hashed() throws {
        let key = "6f1c2a52-7c1e-4e0b-9a38-0d4a9d1f0001/nightly"
        func same(_ text: String, _ plain: String) throws {
            let hashed = try Schedule(text, seconds: plain.split(separator: " ").count == 6, hashKey: key)
            let schedule = try Schedule(plain, seconds: hashed.seconds)
            #expect(hashed.plan == schedule.plan, "\(text) is \(hashed.summary)")
        }
        try same("H * * * *", "40 * * * *")
        try same("H H H H H", "40 21 3 9 5")
        try same("H/15 H(9-17) * * *", "10-59/15 15 * * *")
        try same("H(30-59)/10 0 * * *", "30-59/10 0 * * *")
        try same("H 0 0 * * *", "51 0 0 * * *")
        #expect(throws: ScheduleError.self) { try Schedule("H(5-1) * * * *", hashKey: key) }
        #expect(throws: ScheduleError.self) { try Schedule("H(0-60) * * * *", hashKey: key) }
        let step = try Schedule("H(10-12)/50 * * * *", hashKey: key)
        #expect(step.count(after: Self.epoch, through: Self.epoch + 3_600) == 1)
    }

    @Test("A step after a weekday stops at Saturday")
    func weekdaySteps() throws {
        #expect(try Schedule("0 0 * * 1/2").plan == Schedule("0 0 * * 1,3,5").plan)
        #expect(try Schedule("0 0 * * TUE/4").plan == Schedule("0 0 * * 2,6").plan)
    }

    @Test(
        "Valid schedules that surprise are pointed out",
        arguments: [
            ("*/100 * * * *", ["large-step"]), ("*/25 * * * *", ["uneven-step"]), ("0 */5 * * *", ["uneven-step"]),
            ("*/15 * * * *", []), ("0 12 1 * FRI", ["either-day"]), ("0 12 */2 * MON", ["both-days"]),
            ("0 12 31 2 MON", ["either-day", "impossible-date"]), ("0 12 31 * *", ["short-month"]), ("0 12 31 1 *", []),
            ("* 3 * * *", ["every-minute-of-hour"]), ("30 2 * * *", ["clock-change"]), ("0 12 L * *", []),
            ("@daily", ["clock-change"]),
        ]
    )
    func findings(_ text: String, _ codes: [String]) throws {
        let schedule = try Schedule(text, zone: .named("Europe/Berlin"))
        #expect(schedule.findings.map(\.code.description) == codes)
    }

    @Test("What the corpus does not describe reads well too")
    func summaries() throws {
        let expected = [
            "* * * * * *": "Every second", "*/10 * * * * *": "Every 10 seconds",
            "30 * * * * *": "At second 30 of every minute", "15 30 2 * * *": "At 02:30:15, every day",
            "0 0 9 * * MON-FRI": "At 09:00, Monday to Friday",
        ]
        for (text, words) in expected { #expect(try Schedule(text, seconds: true).summary == words) }
        let plain = [
            "0 0 LW * *": "At 00:00, on the last workday of every month",
            "0 0 * JAN *": "At 00:00, every day in January",
            "0 0 * JAN FRI": "At 00:00, every Friday in January",
            "0 9,17 1-7 * *": "At 09:00 and 17:00, on the 1st to the 7th of every month",
            "* 9-17 * * *": "Every minute from 09:00 to 17:59, every day",
        ]
        for (text, words) in plain { #expect(try Schedule(text).summary == words) }
        #expect(
            try Schedule("@every 60s", anchor: Self.epoch).summary
                == "Every minute, counted from when the job was created"
        )
    }
}
