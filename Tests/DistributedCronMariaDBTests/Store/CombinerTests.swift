#if MariaDB
import DistributedCron
import Testing

@testable import DistributedCronMariaDB

/// Calls that wait can be cancelled, and those that are worked on are answered.
@Suite(.timeLimit(.minutes(1)))
struct CombinerTests {
    /// Work that tells what it is given, and ends when it is told to.
    private final class Work: Sendable {
        let begun = Bell()
        let end = Bell()
        private let given = Lock<[[Int]]>([])

        var batches: [[Int]] { self.given.withLock { $0 } }

        func combiner() -> Combiner<Int, Int> {
            Combiner(limit: 8) { elements in
                self.given.withLock { $0.append(elements) }
                self.begun.ring()
                await self.end.wait()
                return elements.map { .success($0 * 10) }
            }
        }
    }

    @Test("A call that is cancelled while it waits leaves, and the others are answered without it")
    func leaves() async throws {
        let work = Work()
        let combiner = work.combiner()
        let first = Task { try await combiner.submit(1) }
        await work.begun.wait()
        let second = Task { try await combiner.submit(2) }
        let third = Task { try await combiner.submit(3) }
        while combiner.waitingCount < 2 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(combiner.waitingCount == 1)
        work.end.ring()
        #expect(try await first.value == 10)
        await work.begun.wait()
        work.end.ring()
        #expect(try await third.value == 30)
        #expect(work.batches == [[1], [3]])
    }

    @Test("Calls that are cancelled while they are worked on are answered, whoever does the work")
    func waitsForWhatIsUnderWay() async throws {
        let work = Work()
        let combiner = work.combiner()
        let first = Task { try await combiner.submit(1) }
        await work.begun.wait()
        let others = [2, 3].map { number in Task { try await combiner.submit(number) } }
        while combiner.waitingCount < 2 { await Task.yield() }
        first.cancel()
        work.end.ring()
        #expect(try await first.value == 10)
        await work.begun.wait()
        for other in others { other.cancel() }
        work.end.ring()
        var answers: [Int] = []
        for other in others { answers.append(try await other.value) }
        #expect(answers == [20, 30])
        #expect(work.batches.map { $0.sorted() } == [[1], [2, 3]])
    }

    @Test("A call of a task that is cancelled already does nothing, and keeps nobody waiting")
    func doesNotBegin() async throws {
        let work = Work()
        let combiner = work.combiner()
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await combiner.submit(1)
        }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        work.end.ring()
        #expect(try await combiner.submit(2) == 20)
        #expect(work.batches == [[2]])
    }
}
#endif
