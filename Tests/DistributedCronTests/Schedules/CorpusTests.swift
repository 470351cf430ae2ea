import DistributedCron
import Testing

@Suite("The corpora of cron cases")
struct CorpusTests {
    @Test("Every expression fires when the corpus says, forwards, backwards and counted")
    func nextFires() throws {
        let cases = try Corpus.load("next-fire", as: Corpus.NextFire.self)
        #expect(cases.count == 632)
        for entry in cases {
            let schedule = try Schedule(entry.expression, zone: .named(entry.zone))
            let after = try #require(Instant(entry.after))
            let expected = entry.next.compactMap { Instant($0) }
            var fires: [Instant] = []
            while fires.count < expected.count, let fire = schedule.next(after: fires.last ?? after) {
                fires.append(fire)
            }
            #expect(fires == expected, "\(entry)")
            #expect(
                fires.map { $0.formatted(in: schedule.zone).replacing("Z", with: "+00:00") } == entry.next,
                "\(entry)"
            )
            guard let last = fires.last else { continue }
            #expect(schedule.count(after: after, through: last) == expected.count, "\(entry)")
            var backwards = [last]
            while backwards.count < expected.count, let fire = schedule.previous(before: backwards[backwards.count - 1])
            {
                backwards.append(fire)
            }
            #expect(Array(backwards.reversed()) == expected, "\(entry)")
        }
    }

    @Test("Every mistake is refused with its kind, field and column")
    func mistakes() throws {
        let cases = try Corpus.load("invalid", as: Corpus.Invalid.self)
        #expect(cases.count == 159)
        for entry in cases {
            let error = #expect(throws: ScheduleError.self, "\(entry)") { try Schedule(entry.expression) }
            #expect(error?.kind.rawValue == entry.error, "\(entry): \(entry.expression)")
            #expect(error?.field.rawValue == entry.field, "\(entry): \(entry.expression)")
            #expect(error?.column == entry.column, "\(entry): \(entry.expression)")
        }
    }

    @Test("Plain English reads as proposed")
    func descriptions() throws {
        let cases = try Corpus.load("describe", as: Corpus.Description.self)
        #expect(cases.count == 40)
        for entry in cases {
            let schedule = try Schedule(entry.expression, anchor: Instant(epochSeconds: 0))
            #expect(schedule.summary == entry.english, "\(entry)")
        }
    }
}
