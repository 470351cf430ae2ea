@testable import DistributedCronHTTP
import Testing

/// What is done to the text of logs.
struct LogTextTests {
    private static func strip(_ text: String, pieceSize: Int) -> String {
        var stripper = ANSIStripper()
        var rest = Array(text.utf8)[...]
        var result: [UInt8] = []
        while !rest.isEmpty {
            result += stripper.strip(Array(rest.prefix(pieceSize)))
            rest = rest.dropFirst(pieceSize)
        }
        return String(decoding: result, as: UTF8.self)
    }

    @Test(
        "Control sequences are taken out, in pieces of any size",
        arguments: [
            ("\u{1B}[31mred\u{1B}[0m", "red"), ("a\u{1B}[1;38;5;196mb\u{1B}[Kc", "abc"), ("plain é\n", "plain é\n"),
            ("\u{1B}]0;title\u{7}x", "x"), ("\u{1B}]8;;http://a\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
            ("\u{1B}(Bx", "x"), ("\u{1B}=x\u{1B}7y", "xy"), ("a\u{1B}[12\nb", "a\nb"), ("a\u{1B}", "a"),
        ]
    )
    func ansi(text: String, stripped: String) {
        for size in 1...text.utf8.count { #expect(Self.strip(text, pieceSize: size) == stripped) }
    }

    @Test(
        "The last lines are found, whether the last one ends or not",
        arguments: [
            ("a\nb\nc\n", 1, "c\n"), ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 2, "b\nc"), ("a\nb", 5, "a\nb"),
            ("", 3, ""), ("\n\n\n", 2, "\n\n"), ("one", 1, "one"),
        ]
    )
    func lastLines(text: String, limit: Int, last: String) {
        #expect(String(decoding: LastLines.of(Array(text.utf8), limit), as: UTF8.self) == last)
    }

    @Test("A character that comes in two pieces is not cut")
    func characters() {
        let text = "aé€😀z"
        for size in 1...text.utf8.count {
            var decoder = TextDecoder()
            var rest = Array(text.utf8)[...]
            var result = ""
            while !rest.isEmpty {
                result += decoder.decode(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(result + decoder.finish() == text)
        }
        var decoder = TextDecoder()
        #expect(decoder.decode([0x61, 0xC3]) == "a")
        #expect(decoder.pendingCount == 1)
        #expect(decoder.finish() == "\u{FFFD}")
    }

    @Test("Ranges of bytes are read, and what is none is ignored")
    func ranges() {
        #expect(ByteRange("bytes=0-9")?.bytes(of: 100) == 0..<10)
        #expect(ByteRange("bytes=90-")?.bytes(of: 100) == 90..<100)
        #expect(ByteRange("bytes=90-1000")?.bytes(of: 100) == 90..<100)
        #expect(ByteRange("bytes=-10")?.bytes(of: 100) == 90..<100)
        #expect(ByteRange("bytes=-1000")?.bytes(of: 100) == 0..<100)
        for outside in ["bytes=100-", "bytes=-0", "bytes=100-200"] {
            #expect(ByteRange(outside).map { $0.bytes(of: 100) == nil } == true)
        }
        for other in ["bytes=9-0", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes", "bytes=-", "bytes=+1-2"] {
            #expect(ByteRange(other) == nil)
        }
        #expect(ByteRange("bytes=0-")?.bytes(of: 0) == nil)
        #expect(ByteRange("bytes=0-9223372036854775807")?.bytes(of: 5) == 0..<5)
    }

    @Test("Ids of events say where a log goes on")
    func positions() {
        #expect(LogPosition("0") == .bytes(0, attempt: nil))
        #expect(LogPosition("20480") == .bytes(20_480, attempt: nil))
        #expect(LogPosition("3:7") == .bytes(7, attempt: 3))
        #expect(LogPosition("end") == .end)
        for other in ["", ":", "1:", ":1", "-1", "1:2:3", "x", "99999999999999999999"] {
            #expect(LogPosition(other) == nil)
        }
        #expect(LogPosition.id(5, attempt: 1) == "5")
        #expect(LogPosition.id(5, attempt: 2) == "2:5")
    }
}
