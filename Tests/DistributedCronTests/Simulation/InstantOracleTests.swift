import DistributedCron
import DistributedCronTesting
import Testing

@Suite("The judge's own reading of schedules")
struct InstantOracleTests {
    /// Where and when clocks are changed in 2026.
    ///
    /// The other zones have no changes, so any days will do for them.
    private static let changes = [
        ("America/New_York", "2026-03-08T07:00:00Z"), ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z"), ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("UTC", "2026-03-29T01:00:00Z"), ("Asia/Kolkata", "2026-11-01T06:00:00Z"),
    ]
    private static let day: Int64 = 86_400

    @Test("It finds what the corpus says, in all zones that it knows")
    func corpus() throws {
        let cases = try Corpus.load("next-fire", as: Corpus.NextFire.self)
        var checked = 0
        for entry in cases {
            // The text is read in all cases, the clocks of five zones are known.
            #expect(InstantOracle(schedule: entry.expression, zone: "UTC") != nil, "\(entry)")
            guard let oracle = InstantOracle(schedule: entry.expression, zone: entry.zone) else { continue }
            let isSteady = entry.zone == "UTC" || entry.zone == "Asia/Kolkata"
            guard isSteady || entry.after >= "\(InstantOracle.firstYear)" else { continue }
            let after = try #require(Instant(entry.after)).epochSeconds
            let expected = entry.next.compactMap { Instant($0)?.epochSeconds }
            let last = try #require(expected.last)
            #expect(oracle.instants(from: after + 1, to: last + 1) == expected, "\(entry)")
            checked += 1
        }
        #expect(checked == 159)
    }

    @Test("It agrees with Schedule on random schedules over the days around the clock changes of 2026")
    func random() throws {
        let seed = testSeed()
        var generator = SeededGenerator(seed: seed)
        var fires = 0
        var round = 0
        while round < 600 {
            let (zone, changed) = try #require(Self.changes.randomElement(using: &generator))
            let change = try #require(Instant(changed)).epochSeconds
            let start = change - Int64.random(in: 0...2 * Self.day, using: &generator)
            let end = change + Int64.random(in: 0...2 * Self.day, using: &generator)
            let rule = ClockChangeRule.allCases.randomElement(using: &generator) ?? .debian
            let hasSeconds = Int.random(in: 0..<4, using: &generator) == 0
            let text = Self.text(hasSeconds: hasSeconds, using: &generator)
            // What can never fire is refused by Schedule only.
            guard let schedule = try? Schedule(text, zone: .named(zone), dst: rule, seconds: hasSeconds)
            else { continue }
            fires += try Self.compare(schedule, from: start, to: end, note: "seed \(seed)")
            round += 1
        }
        #expect(fires > 10_000, "most schedules fire within days")
    }

    @Test("It agrees with Schedule on every kind of text, in all its zones and by all rules")
    func kinds() throws {
        let fields = [
            "@hourly", "@Daily", "@weekly", "@monthly", "30 2 * * *", "0,15,45 1-2 * * *", "0 0-23 * * *",
            "*/25 * * * *", "0 0 1,25 * sun", "30 1 */2 MAR-apr,oct,11 Sat-SUN", "15 2 25-L * *", "15 2 L,1 * 0L",
            "0 3 LW * *", "59 1 * * 7#1,SUN#5", "5/20 2/1 * * 5-0", "0 12 1 3/4 6/1", "0 0 * * SUN-7",
            "0 0 * * 5-0/2", "0 0 * * FRIL",
        ]
        for zone in InstantOracle.zones {
            for text in fields {
                for rule in ClockChangeRule.allCases {
                    guard let schedule = try? Schedule(text, zone: .named(zone), dst: rule) else {
                        #expect(InstantOracle(schedule: text, zone: zone) == nil, "\(text)")
                        continue
                    }
                    for (_, change) in Self.changes {
                        let middle = try #require(Instant(change)).epochSeconds
                        try Self.compare(schedule, from: middle - 2 * Self.day, to: middle + 2 * Self.day)
                        try Self.compare(schedule, from: middle, to: middle + 1)
                        try Self.compare(schedule, from: middle - 1, to: middle)
                    }
                }
            }
        }
        let anchor = Instant(epochSeconds: 1_774_000_123)
        for text in ["@every 7m", "@every 1h30m", "@EVERY 90s", "@every 24h", "@at 2026-03-20T12:34:56+05:30"] {
            let schedule = try Schedule(text, anchor: anchor)
            for shift in [-Self.day, -1, 0, 1, 419, 420, 421, Self.day] {
                let start = anchor.epochSeconds + shift
                try Self.compare(schedule, from: start, to: start + Self.day)
            }
        }
    }

    @Test("It answers nothing to what is no schedule, and to `H`")
    func refusals() throws {
        for entry in try Corpus.load("invalid", as: Corpus.Invalid.self) {
            // It has no limit of length, and does not ask whether a date exists.
            guard entry.error != "never-fires", entry.error != "too-long" else { continue }
            #expect(InstantOracle(schedule: entry.expression, zone: "UTC", anchor: 0) == nil, "\(entry)")
        }
        for text in ["H * * * *", "* * * * * *", "@every 0s", "@every 1m1h", "@at 2026-02-29T00:00:00Z", "@reboot"] {
            #expect(InstantOracle(schedule: text, zone: "UTC", anchor: 0) == nil, "\(text)")
        }
        #expect(InstantOracle(schedule: "@every 1h", zone: "UTC") == nil)
        #expect(InstantOracle(schedule: "@daily", zone: "Europe/Paris") == nil)
    }

    /// A random expression; every other one is for the hours at which clocks are changed.
    private static func text(hasSeconds: Bool, using generator: inout SeededGenerator) -> String {
        var fields = RandomSchedule(using: &generator).text.split(separator: " ")
        let hours = ["1", "2", "1,2", "0-3", "1-3/2"]
        if Bool.random(using: &generator), let hour = hours.randomElement(using: &generator) {
            fields[1] = Substring(hour)
        }
        if hasSeconds, let seconds = ["0", "30", "*/20", "7,59"].randomElement(using: &generator) {
            fields.insert(Substring(seconds), at: 0)
        }
        return fields.joined(separator: " ")
    }

    /// Compares all instants from `start` up to `end` and returns how many they are.
    @discardableResult
    private static func compare(
        _ schedule: Schedule,
        from start: Int64,
        to end: Int64,
        note: String = ""
    ) throws -> Int {
        let context: Comment = "\(schedule) in \(schedule.zone), \(schedule.dst), from \(start) to \(end) \(note)"
        let changes = try #require(InstantOracle.ClockChanges(rawValue: schedule.dst.rawValue))
        let oracle = try #require(
            InstantOracle(
                schedule: schedule.text,
                zone: "\(schedule.zone)",
                changes: changes,
                seconds: schedule.seconds,
                anchor: schedule.anchor?.epochSeconds
            ),
            context
        )
        var expected: [Int64] = []
        var instant = Instant(epochSeconds: start - 1)
        while let fire = schedule.next(after: instant), fire.epochSeconds < end {
            expected.append(fire.epochSeconds)
            instant = fire
        }
        #expect(oracle.instants(from: start, to: end) == expected, context)
        return expected.count
    }
}
