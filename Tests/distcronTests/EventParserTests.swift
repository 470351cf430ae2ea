import Testing

@testable import distcron

/// Server-sent events, as the HTML Living Standard has them.
struct EventParserTests {
    private static func events(_ text: String, piece: Int = .max) -> [EventParser.Event] {
        var parser = EventParser()
        var rest = Array(text.utf8)[...]
        var events: [EventParser.Event] = []
        while !rest.isEmpty {
            events += parser.read(rest.prefix(piece))
            rest = rest.dropFirst(min(piece, rest.count))
        }
        return events
    }

    @Test(
        "Events are the same wherever the stream was cut, and whatever ends its lines",
        arguments: [1, 2, 3, 7, .max]
    )
    func pieces(piece: Int) {
        let lines = [
            ":", "", "id: 4", "event: log", "data: {\"text\":\"é\"}", "", "event:gap", "data:1", "data: 2", "", "id: 9",
            "", "unknown: x", "data", "",
        ]
        let expected = [
            EventParser.Event(id: "4", name: "log", data: "{\"text\":\"é\"}"),
            EventParser.Event(name: "gap", data: "1\n2"), EventParser.Event(name: "message", data: ""),
        ]
        for end in ["\n", "\r", "\r\n"] {
            #expect(Self.events(lines.map { $0 + end }.joined(), piece: piece) == expected)
        }
    }

    @Test("An event that was cut off is none")
    func incomplete() {
        #expect(Self.events("data: x\n").isEmpty)
    }
}
