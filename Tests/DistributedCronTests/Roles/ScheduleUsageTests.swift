import DistributedCronTesting
import Testing

@testable import DistributedCron

@Suite("A worker wakes for exactly the schedules of its slots")
struct ScheduleUsageTests {
    @Test("Whatever slots come to use, what is told is all that they use, and only when it has changed")
    func randomHistory() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let schedules = try (0..<20).map { try Schedule("\($0) * * * *") }
        var usage = ScheduleUsage()
        var bySlot: [SlotID: Set<Schedule>] = [:]
        var told: Set<Schedule> = []
        for _ in 0..<2_000 {
            let slot = SlotID(index: Int.random(in: 0..<5, using: &random))
            let count = Int.random(in: 0..<6, using: &random)
            let used = Set(schedules.shuffled(using: &random).prefix(count))
            usage.replace(used, in: slot)
            bySlot[slot] = used
            guard Bool.random(using: &random) else { continue }
            let all = bySlot.values.reduce(into: Set()) { $0.formUnion($1) }
            if let change = usage.takeChange() {
                told = change
            }
            try #require(told == all, "seed \(seed)")
            #expect(usage.takeChange() == nil)
        }
    }
}
