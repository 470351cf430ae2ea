import DistributedCron
@testable import DistributedCronHTTP
import DistributedCronTesting
import Testing

/// What the follower of a run's log is told, whatever the run does meanwhile.
struct LogSourceTests {
    /// A run that a test moves through its states.
    private final class Stage: Sendable {
        struct State {
            var run: Run?
            var output: StoredLog?
            var whole: [UInt8] = []
        }

        let state: Lock<State>
        let outputs = LiveOutputs()
        let id: RunID

        init(_ runState: RunState, attempt: Int) {
            self.id = RunID(job: JobID(rawValue: 7), scheduledAt: Instant(epochSeconds: 60))
            self.state = Lock(State(run: Run(id: self.id, version: 1, state: runState, attempt: attempt)))
        }

        func become(_ runState: RunState, attempt: Int) {
            self.state.withLock { $0.run = Run(id: self.id, version: 1, state: runState, attempt: attempt) }
        }

        func store(
            _ text: String,
            attempt: Int = 1,
            from stream: OutputTail.Stream = .stdout,
            limit: Int = 1_000,
            beginning: Int = 0
        ) {
            var tail = OutputTail(maximumBytes: limit)
            tail.append(Array(text.utf8), from: stream)
            // What is longer than the tail is kept elsewhere, all of it or a part.
            let bytes = Array(text.utf8.prefix(beginning))
            let artifact =
                tail.droppedBytes > 0 && beginning > 0
                ? Artifact(digest: ArtifactDigest(of: bytes), size: bytes.count) : nil
            self.state.withLock { [tail] in
                $0.output = StoredLog(attempt: attempt, tail: tail, beginning: artifact)
                $0.whole = bytes
            }
        }

        func source(clock: any Clock<Duration> = ContinuousClock(), after position: LogPosition? = nil) -> LogSource {
            let places = LogSource.Places(
                run: { self.state.withLock { $0.run } },
                follow: { self.outputs.follow(self.id, from: $0) },
                output: { self.state.withLock { $0.output } },
                read: { _ in
                    let bytes = self.state.withLock { $0.whole }
                    return AsyncThrowingStream { continuation in
                        // In pieces that end anywhere.
                        for piece in stride(from: 0, to: bytes.count, by: 3) {
                            continuation.yield(Array(bytes[piece..<min(bytes.count, piece + 3)]))
                        }
                        continuation.finish()
                    }
                }
            )
            return LogSource(places, clock: clock, after: position)
        }
    }

    /// All events that are left.
    private static func rest(of source: LogSource) async throws -> [LogEvent] {
        var events: [LogEvent] = []
        while let event = try await source.next() { events.append(event) }
        return events
    }

    private static func isEnd(_ event: LogEvent?) -> Bool {
        if case .end = event { true } else { false }
    }

    @Test("What is longer than the tail is replayed whole where all of it is kept, from wherever the follower is")
    func replayOfALongLog() async throws {
        let stage = Stage(.succeeded, attempt: 1)
        stage.store("0123456789 the end", limit: 4, beginning: 100)
        var events = try await Self.rest(of: stage.source())
        #expect(Self.isEnd(events.popLast()))
        #expect(Self.text(events) == "0123456789 the end")
        events = try await Self.rest(of: stage.source(after: .bytes(8, attempt: 1)))
        #expect(Self.text(events) == "89 the end")
    }

    @Test("Where only a beginning is kept there is a gap before the tail")
    func replayOfATooLongLog() async throws {
        let stage = Stage(.succeeded, attempt: 1)
        stage.store("0123456789 the end", limit: 4, beginning: 5)
        let events = try await Self.rest(of: stage.source())
        #expect(events.contains { if case .gap(14) = $0 { true } else { false } })
        #expect(Self.text(events) == " end")
    }

    private static func text(_ events: [LogEvent]) -> String {
        events.map { if case .text(_, _, let text) = $0 { text } else { "" } }.joined()
    }

    @Test("The log of a run that has ended is replayed, and then its end")
    func replay() async throws {
        let stage = Stage(.succeeded, attempt: 1)
        stage.store("hello é")
        var events = try await Self.rest(of: stage.source())
        #expect(Self.isEnd(events.popLast()))
        #expect(events == [.text(id: "8", .stdout, "hello é")])
    }

    @Test("Whoever comes back gets what it has not seen", arguments: [(0, "abcdef"), (3, "def"), (6, nil), (99, nil)])
    func resume(offset: Int, text: String?) async throws {
        let stage = Stage(.succeeded, attempt: 1)
        stage.store("abcdef")
        var events = try await Self.rest(of: stage.source(after: .bytes(offset, attempt: nil)))
        #expect(Self.isEnd(events.popLast()))
        #expect(events == (text.map { [.text(id: "6", .stdout, $0)] } ?? []))
    }

    @Test("What is kept no longer is a gap")
    func gap() async throws {
        let stage = Stage(.failed, attempt: 1)
        stage.store("0123456789", limit: 4)
        let events = try await Self.rest(of: stage.source(after: .bytes(2, attempt: nil)))
        #expect(events.dropLast() == [.gap(4), .text(id: "10", .stdout, "6789")])
    }

    @Test("A run is followed while it writes, without a character cut in two, and to its end")
    func follow() async throws {
        let stage = Stage(.running, attempt: 1)
        let output = stage.outputs.begin(stage.id)
        let source = stage.source()
        output.append(Array("a".utf8), from: .stdout)
        #expect(try await source.next() == .text(id: "1", .stdout, "a"))
        output.append([0xC3], from: .stdout)
        output.append([0xA9, 0x62], from: .stdout)
        #expect(try await source.next() == .text(id: "4", .stdout, "éb"))
        output.append(Array("!".utf8), from: .stderr)
        #expect(try await source.next() == .text(id: "5", .stderr, "!"))
        stage.store("aéb!")
        stage.become(.succeeded, attempt: 1)
        stage.outputs.finish(output, of: stage.id)
        #expect(Self.isEnd(try await source.next()))
        #expect(try await source.next() == nil)
    }

    @Test("A run that is pending is waited for, in pauses of the clock")
    func pending() async throws {
        let stage = Stage(.pending, attempt: 0)
        let clock = ManualClock()
        let source = stage.source(clock: clock)
        async let first = source.next()
        try await clock.waitForSleepers()
        stage.become(.running, attempt: 1)
        let output = stage.outputs.begin(stage.id)
        output.append(Array("x".utf8), from: .stdout)
        clock.advance(by: .seconds(1))
        #expect(try await first == .text(id: "1", .stdout, "x"))
    }

    @Test("A retry is announced, and its ids name the attempt")
    func retry() async throws {
        let stage = Stage(.pending, attempt: 1)
        stage.store("one")
        let clock = ManualClock()
        let source = stage.source(clock: clock)
        #expect(try await source.next() == .text(id: "3", .stdout, "one"))
        async let next = source.next()
        try await clock.waitForSleepers()
        stage.store("two", attempt: 2)
        stage.become(.succeeded, attempt: 2)
        clock.advance(by: .seconds(1))
        #expect(try await next == .attempt(2))
        #expect(try await source.next() == .text(id: "2:3", .stdout, "two"))
        #expect(Self.isEnd(try await source.next()))
    }

    @Test("Whoever has seen an attempt that is not the last one is told of the next from its beginning")
    func laterAttempt() async throws {
        let stage = Stage(.succeeded, attempt: 3)
        stage.store("three", attempt: 3)
        let events = try await Self.rest(of: stage.source(after: .bytes(4, attempt: 2)))
        #expect(events.dropLast() == [.attempt(3), .text(id: "3:5", .stdout, "three")])
    }

    @Test("A run that is kept no longer ends the stream")
    func forgotten() async throws {
        let stage = Stage(.running, attempt: 1)
        stage.state.withLock { $0.run = nil }
        #expect(try await stage.source().next() == nil)
    }

    @Test("Events are sent as lines that any text fits into")
    func lines() {
        let event = LogEvent.text(id: "2:9", .stderr, "a\n\"b\"")
        let expected = "id: 2:9\nevent: log\ndata: {\"stream\":\"stderr\",\"text\":\"a\\n\\\"b\\\"\"}\n\n"
        #expect(String(decoding: event.bytes, as: UTF8.self) == expected)
        #expect(String(decoding: LogEvent.gap(7).bytes, as: UTF8.self) == "event: gap\ndata: {\"dropped_bytes\":7}\n\n")
    }
}
