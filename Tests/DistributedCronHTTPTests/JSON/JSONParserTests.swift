import DistributedCronHTTP
import Testing

/// What the JSON parser accepts and refuses.
struct JSONParserTests {
    @Test(
        "Valid JSON keeps its order and its numbers' text",
        arguments: [
            ("{}", "{}"), (" [ ] ", "[]"), (#"{"b":1,"a":[true,false,null]}"#, #"{"b":1,"a":[true,false,null]}"#),
            ("-0.5e+10", "-0.5e+10"), (#""\u00e9\ud83d\ude00\/\b\f""#, #""é😀/\u0008\u000c""#),
            (#""\"\\\n""#, #""\"\\\n""#),
        ]
    )
    func accepts(text: String, written: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8)).text == written)
    }

    @Test(
        "A mistake is reported with its line and column",
        arguments: [
            ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), (#"{"a" 1}"#, 1, 6), ("{\n  \"a\": tru\n}", 2, 8), ("01", 1, 2),
            ("1.", 1, 3), ("--1", 1, 2), ("[1 2]", 1, 4), ("{} x", 1, 4), (#"{"é":x}"#, 1, 6), ("\"a", 1, 3),
            ("\"a\nb\"", 1, 3), (#""\x""#, 1, 3), (#""\u12g4""#, 1, 3), (#""\ud800""#, 1, 3), (#""\udc00""#, 1, 3),
            (#""\ud800\u0041""#, 1, 3), ("'a'", 1, 1), ("{a:1}", 1, 2), ("NaN", 1, 1), ("+1", 1, 1),
            ("\u{FEFF}{}", 1, 1),
        ]
    )
    func refuses(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test("Two members of one name are refused, because programs differ in which of them counts")
    func duplicates() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONParser.parse(Array(#"{"a":1,"b":2,"\u0061":3}"#.utf8))
        }
        #expect(error?.column == 14)
    }

    @Test("Depth is bounded, so that no text exhausts the stack")
    func depth() throws {
        let deep = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(try JSONParser.parse(Array(deep.utf8)).text == deep)
        for bracket in ["[", #"{"a":"#] {
            let hostile = String(repeating: bracket, count: 100_000)
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(hostile.utf8)) }
        }
    }

    @Test("Bytes that are not UTF-8 are refused, overlong forms and surrogates included")
    func notUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22] + bytes + [0x22]) }
        }
    }

    @Test("Whatever bytes come, the parser ends; what it accepts it reads back from its own writing")
    func fuzz() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix64(state: seed)
        let sample = Array(#"{"id":"x\u00e9","n":[-1.5e3,0,true,null,{"a":"b\\\"é"}],"o":{}}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0123abtfnrlse.-+ "#.utf8) + [0x00, 0x0A, 0xC3, 0xA9, 0xFF]
        for _ in 0..<4_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = alphabet.randomElement(using: &generator) ?? 0
                case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            #expect(try JSONParser.parse(value.line) == value, "seed \(seed)")
        }
    }
}
