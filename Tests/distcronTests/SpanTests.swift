import DistributedCron
import DistributedCronProcess
import Testing

@testable import distcron

/// Spans of time and moments as people write them.
struct SpanTests {
    @Test(
        "A span is seconds, or has units",
        arguments: [
            ("90", 90), ("90s", 90), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("1h30m", 5_400), ("0", 0),
            ("1d2h3m4s", 93_784),
        ]
    )
    func valid(text: String, seconds: Int) {
        #expect(Span(text)?.seconds == seconds)
    }

    @Test(
        "What could be misunderstood is no span",
        arguments: ["", "h", "1h30", "-5", "1.5h", "2 h", "5x", "99999999999999999999", "9999999999d", "٣m"]
    )
    func invalid(text: String) {
        #expect(Span(text) == nil)
    }

    @Test(
        "A span is told in units that leave no remainder",
        arguments: [(0, "0 s"), (5_400, "1 h 30 min"), (86_400, "1 d")]
    )
    func words(seconds: Int, text: String) {
        #expect(Span.text(seconds: seconds) == text)
    }

    @Test("A moment in the past is a timestamp, or how long ago it was")
    func past() throws {
        let stamp = try #require(Instant("2026-11-22T22:00:00Z"))
        #expect(try Moment.past("2026-11-22T23:00:00+01:00") == stamp)
        let distance = Instant.present - (try Moment.past("2h"))
        #expect((7_200...7_205).contains(distance))
        #expect(throws: (any Error).self) { try Moment.past("yesterday") }
        #expect(throws: (any Error).self) { try Moment.timestamp("2h") }
    }
}
