import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct ManualClockTests {
    @Test func timeStandsStillUntilItIsMoved() {
        let clock = ManualClock()
        #expect(clock.now == ManualClock.Instant(elapsed: .zero))
        clock.advance(by: .seconds(3))
        clock.advance(to: ManualClock.Instant(elapsed: .seconds(2)))
        #expect(clock.now.elapsed == .seconds(3))
    }

    @Test func sleepersWakeInTheOrderOfTheirDeadlines() async throws {
        let clock = ManualClock()
        let (woken, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 4, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    continuation.yield(seconds)
                }
            }
            try await clock.waitForSleepers(4)
            #expect(clock.nextDeadline?.elapsed == .seconds(1))
            var order: [Int] = []
            for left in [3, 2, 1, 0] {
                clock.advance(by: .seconds(1))
                #expect(clock.sleeperCount == left)
                for await seconds in woken {
                    order.append(seconds)
                    break
                }
            }
            #expect(order == [1, 2, 3, 4])
            try await group.waitForAll()
        }
    }

    @Test func advancingWakesEverybodyWhoIsDue() async throws {
        let clock = ManualClock()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in 1...10 { group.addTask { try await clock.sleep(for: .seconds(seconds)) } }
            try await clock.waitForSleepers(10)
            clock.advance(by: .milliseconds(9_999))
            for _ in 0..<9 { try await group.next() }
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .milliseconds(1))
            try await group.waitForAll()
        }
    }

    @Test func pastDeadlineIsNoSleep() async throws {
        let clock = ManualClock()
        try await clock.sleep(for: .zero)
        try await clock.sleep(for: .seconds(-1))
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: ManualClock.Instant(elapsed: .seconds(5)))
    }

    @Test func cancellationEndsASleep() async throws {
        let clock = ManualClock()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        try await clock.sleep(for: .seconds(1))
                        return false
                    } catch { return error is CancellationError }
                }
            }
            group.cancelAll()
            for await wasCancelled in group { #expect(wasCancelled) }
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test func cancellationEndsTheWaitForSleepers() async throws {
        let clock = ManualClock()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await clock.waitForSleepers() }
            }
            await Task.yield()
            group.cancelAll()
        }
    }

    @Test func waitEndsWhenEnoughSleep() async throws {
        let clock: ManualClock = ManualClock()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask { try await clock.waitForSleepers(2) }
                group.addTask { try await clock.sleep(for: .seconds(1)) }
            }
            try await clock.waitForSleepers(3)
            clock.advance(by: .seconds(1))
            try await clock.waitForSleepers(0)
            // Those who had not begun to wait would wait for ever.
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result { #expect(error is CancellationError) }
            }
        }
    }

    @Test func wallClockShowsWhatItIsSetTo() {
        let clock = ManualWallClock()
        #expect(clock.now == Date(timeIntervalSince1970: 1_767_225_600))
        clock.advance(by: .milliseconds(1_500))
        #expect(clock.now == Date(timeIntervalSince1970: 1_767_225_601.5))
        clock.advance(by: .seconds(-2))
        #expect(clock.now == Date(timeIntervalSince1970: 1_767_225_599.5))
        clock.now = Date(timeIntervalSince1970: 0)
        #expect(clock.now == Date(timeIntervalSince1970: 0))
    }

    @Test func bothClocksMoveTogether() async throws {
        let time = ManualTime()
        let start = time.wallClock.now
        try await withThrowingTaskGroup(of: Date.self) { group in
            group.addTask {
                try await time.clock.sleep(for: .seconds(90))
                return time.wallClock.now
            }
            try await time.clock.waitForSleepers()
            time.advance(by: .seconds(30))
            time.advance(to: Instant(floor: start) + 90)
            #expect(try await group.next() == start.addingTimeInterval(90))
        }
        time.advance(to: Instant(floor: start))
        #expect(time.clock.now.elapsed == .seconds(90))
    }
}
