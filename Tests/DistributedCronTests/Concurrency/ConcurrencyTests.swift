import Testing

@testable import DistributedCron

/// What many tasks have counted together.
private actor Tally {
    var values: [Int] = []

    @discardableResult
    func add(_ value: Int) -> Int {
        self.values.append(value)
        return self.values.count
    }
}

@Suite("What tasks wait on", .timeLimit(.minutes(5)))
struct ConcurrencyTests {
    @Test("A ring that comes before the wait is not lost, and two of them count once")
    func earlyRing() async {
        let bell = Bell()
        bell.ring()
        bell.ring()
        await bell.wait()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait() }
            group.cancelAll()
        }
    }

    @Test("A wait ends when its time has passed, and a later ring is kept for the next wait")
    func waitWithLimit() async {
        let bell = Bell()
        await bell.wait(atMost: .zero, on: ContinuousClock())
        bell.ring()
        await bell.wait()
    }

    @Test("No ring is lost between a waiter and many ringers")
    func manyRings() async {
        let bell = Bell()
        let rung = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1_000 {
                group.addTask {
                    await rung.add(1)
                    bell.ring()
                }
            }
            // Ends only if the ring after the last change always wakes the waiter.
            while await rung.values.count < 1_000 { await bell.wait() }
        }
    }

    @Test("A wait that disregards cancellation ends with the ring")
    func despiteCancellation() async {
        let bell = Bell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.waitDespiteCancellation() }
            group.cancelAll()
            bell.ring()
        }
    }

    @Test("A line serves the smallest first, whoever asks")
    func order() async {
        let line = WaitingLine<Int>()
        line.add([3, 1, 2])
        #expect(line.count == 3)
        #expect(await [line.next(), line.next(), line.next()] == [1, 2, 3])
    }

    @Test("Every element is served once, to one of many consumers, and closing frees those who wait")
    func consumers() async {
        let line = WaitingLine<Int>()
        let served = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while let element = await line.next() {
                        if await served.add(element) == 500 { line.close() }
                    }
                }
            }
            for start in stride(from: 0, to: 500, by: 50) { line.add(start..<(start + 50)) }
        }
        #expect(await served.values.sorted() == Array(0..<500))
        let isLetIn = line.add([1])
        #expect(!isLetIn)
        #expect(await line.next() == nil)
    }

    @Test("A line that is closed says what it drops")
    func dropped() {
        let line = WaitingLine<Int>()
        let isLetIn = line.add([3, 1, 2])
        #expect(isLetIn)
        let dropped = line.close()
        #expect(dropped.sorted() == [1, 2, 3])
        let again = line.close()
        #expect(again.isEmpty)
    }

    @Test("A cancelled consumer takes nothing with it")
    func cancelledConsumer() async {
        let line = WaitingLine<Int>()
        await withTaskGroup(of: Int?.self) { group in
            group.addTask { await line.next() }
            group.cancelAll()
            for await element in group { #expect(element == nil) }
        }
        line.add([7])
        #expect(await line.next() == 7)
    }

    @Test("A watcher sees the present value first and the newest whenever it looks")
    func broadcast() async {
        let topic = Broadcast(1)
        var early = topic.stream().makeAsyncIterator()
        #expect(await early.next() == 1)
        for value in 2...5 { topic.send(value) }
        #expect(await early.next() == 5)
        var late = topic.stream().makeAsyncIterator()
        #expect(await late.next() == 5)
        topic.finish()
        #expect(await early.next() == nil)
        #expect(await late.next() == nil)
        var after = topic.stream().makeAsyncIterator()
        #expect(await after.next() == 5)
        #expect(await after.next() == nil)
    }
}
