import DistributedCronTesting
import Glibc
import Testing

@testable import DistributedCron

/// What becomes of attempts whose worker was killed while they run, when another is started on its node.
@Suite(.timeLimit(.minutes(5))) struct HandOverTests {
    /// The next attempts that an executor is told of.
    private func next(_ executor: SupervisedExecutor) async -> [LeftAttempt]? {
        for await left in executor.leftRunning() { return left }
        return nil
    }

    /// Begins an attempt on a worker that is killed when the job rings.
    private func leave(
        _ order: AttemptOrder,
        by worker: String,
        _ bell: JobBell,
        _ fixture: SupervisorFixture
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let gone = fixture.executor(of: worker)
            gone.renewLease(.seconds(600))
            try await gone.prepare()
            group.addTask { _ = await gone.execute(order) }
            try await bell.heard()
            // As the kernel does it for a worker that is killed.
            gone.close()
        }
    }

    /// Goes on with an attempt; the report with all that is known of its output.
    private func resume(_ left: LeftAttempt, on executor: SupervisedExecutor) async -> AttemptReport {
        let output = AttemptOutput()
        var report = await executor.resume(left, output: output)
        report.output = output.finish()
        return report
    }

    @Test("The next worker is told of what runs, and goes on with it: output, end and all")
    func goesOn() async throws {
        try await SupervisorFixture.with { fixture in
            let (bell, gate) = (try JobBell(in: fixture.directory), "\(fixture.directory)/gate")
            try #require(mkfifo(gate, 0o600) == 0)
            let order = ExecutionFixture.order(
                .command("echo early; \(bell.ring); read line <\(gate); echo late; exit 7")
            )
            try await self.leave(order, by: "w-gone", bell, fixture)
            fixture.executor.renewLease(.seconds(600))
            try await fixture.executor.prepare()
            let left = try #require(await self.next(fixture.executor))
            #expect(left.map(\.order) == [order])
            #expect(left.map(\.worker) == [WorkerID(rawValue: "w-gone")])
            async let resumed = self.resume(left[0], on: fixture.executor)
            _ = await fixture.executor.execute(ExecutionFixture.order(.command("echo go >\(gate)")))
            let report = await resumed
            #expect(report.outcome == .exited(7))
            #expect(report.text() == "early\nlate\n")
            #expect(ExecutionFixture.survivors(of: order) == [])
        }
    }

    @Test("What was taken over is asked to end by its new worker")
    func isCancelled() async throws {
        try await SupervisorFixture.with { fixture in
            let bell = try JobBell(in: fixture.directory)
            let order = ExecutionFixture.order(.command("\(bell.ring); sleep 60"))
            try await self.leave(order, by: "w-gone", bell, fixture)
            fixture.executor.renewLease(.seconds(600))
            try await fixture.executor.prepare()
            let left = try #require(await self.next(fixture.executor)?.first)
            let report = await withTaskGroup(of: AttemptReport.self) { group in
                group.addTask { await self.resume(left, on: fixture.executor) }
                group.cancelAll()
                return await group.next()
            }
            #expect(report?.outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: order) == [])
        }
    }

    @Test("What was taken over lives by the lease of its new worker")
    func endsWithTheNewLease() async throws {
        try await SupervisorFixture.with { fixture in
            let bell = try JobBell(in: fixture.directory)
            let order = ExecutionFixture.order(.command("\(bell.ring); sleep 60"))
            try await self.leave(order, by: "w-gone", bell, fixture)
            try await fixture.executor.prepare()
            let left = try #require(await self.next(fixture.executor)?.first)
            // The old lease is good for ten minutes, and the new one was never given.
            let report = await self.resume(left, on: fixture.executor)
            #expect(report.outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: order) == [])
        }
    }

    @Test("An attempt that is taken over twice is left by the worker that had it last, and its end is that one's")
    func chains() async throws {
        try await SupervisorFixture.with { fixture in
            let (bell, gate) = (try JobBell(in: fixture.directory), "\(fixture.directory)/gate")
            try #require(mkfifo(gate, 0o600) == 0)
            let order = ExecutionFixture.order(.command("echo early; \(bell.ring); read line <\(gate); exit 7"))
            try await self.leave(order, by: "w-gone", bell, fixture)
            let second = fixture.executor(of: "w-2")
            second.renewLease(.seconds(600))
            try await second.prepare()
            let first = try #require(await self.next(second)?.first)
            let output = AttemptOutput()
            async let lost = second.resume(first, output: output)
            // What it shows it has.
            for await _ in output.follow() { break }
            second.close()
            let given = await lost
            #expect(given.outcome == .cancelled)
            let third = fixture.executor(of: "w-3")
            third.renewLease(.seconds(600))
            try await third.prepare()
            let left = try #require(await self.next(third)?.first)
            #expect(left.worker == WorkerID(rawValue: "w-2"))
            #expect(left.order == order)
            async let resumed = self.resume(left, on: third)
            _ = await third.execute(ExecutionFixture.order(.command("echo go >\(gate)")))
            let report = await resumed
            #expect(report.outcome == .exited(7))
        }
    }

    @Test("What has ended before it could be taken over is reported all the same")
    func reportsWhatHasEnded() async throws {
        try await SupervisorFixture.with { fixture in
            let (bell, gate) = (try JobBell(in: fixture.directory), "\(fixture.directory)/gate")
            try #require(mkfifo(gate, 0o600) == 0)
            let order = ExecutionFixture.order(.command("\(bell.ring); read line <\(gate); exit 7"))
            try await self.leave(order, by: "w-gone", bell, fixture)
            fixture.executor.renewLease(.seconds(600))
            try await fixture.executor.prepare()
            let left = try #require(await self.next(fixture.executor)?.first)
            _ = await fixture.executor.execute(ExecutionFixture.order(.command("echo go >\(gate)")))
            for await ends in fixture.executor.leftEnds() {
                #expect(ends.first?.report.outcome == .exited(7))
                break
            }
            let report = await self.resume(left, on: fixture.executor)
            #expect(report.outcome == .exited(7))
            // It was told once, and is nobody's any more.
            let again = await self.resume(left, on: fixture.executor)
            #expect(again.outcome == .cancelled)
        }
    }

    // MARK: Whose lease counts

    /// Something that is handed over from one to the other; says how it ended.
    private func handingOver(
        _ work: (_ run: RunID, _ earlier: AttemptEnds, _ later: AttemptEnds) -> Void
    ) async -> AttemptReport {
        let (earlier, later, began) = (AttemptEnds(), AttemptEnds(), Bell())
        let order = ExecutionFixture.order(.command("true"))
        return await withTaskGroup(of: AttemptReport.self) { group in
            group.addTask {
                await earlier.untilCancelled(order.run, onLapse: .stop, onOutage: .hold) {
                    began.ring()
                    // Until the task is cancelled.
                    await Bell().wait()
                    return AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: SystemWallClock().now)
                }
            }
            await began.wait()
            work(order.run, earlier, later)
            let report = await group.next()
            #expect(earlier.lapse(.hold).running == [])
            #expect(later.lapse(.hold).running == [])
            return report ?? AttemptReport(outcome: .lost, startedAt: nil, finishedAt: SystemWallClock().now)
        }
    }

    @Test("After it was handed over the earlier lease does not matter any more")
    func followsTheLaterLease() async {
        let report = await self.handingOver { run, earlier, later in
            #expect(earlier.handOver(run, to: later))
            #expect(earlier.lapse(.hold).running == [])
            earlier.cancel(RunCancellation(run: run, reason: .requested))
            #expect(later.reason(of: run) == nil)
            #expect(later.lapse(.hold).added == [run])
        }
        #expect(report.outcome == .cancelled)
    }

    @Test("What the earlier lease has ended is not handed over")
    func leavesWhatIsEnded() async {
        let report = await self.handingOver { run, earlier, later in
            #expect(earlier.lapse(.hold).added == [run])
            #expect(!earlier.handOver(run, to: later))
            #expect(later.lapse(.hold).running == [])
        }
        #expect(report.outcome == .cancelled)
    }

    @Test("One attempt alone is ended as if the lease had lapsed, and one that does not run leaves no reason behind")
    func endsOne() async {
        let report = await self.handingOver { run, earlier, _ in
            earlier.lapse(run)
            #expect(earlier.reason(of: run) == .lapsed)
        }
        #expect(report.outcome == .cancelled)
        let (ends, run) = (AttemptEnds(), ExecutionFixture.order(.command("true")).run)
        ends.lapse(run)
        #expect(ends.reason(of: run) == nil)
    }

    @Test("What a supervisor tells of over each connection is taken over once")
    func isToldTwice() async {
        let order = ExecutionFixture.order(.command("true"))
        let attempt = LeftAttempt(order: order, worker: .one, startedAt: SystemWallClock().now)
        let left = LeftAttempts()
        left.add([attempt, attempt])
        #expect(await left.next() == [attempt])
        left.add([attempt])
        left.close()
        #expect(await left.next() == nil)
    }

    @Test("An end that was asked for before it came comes with it")
    func endsWhatWasToEnd() async {
        let report = await self.handingOver { run, earlier, later in
            later.cancel(RunCancellation(run: run, reason: .requested))
            #expect(earlier.handOver(run, to: later))
        }
        #expect(report.outcome == .cancelled)
    }
}
