import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite("Schedules against a minute-by-minute walk")
struct SchedulePropertyTests {
    private static let zones = [
        "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
        "Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Asia/Pyongyang", "Pacific/Apia", "Pacific/Kwajalein",
        "Antarctica/Casey", "Antarctica/Troll", "America/Caracas", "America/St_Johns", "Asia/Gaza", "America/Havana",
        "Pacific/Chatham", "Asia/Tehran", "America/Scoresbysund", "Europe/Moscow", "Pacific/Kiritimati",
    ]

    @Test("The whole set of fires over 28 hours equals the walk's, forwards, backwards and counted")
    func walk() throws {
        let seed = testSeed()
        print("DISTCRON_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let rounds = ProcessInfo.processInfo.environment["DISTCRON_TEST_ROUNDS"].flatMap { Int($0) } ?? 500
        var round = 0
        while round < rounds {
            let zone = try Zone.named(Self.zones.randomElement(using: &generator) ?? "UTC")
            let random = RandomSchedule(using: &generator)
            let rule = ClockChangeRule.allCases.randomElement(using: &generator) ?? .debian
            // What can never fire is refused; that has its own tests.
            guard let schedule = try? Schedule(random.text, zone: zone, dst: rule) else { continue }
            round += 1
            let start = Self.windowStart(in: zone, using: &generator)
            let end = start + 28 * 3_600
            let expected = random.walk(from: start, to: end, in: zone, rule: rule)
            let note: Comment = "\(random.text) in \(zone), \(rule), from \(start), seed \(seed)"
            let first = Instant(epochSeconds: Int64(start - 1))
            let last = Instant(epochSeconds: Int64(end - 1))
            #expect(Self.forwards(schedule, after: first, through: last) == expected, note)
            #expect(Self.backwards(schedule, from: last, after: first) == expected, note)
            #expect(schedule.count(after: first, through: last) == expected.count, note)
        }
    }

    @Test("next, previous and count obey their laws from any instant")
    func laws() throws {
        let seed = testSeed()
        print("DISTCRON_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let zone = try Zone.named(Self.zones.randomElement(using: &generator) ?? "UTC")
            let text = RandomSchedule(using: &generator).text
            guard let schedule = try? Schedule(text, zone: zone) else { continue }
            let instant = Instant(epochSeconds: .random(in: 0...6_000_000_000, using: &generator))
            let note: Comment = "\(text) in \(zone) after \(instant), seed \(seed)"
            let next = try #require(schedule.next(after: instant), note)
            #expect(next > instant, note)
            #expect(schedule.next(after: next - 1) == next, note)
            #expect(schedule.count(after: instant, through: next) == 1, note)
            #expect(schedule.count(after: instant, through: next - 1) == 0, note)
            let following = try #require(schedule.next(after: next), note)
            #expect(schedule.previous(before: following) == next, note)
            #expect(schedule.previous(before: next + 1) == next, note)
            let later = Instant(epochSeconds: .random(in: instant.epochSeconds...7_000_000_000, using: &generator))
            let middle = Instant(
                epochSeconds: .random(in: instant.epochSeconds...later.epochSeconds, using: &generator)
            )
            let parts = schedule.count(after: instant, through: middle) + schedule.count(after: middle, through: later)
            #expect(schedule.count(after: instant, through: later) == parts, note)
            #expect(try Schedule(schedule.description, zone: zone) == schedule, note)
            #expect(!schedule.summary.isEmpty, note)
        }
    }

    @Test("Rare fires are found across decades of clock changes, none left out", arguments: Self.zones)
    func rareFires(zone: String) throws {
        // Among them days and hours at which clocks are changed, so that searches end right before and after it.
        for text in ["0 0 29 2 SUN#5", "30 2 * 3 0L", "0-59/20 1-3 * 10 0L", "*/20 * 29 2 *", "15 1 1 4,11 *"] {
            for rule in ClockChangeRule.allCases {
                let schedule = try Schedule(text, zone: .named(zone), dst: rule)
                let note: Comment = "\(text) in \(zone), \(rule)"
                var fires = 0
                var instant = Instant.distantPast
                while let fire = schedule.next(after: instant) {
                    #expect(schedule.previous(before: fire + 1) == fire, note)
                    fires += 1
                    instant = fire
                }
                #expect(schedule.count(after: .distantPast, through: .distantFuture) == fires, note)
            }
        }
    }

    /// Half of the windows lie around a change of the clocks, the others anywhere from 1972 to 2199.
    private static func windowStart(in zone: Zone, using generator: inout SeededGenerator) -> Int {
        let changes = zone.spans.map(\.start).filter { $0 > 63_072_000 }
        let isAnywhere = Bool.random(using: &generator)
        let center =
            isAnywhere
            ? nil
            : changes.filter { $0 < 2_000_000_000 || Int.random(in: 0..<10) == 0 }.randomElement(using: &generator)
        let middle = center ?? Int.random(in: 63_072_000...7_250_000_000, using: &generator)
        return (middle - Int.random(in: 0...28, using: &generator) * 3_600) / 60 * 60
    }

    private static func forwards(_ schedule: Schedule, after first: Instant, through last: Instant) -> [Int] {
        var fires: [Int] = []
        var instant = first
        while let fire = schedule.next(after: instant), fire <= last, fires.count < 2_000 {
            fires.append(Int(fire.epochSeconds))
            instant = fire
        }
        return fires
    }

    private static func backwards(_ schedule: Schedule, from last: Instant, after first: Instant) -> [Int] {
        var fires: [Int] = []
        var instant = last + 1
        while let fire = schedule.previous(before: instant), fire > first, fires.count < 2_000 {
            fires.append(Int(fire.epochSeconds))
            instant = fire
        }
        return fires.reversed()
    }
}
