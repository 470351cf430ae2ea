import DistributedCronTesting
import Glibc
import Testing

@testable import DistributedCron

/// What a supervisor knows of attempts whose worker was killed before it had written down how they ended.
@Suite(.timeLimit(.minutes(5))) struct LeftEndsTests {
    /// The next ends that an executor is told of; nil if it was let go of and was told of nothing.
    private func next(_ executor: SupervisedExecutor) async -> [Attempt]? {
        for await ends in executor.leftEnds() { return ends }
        return nil
    }

    /// Waits until a worker's connection has ended and nothing of it runs.
    private func waitForDeparture(of worker: String, in fixture: SupervisorFixture) async {
        while access("\(fixture.directory)/\(worker)\(LeaseFile.suffix)", F_OK) == 0 { await Task.yield() }
    }

    /// A run whose work is done must not be done again, nor given up, because its worker was killed.
    @Test("The next worker is told how the attempts of one that is gone have ended, and each until one has settled it")
    func tellsTheNext() async throws {
        try await SupervisorFixture.with { fixture in
            let (bell, gate) = (try JobBell(in: fixture.directory), "\(fixture.directory)/gate")
            try #require(mkfifo(gate, 0o600) == 0)
            var order = ExecutionFixture.order(.command("\(bell.ring); read line <\(gate); echo late; exit 7"))
            order.retry = AttemptRetry(pauseSeconds: 30)
            try await withThrowingTaskGroup(of: Void.self) { [order] group in
                let gone = fixture.executor(of: "w-gone")
                gone.renewLease(.seconds(600))
                try await gone.prepare()
                group.addTask { _ = await gone.execute(order) }
                try await bell.heard()
                // As the kernel does it for a worker that is killed.
                gone.close()
            }
            // One that is there when it ends, and dies before it has written it down.
            fixture.executor.renewLease(.seconds(600))
            _ = await fixture.executor.execute(ExecutionFixture.order(.command("echo go >\(gate)")))
            let ends = try #require(await self.next(fixture.executor))
            let end = try #require(ends.first)
            #expect(ends.count == 1)
            #expect((end.run, end.number, end.epoch) == (order.run, 2, Epoch(rawValue: 1)))
            #expect(end.worker == WorkerID(rawValue: "w-gone"))
            #expect(end.report.outcome == .exited(7))
            #expect(end.report.text() == "late\n")
            #expect(end.retryAt == Instant(ceiling: end.report.finishedAt) + 30)
            fixture.executor.close()
            await self.waitForDeparture(of: "w-1", in: fixture)
            // One that comes afterwards, and has heard of it when it begins. The end of "echo go" is left to it as well.
            let second = fixture.executor(of: "w-2")
            try await second.prepare()
            let told = try #require(await self.next(second))
            #expect(told.contains(end))
            await second.settled(told.map { AttemptKey(of: $0) })
            second.close()
            await self.waitForDeparture(of: "w-2", in: fixture)
            let third = fixture.executor(of: "w-3")
            try await third.prepare()
            third.close()
            #expect(await self.next(third) == nil)
        }
    }

    /// A worker may be killed between hearing of an end and writing it down.
    @Test("An end that a worker has heard of is kept until it is settled", arguments: [true, false])
    func keepsUntilSettled(_ isSettled: Bool) async throws {
        try await SupervisorFixture.with { fixture in
            let order = ExecutionFixture.order(.command("exit 7"))
            fixture.executor.renewLease(.seconds(600))
            #expect(await fixture.executor.execute(order).outcome == .exited(7))
            let key = AttemptKey(run: order.run, number: 2, epoch: Epoch(rawValue: 1))
            if isSettled { await fixture.executor.settled([key]) }
            fixture.executor.close()
            await self.waitForDeparture(of: "w-1", in: fixture)
            let heir = fixture.executor(of: "w-2")
            try await heir.prepare()
            heir.close()
            let told = await self.next(heir) ?? []
            #expect(told.map { AttemptKey(of: $0) } == (isSettled ? [] : [key]))
        }
    }

    /// It is no failure of the run, and its next owner runs it again, or gives it up.
    @Test("What was ended because the lease of its worker was over is told to nobody")
    func tellsNothingOfWhatWasEnded() async throws {
        try await SupervisorFixture.with { fixture in
            let bell = try JobBell(in: fixture.directory)
            let order = ExecutionFixture.order(.command("\(bell.ring); sleep 60"))
            let gone = fixture.executor(of: "w-gone")
            gone.renewLease(.seconds(600))
            try await gone.prepare()
            async let report = gone.execute(order)
            try await bell.heard()
            gone.renewLease(.zero)
            #expect(await report.outcome == .cancelled)
            gone.close()
            await self.waitForDeparture(of: "w-gone", in: fixture)
            try await fixture.executor.prepare()
            fixture.executor.close()
            #expect(await self.next(fixture.executor) == nil)
        }
    }

    /// Two ends of a connection.
    private func connections() throws -> (SupervisorConnection, SupervisorConnection) {
        var ends: [Int32] = [-1, -1]
        let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        try #require(result == 0)
        return (
            SupervisorConnection(Descriptor(owning: ends[0]), logger: SupervisorFixture.logger),
            SupervisorConnection(Descriptor(owning: ends[1]), logger: SupervisorFixture.logger)
        )
    }

    private func attempts(_ count: Int) -> [Attempt] {
        (0..<count).map { _ in
            Attempt(
                ExecutionFixture.order(.command("true")),
                by: .one,
                report: AttemptReport(outcome: .exited(0), startedAt: nil, finishedAt: SystemWallClock().now)
            )
        }
    }

    /// No worker may ever come, and a supervisor must not grow for ever.
    @Test("When there are too many ends, the oldest are forgotten, and the rest is told in order")
    func isBounded() async throws {
        let ends = UnsettledEnds(maximumBytes: 3 * 1_024)
        let (gone, _) = try self.connections()
        let attempts = self.attempts(5)
        for attempt in attempts { ends.add(attempt, begunOver: gone) }
        ends.settle([AttemptKey(of: attempts[3])])
        let (heir, other) = try self.connections()
        ends.begin(.two, over: heir)
        heir.post(.ready)
        var messages = other.messages().makeAsyncIterator()
        #expect(await messages.next() == .left([attempts[2], attempts[4]]))
        #expect(await messages.next() == .ready)
        ends.settle(attempts.map { AttemptKey(of: $0) })
        #expect(ends.isEmpty)
        heir.close()
    }

    /// It reports itself what it began before its connection broke: that must not be contradicted.
    @Test("A worker that comes back is not told of its own attempts, and the next one is")
    func leavesAWorkerItsOwn() async throws {
        let ends = UnsettledEnds()
        let (first, _) = try self.connections()
        let attempts = self.attempts(1)
        ends.begin(.one, over: first)
        ends.add(attempts[0], begunOver: first)
        ends.end(first)
        let (second, other) = try self.connections()
        ends.begin(.one, over: second)
        second.post(.ready)
        var messages = other.messages().makeAsyncIterator()
        #expect(await messages.next() == .ready)
        ends.end(second)
        let (third, another) = try self.connections()
        ends.begin(.two, over: third)
        var next = another.messages().makeAsyncIterator()
        #expect(await next.next() == .left(attempts))
        for connection in [first, second, third] { connection.close() }
    }

    /// A worker that has been killed is started again within seconds, or minutes.
    @Test("A supervisor that has something to tell waits longer for somebody to hear it")
    func waitsForAWorker() async throws {
        let (clock, workers) = (ManualClock(), SupervisedWorkers())
        let (gone, _) = try self.connections()
        workers.unsettled.add(self.attempts(1)[0], begunOver: gone)
        async let idle: Void = workers.waitUntilIdle(for: .seconds(10), orFor: .seconds(600), on: clock)
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(599))
        // It still sleeps.
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(1))
        await idle
    }
}
