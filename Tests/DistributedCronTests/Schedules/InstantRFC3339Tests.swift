import DistributedCron
import Testing

@Suite("Instants as RFC 3339")
struct InstantRFC3339Tests {
    @Test(
        "Timestamps with any offset are read, fractions rounded down",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-22T23:00:00+01:00", 1_795_384_800),
            ("2026-11-22t22:00:00z", 1_795_384_800),
            ("2026-11-22T22:00:00.999999999Z", 1_795_384_800), ("1969-12-31T23:59:59.5Z", -1),
            ("2000-02-29T12:00:00-00:00", 951_825_600), ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] as [(String, Int64)]
    )
    func reading(_ text: String, _ seconds: Int64) { #expect(Instant(text)?.epochSeconds == seconds) }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "2026-11-22", "2026-11-22T22:00:00", "2026-11-22T22:00Z", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z", "2026-11-22T22:60:00Z", "2026-11-22T22:00:60Z", "2026-11-22T22:00:00.Z",
            "2026-11-22T22:00:00+24:00", "2026-11-22T22:00:00+0100", "2026-11-22T22:00:00Z ", " 2026-11-22T22:00:00Z",
            "+2026-11-22T22:00:00Z", "2026-11-22T22:00:00Zz", "26-11-22T22:00:00Z", "2026-11-00T22:00:00Z", "@5",
        ]
    )
    func refusing(_ text: String) { #expect(Instant(text) == nil) }

    @Test(
        "Every instant can be written and read back",
        arguments: [0, -1, 1_795_384_800, .min, .max, 253_402_300_800] as [Int64]
    )
    func roundTrip(_ seconds: Int64) {
        let instant = Instant(epochSeconds: seconds)
        #expect(Instant(instant.description) == instant)
    }

    @Test("A zone's offset then is written")
    func zones() throws {
        let instant = try #require(Instant("2026-11-22T22:00:00Z"))
        #expect(instant.description == "2026-11-22T22:00:00Z")
        #expect(instant.formatted(in: .utc) == "2026-11-22T22:00:00Z")
        #expect(instant.formatted(in: try .named("Europe/Berlin")) == "2026-11-22T23:00:00+01:00")
        #expect(instant.formatted(in: try .named("America/St_Johns")) == "2026-11-22T18:30:00-03:30")
    }
}
