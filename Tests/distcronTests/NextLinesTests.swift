import DistributedCronHTTP
import DistributedCronProcess
import Testing

@testable import distcron

/// `next --jsonl`: one answer for each question, in order, whatever the question.
struct NextLinesTests {
    private static func answers(to input: String, piece: Int = 1_000_000) throws -> String {
        var output: [UInt8] = []
        var lines = NextLines { output += $0 }
        var rest = Array(input.utf8)[...]
        while !rest.isEmpty {
            try lines.take(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
        try lines.finish()
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Each kind of line has its answer",
        arguments: [
            (
                #"{"id":1,"expression":"0 12 * * *","zone":"Europe/Berlin","after":"2026-03-28T12:00:00+01:00","count":2}"#,
                #"{"id":1,"next":["2026-03-29T12:00:00+02:00","2026-03-30T12:00:00+02:00"]}"#
            ),
            (
                #"{"id":"a","expression":"30 0 4 * * *","seconds":true,"zone":"UTC","after":"2026-01-01T00:00:00Z","count":1}"#,
                #"{"id":"a","next":["2026-01-01T04:00:30Z"]}"#
            ),
            (
                #"{"id":2,"expression":"@every 90s","zone":"UTC","after":"2026-01-01T00:01:00Z","anchor":"2026-01-01T00:00:00Z","count":2}"#,
                #"{"id":2,"next":["2026-01-01T00:01:30Z","2026-01-01T00:03:00Z"]}"#
            ),
            (
                #"{"id":3,"expression":"@at 2026-01-02T00:00:00Z","after":"2026-01-01T00:00:00Z","count":5}"#,
                #"{"id":3,"next":["2026-01-02T00:00:00Z"]}"#
            ),
            (
                #"{"id":4,"expression":"61 * * * *","zone":"UTC","after":"2026-01-01T00:00:00Z","count":1}"#,
                #"{"id":4,"error":"minute 61 is outside 0-59","column":1}"#
            ),
            (#"{"id":5,"expression":7}"#, #"{"id":5,"error":"expression must be a string","column":1}"#),
            (#"{"id":6}"#, #"{"id":6,"error":"expression is missing","column":1}"#),
            (#"[]"#, #"{"id":null,"error":"the line is an array; it must be an object","column":1}"#),
            (
                #"{"id":7,"expression":"@daily","after":"yesterday"}"#,
                #"{"id":7,"error":"after must be a timestamp of RFC 3339","column":1}"#
            ),
            (
                #"{"id":8,"expression":"@daily","dst":"x"}"#,
                #"{"id":8,"error":"dst must be one of debian, skip, wall","column":1}"#
            ),
            (
                #"{"id":9,"expression":"@daily","count":-1}"#,
                #"{"id":9,"error":"count must be a whole number of 0-100000","column":1}"#
            ),
        ]
    )
    func line(question: String, answer: String) throws {
        #expect(try Self.answers(to: question + "\n") == answer + "\n")
    }

    @Test("The name is the whole key by which H is chosen")
    func hashKey() throws {
        let question = #"{"id":1,"expression":"H H * * *","name":"c/a","after":"2026-01-01T00:00:00Z"}"#
        #expect(try Self.answers(to: question) == Self.answers(to: question))
        #expect(try Self.answers(to: question) != Self.answers(to: question.replacing("c/a", with: "c/b")))
        #expect(try Self.answers(to: question.replacing(#","name":"c/a""#, with: "")).contains("error"))
    }

    @Test("What is not JSON has an error with its column")
    func notJSON() throws {
        let answer = try JSONParser.parse(Array(try Self.answers(to: "{\"id\":1,}\n").utf8))
        #expect(answer["id"] == .null)
        #expect(answer["column"]?.integer == 9)
        #expect(answer["error"]?.string?.hasPrefix("not JSON") == true)
    }

    @Test("Answers come in order however the input is cut", arguments: [1, 7, 64, 1_000])
    func pieces(piece: Int) throws {
        let questions = (0..<50).map { number in
            #"{"id":\#(number),"expression":"\#(number) * * * *","after":"2026-01-01T00:00:00Z"}"#
        }
        let input = questions.joined(separator: "\r\n") + "\n\n"
        let ids = try Self.answers(to: input, piece: piece).split(separator: "\n").map { line in
            try JSONParser.parse(Array(line.utf8))["id"]?.integer
        }
        #expect(ids == Array(0..<50))
    }

    @Test("A line without an end does not fill the memory")
    func endless() {
        #expect(throws: Failure.self) { try Self.answers(to: String(repeating: " ", count: 2_000_000)) }
    }
}
