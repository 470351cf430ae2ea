@testable import DistributedCronHTTP
import Testing

/// A long string is taken out of a text as it comes in, and nothing else changes.
struct JSONMemberSplitterTests {
    private struct Outcome: Equatable {
        var value: JSONValue?
        var error: JSONSyntaxError?
        var text = ""
    }

    /// Splits a text that comes in pieces of a size.
    private static func split(_ text: [UInt8], pieceSize: Int) -> Outcome {
        var splitter = JSONMemberSplitter(name: "executable")
        var decoded: [UInt8] = []
        var outcome = Outcome()
        do {
            var rest = text[...]
            while !rest.isEmpty {
                try splitter.split(rest.prefix(pieceSize), into: &decoded)
                rest = rest.dropFirst(pieceSize)
            }
            outcome.value = try splitter.parse()
        } catch {
            outcome.error = error
        }
        outcome.text = splitter.isFound && outcome.error == nil ? String(decoding: decoded, as: UTF8.self) : ""
        return outcome
    }

    @Test(
        "The member is taken out wherever it stands, and an empty string stays in its place",
        arguments: [
            (#"{"executable":"ls -la","type":"command"}"#, "ls -la"),
            (#" { "type" : "command" , "executable" : "ls" } "#, "ls"),
            (#"{"env":{"executable":"no","a":["{\"",1]},"executable":"é😀\n\ud83d\ude00\u0041"}"#, "é😀\n😀A"),
            (#"{"\u0065xecutable":"x"}"#, "x"),
            (#"{"executable":""}"#, ""),
            (#"{"a":[{"executable":"no"}],"b":true,"executable":"a\\\"b"}"#, #"a\"b"#),
        ]
    )
    func found(text: String, member: String) throws {
        let whole = try JSONParser.parse(Array(text.utf8))
        for size in 1...text.utf8.count {
            let outcome = Self.split(Array(text.utf8), pieceSize: size)
            #expect(outcome.text == member)
            #expect(outcome.value?["executable"] == "")
            guard case .object(var members) = whole, let index = members.firstIndex(where: { $0.name == "executable" })
            else { return }
            members[index].value = ""
            #expect(outcome.value == .object(members))
        }
    }

    @Test(
        "What has no such string is parsed as it is",
        arguments: [
            #"{"executable":null}"#, #"{"executable":["x"]}"#, "[]", "7", #"["executable","x"]"#, "{}",
            #"{"a":{"executable":"x"}}"#,
        ]
    )
    func notFound(text: String) throws {
        let outcome = Self.split(Array(text.utf8), pieceSize: 3)
        #expect(outcome.value == (try JSONParser.parse(Array(text.utf8))))
        #expect(outcome.text.isEmpty)
    }

    @Test(
        "A mistake is reported at the place that the parser of the whole text names",
        arguments: [
            "", "{", #"{"executable"#, #"{"executable":"#, #"{"executable":"abc"#, #"{"executable":"abc","#,
            #"{"executable":"abc"x}"#, #"{"executable":"aé\nc", "b": tru}"#, #"{"executable":"a","executable":"b"}"#,
            #"{"executable":"a\x"}"#, "{\n\"executable\":\"aé\nb\"}", #"{"executable":"\ud800"}"#,
            #"{"executable":"\ud800x"}"#, #"{"executable":"\u12g4"}"#, #"{"executable" "abc"}"#,
            #"{"executable":"abc"}}"#, "{\"executable\":\"abc\",\n\"b\":01}",
        ]
    )
    func mistakes(text: String) {
        let expected = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
        for size in [1, 2, 5, 1_000] {
            #expect(Self.split(Array(text.utf8), pieceSize: size).error == expected)
        }
    }

    @Test("Whatever bytes come in whatever pieces, the outcome is the parser's")
    func fuzz() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix64(state: seed)
        let sample = Array(#"{"a":{"b":["}\"",2]},"executable":"x\u00e9\\é😀\ud83d\ude00","c":null}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0123abtfnrlse.-+ "#.utf8) + [0x00, 0x0A, 0xC3, 0xA9, 0xFF]
        for _ in 0..<3_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = alphabet.randomElement(using: &generator) ?? 0
                case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
            }
            let whole = try? JSONParser.parse(bytes)
            let outcome = Self.split(bytes, pieceSize: Int.random(in: 1...20, using: &generator))
            #expect((outcome.value == nil) == (whole == nil), "seed \(seed)")
            guard let text = whole?["executable"]?.string else { continue }
            #expect(outcome.text == text, "seed \(seed)")
        }
    }
}
