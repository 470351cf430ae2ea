import DistributedCronTesting
import Testing

@testable import DistributedCron

@Suite("What attempts write", .timeLimit(.minutes(1))) struct AttemptOutputTests {
    @Test("The tail is the end of what was written, byte for byte, however the pieces came")
    func tail() {
        var generator = SeededGenerator(seed: testSeed())
        let output = AttemptOutput(maximumTailBytes: 20_000)
        var expected = OutputTail(maximumBytes: 20_000)
        for turn in 0..<400 {
            let size = [0, 1, 7, 900, 9_000, 50_000][Int.random(in: 0..<6, using: &generator)]
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &+ turn) }
            let stream: OutputTail.Stream = Bool.random(using: &generator) ? .stdout : .stderr
            output.append(bytes, from: stream)
            expected.append(bytes, from: stream)
            #expect(output.count == expected.count + expected.droppedBytes)
            if turn % 20 == 0 { #expect(output.tail == expected) }
        }
        #expect(output.finish() == expected)
    }

    @Test("What comes after the end is dropped")
    func afterTheEnd() {
        let output = AttemptOutput()
        output.append("a".utf8, from: .stdout)
        let tail = output.finish()
        output.append("b".utf8, from: .stdout)
        #expect(output.tail == tail && output.count == 1)
    }

    @Test("A follower sees every byte once, in order and with its stream and offset, and then the end")
    func following() async {
        let output = AttemptOutput()
        output.append("one".utf8, from: .stdout)
        let reader = output.follow()
        output.append("two".utf8, from: .stderr)
        output.append("three".utf8, from: .stderr)
        output.finish()
        var events: [OutputEvent] = []
        for await event in reader { events.append(event) }
        #expect(
            events == [
                .bytes(offset: 0, .stdout, Array("one".utf8)), .bytes(offset: 3, .stderr, Array("twothree".utf8)), .end,
            ]
        )
    }

    @Test("A follower begins anywhere, in the middle of a piece too; past the end it sees what comes next")
    func resuming() async {
        let output = AttemptOutput()
        output.append("abcdef".utf8, from: .stdout)
        var middle = output.follow(from: 4).makeAsyncIterator()
        var future = output.follow(from: 1_000).makeAsyncIterator()
        var negative = output.follow(from: -5).makeAsyncIterator()
        let (first, second) = (await middle.next(), await negative.next())
        #expect(first == .bytes(offset: 4, .stdout, Array("ef".utf8)))
        #expect(second == .bytes(offset: 0, .stdout, Array("abcdef".utf8)))
        output.append("g".utf8, from: .stderr)
        let third = await future.next()
        #expect(third == .bytes(offset: 6, .stderr, Array("g".utf8)))
    }

    @Test("A reader that is too slow is told how much it missed, and nothing waits for it")
    func gap() async {
        let output = AttemptOutput(maximumTailBytes: 1_000)
        var slow = output.follow().makeAsyncIterator()
        let piece = [UInt8](repeating: 7, count: 100_000)
        for _ in 0..<50 { output.append(piece, from: .stdout) }
        output.finish()
        guard case .gap(let dropped) = await slow.next() else {
            Issue.record("no gap")
            return
        }
        var read = 0
        while case .bytes(let offset, _, let bytes) = await slow.next() {
            #expect(offset == dropped + read)
            read += bytes.count
        }
        #expect(dropped + read == 5_000_000)
        #expect(read >= AttemptOutput.liveBytes && read < AttemptOutput.liveBytes + 20_000)
    }

    @Test("One who comes late sees the tail, after a gap")
    func late() async {
        let output = AttemptOutput(maximumTailBytes: 1_000)
        output.append([UInt8](repeating: 1, count: 5_000), from: .stdout)
        var reader = output.follow().makeAsyncIterator()
        let (first, second) = (await reader.next(), await reader.next())
        #expect(first == .gap(droppedBytes: 4_000))
        #expect(second == .bytes(offset: 4_000, .stdout, [UInt8](repeating: 1, count: 1_000)))
    }

    @Test("A waiting reader is woken by what is written, by the end, and by its cancellation")
    func waiting() async {
        let output = AttemptOutput()
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: [OutputEvent].self) { group in
            group.addTask {
                var events: [OutputEvent] = []
                for await event in output.follow() {
                    events.append(event)
                    continuation.yield()
                }
                return events
            }
            output.append("a".utf8, from: .stdout)
            var readied = ready.makeAsyncIterator()
            await readied.next()
            output.append("b".utf8, from: .stdout)
            await readied.next()
            group.cancelAll()
            let events = await group.next()
            #expect(events?.count == 2 && events?.last != .end)
        }
        #expect(output.followerCount == 0)
        var reader: AsyncStream<OutputEvent>.Iterator? = output.follow(from: 2).makeAsyncIterator()
        #expect(output.followerCount == 1)
        output.finish()
        let end = await reader?.next()
        #expect(end == .end)
        reader = nil
        #expect(output.followerCount == 0)
    }

    @Test("The outputs of what runs here are found by their runs; a new attempt takes the place of an old one")
    func registry() async {
        let outputs = LiveOutputs()
        let run = RunID(job: .test(1), scheduledAt: .monday())
        #expect(outputs.follow(run) == nil && outputs.tail(of: run) == nil)
        let first = outputs.begin(run)
        first.append("first".utf8, from: .stdout)
        let second = outputs.begin(run)
        #expect(outputs.finish(first, of: run).count == 5)
        second.append("second".utf8, from: .stdout)
        #expect(outputs.tail(of: run)?.count == 6)
        var reader = outputs.follow(run, from: 3)?.makeAsyncIterator()
        let event = await reader?.next()
        #expect(event == .bytes(offset: 3, .stdout, Array("ond".utf8)))
        outputs.finish(second, of: run)
        #expect(outputs.follow(run) == nil)
        let end = await reader?.next()
        #expect(end == .end)
    }
}
