import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("Closures as jobs", .timeLimit(.minutes(1))) struct HandlerExecutorTests {
    private struct Trouble: Error, CustomStringConvertible {
        var description: String { "the till is empty" }
    }

    private func order(_ executable: Executable, timeout: Duration? = nil) -> AttemptOrder {
        AttemptOrder(
            run: RunID(job: .test(5), scheduledAt: .monday(8)),
            attempt: 3,
            fence: 65_539,
            executable: executable,
            timeout: timeout
        )
    }

    @Test("A closure knows its run, and what it logs is its output")
    func context() async throws {
        let wallClock = ManualWallClock(now: Instant.monday(9).date)
        let executor = HandlerExecutor(
            [
                "purge": { run in
                    run.log("\(run.runID) \(run.jobID == .test(5)) \(run.scheduledInstant) \(run.attempt) \(run.fence)")
                    #expect(run.scheduledAt == Instant.monday(8).date)
                    wallClock.advance(by: .seconds(5))
                    run.log("done")
                }
            ],
            wallClock: wallClock
        )
        let order = self.order(.closure("purge"))
        let report = await executor.execute(order)
        #expect(report.outcome == .exited(0))
        #expect(report.startedAt == Instant.monday(9).date)
        #expect(report.finishedAt == Instant.monday(9, 0, 5).date)
        let text = String(decoding: report.output.bytes(of: .stdout), as: UTF8.self)
        #expect(text == "\(order.run) true 2026-03-02T08:00:00Z 3 65539\ndone\n")
        #expect(executor.handlers == ["purge"])
    }

    @Test("A closure that throws has failed, for the reason that the error says")
    func failure() async {
        let executor = HandlerExecutor(["pay": { _ in throw Trouble() }])
        let outcome = await executor.execute(self.order(.closure("pay"))).outcome
        #expect(outcome == .failed("the till is empty"))
        #expect(outcome.runState == .failed && outcome.runReason == .error)
        #expect(outcome.detail == "the till is empty" && outcome.exitCode == nil)
    }

    @Test("An error that looks like a cancellation is a failure if nobody cancelled")
    func falseCancellation() async {
        let executor = HandlerExecutor(["quit": { _ in throw CancellationError() }])
        #expect(await executor.execute(self.order(.closure("quit"))).outcome == .failed("CancellationError()"))
    }

    @Test(
        "A time-out cancels the closure; it counts as one whatever the closure makes of it",
        arguments: [true, false]
    )
    func timeout(isThrowing: Bool) async throws {
        let clock = ManualClock()
        let executor = HandlerExecutor(
            [
                "slow": { _ in
                    do {
                        try await clock.sleep(for: .seconds(1_000))
                    } catch  where !isThrowing {
                        return
                    }
                }
            ],
            clock: clock
        )
        let outcome = try await withThrowingTaskGroup(of: AttemptOutcome.self) { group in
            group.addTask {
                await executor.execute(self.order(.closure("slow"), timeout: .seconds(10))).outcome
            }
            try await clock.waitForSleepers(2)
            clock.advance(by: .seconds(10))
            return try await group.next()
        }
        #expect(outcome == .timedOut)
    }

    @Test("A closure that ends in time has not timed out, and its time-out does not hold its place")
    func inTime() async {
        let executor = HandlerExecutor(["fast": { _ in }], clock: ManualClock())
        #expect(await executor.execute(self.order(.closure("fast"), timeout: .seconds(10))).outcome == .exited(0))
    }

    @Test("A cancelled attempt is cancelled, before its start or after it", arguments: [true, false])
    func cancellation(isEarly: Bool) async {
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        let executor = HandlerExecutor([
            "wait": { _ in
                continuation.finish()
                for await _ in AsyncStream<Void>.makeStream().stream {}
            }
        ])
        let report = await withTaskGroup(of: AttemptReport.self) { group in
            if isEarly { group.cancelAll() }
            group.addTask { await executor.execute(self.order(.closure("wait"))) }
            if !isEarly {
                for await _ in started {}
                group.cancelAll()
            }
            return await group.next()
        }
        #expect(report?.outcome == .cancelled)
        #expect((report?.startedAt == nil) == isEarly)
    }

    @Test("What is no closure is the other executor's; without one, and without a closure of the name, nothing starts")
    func others() async throws {
        let fixture = try ExecutionFixture()
        let both = HandlerExecutor([:], other: fixture.executor)
        try await both.prepare()
        #expect(await both.execute(self.order(.command("exit 4"))).outcome == .exited(4))
        #expect(
            await both.execute(self.order(.closure("nobody"))).outcome
                == .notStarted("no closure is registered as \"nobody\"")
        )
        #expect(
            await HandlerExecutor([:]).execute(self.order(.command("true"))).outcome
                == .notStarted("this program runs closures only")
        )
    }
}
