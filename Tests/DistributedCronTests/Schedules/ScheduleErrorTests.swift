import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite("What a refused schedule is told")
struct ScheduleErrorTests {
    @Test(
        "The right spelling is suggested where it can be guessed",
        arguments: [
            ("0 0 * january *", "JAN"), ("0 0 * * monday", "MON"), ("@dayly", "@daily"), ("@hour", "@hourly"),
            ("0 0 * * FRI-MON", "5-6,0-1"), ("0 0 * DEC-JAN *", "12,1"), ("0 22-2 * * *", "22-23,0-2"),
            ("0 0 ? * *", "*"), ("60 * * * *", "0"), ("61 * * * *", "1"), ("0 24 * * *", "0"), ("0 0 0 * *", "1"),
            ("0~30 * * * *", "H"), ("0 0 * * weekdays", "MON-FRI"), ("0 0 * * FRIL", "5L"), ("*/0 * * * *", "1"),
        ]
    )
    func suggestions(_ text: String, _ suggestion: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(text) }
        #expect(error?.suggestion == suggestion)
    }

    @Test(
        "What cannot be written is explained",
        arguments: [
            ("* * * * * *", "seconds: true"), ("*/5 * * * * /bin/true", "remove"), ("0 0 * * * 2025", "year"),
            ("CRON_TZ=UTC 0 0 * * *", "zone"), ("TZ=UTC 0 0 * * *", "zone"), ("0 0 15W * *", "LW"),
            ("0 0 L-3 * *", "L is the last day"), ("@reboot", "boot"), ("@every 5 parsecs", "1h30m"),
            ("H * * * *", "job"), ("@every 5m", "job"), ("0 0 31 2 *", "never"), ("0 0 JAN * *", "month"),
        ]
    )
    func explanations(_ text: String, _ word: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(text) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test("The caret stands under the mistake")
    func caret() throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule("0 25 * * *") }
        #expect(error.caret(under: "0 25 * * *") == "0 25 * * *\n  ^^ hour 25 is outside 0-23")
        let long = String(repeating: "1,", count: 200) + "x * * * *"
        let far = try #require(throws: ScheduleError.self) { try Schedule(long) }
        let lines = far.caret(under: long).split(separator: "\n")
        let position = try #require(lines[1].firstIndex(of: "^"))
        let offset = lines[1].distance(from: lines[1].startIndex, to: position)
        #expect(Array(lines[0])[offset] == "x")
        #expect(lines[0].count < 110)
    }

    @Test("Hostile text is refused at once and never echoed as it is")
    func hostile() throws {
        let texts = [
            String(repeating: "*", count: 50_000_000), "\u{1B}[2J* * * * *", "5\r\n* * * *", "0-4294967301/1 * * * *",
            String(repeating: "1-31,", count: 102) + "1", "\u{202E}* * * * *",
            String(repeating: "e\u{301}", count: 300),
            "@" + String(repeating: "d", count: 500), "*/99999999999999999999999999 0 0 * *",
        ]
        for text in texts {
            let error = try #require(throws: ScheduleError.self) { try Schedule(text) }
            let shown = error.description + error.caret(under: text) + error.text
            #expect(shown.utf8.count < 2_000)
            #expect(
                shown.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202E}" && $0 != "\u{7F}" }
            )
        }
    }

    @Test("Random text never traps, and a refusal points into it")
    func fuzz() {
        let seed = testSeed()
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "*", "/", "-", ",", " ", "\t", "0", "5", "59", "60", "7", "L", "LW", "W", "#", "H", "(", ")", "MON", "jan",
            "?",
            "@", "every", "at", "daily", "~", "é", "\u{0}", "\n", "２", "🕛", "99999999999", ".", "=", "TZ",
        ]
        for round in 0..<20_000 {
            let text =
                round % 2 == 0
                ? (0..<Int.random(in: 0...14, using: &generator)).map { _ in
                    pieces.randomElement(using: &generator) ?? ""
                }.joined()
                : String(
                    decoding: (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    },
                    as: UTF8.self
                )
            do {
                let schedule = try Schedule(
                    text,
                    seconds: round % 3 == 0,
                    hashKey: "a/b",
                    anchor: Instant(epochSeconds: 0)
                )
                _ = schedule.next(after: .distantPast)
                _ = schedule.summary
                _ = schedule.findings
            } catch {
                #expect(
                    (1...text.unicodeScalars.count + 1).contains(error.column),
                    "\(text.debugDescription), seed \(seed)"
                )
                _ = error.caret(under: text)
            }
        }
    }
}
