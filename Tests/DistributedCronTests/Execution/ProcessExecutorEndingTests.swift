import Glibc
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorEndingTests {
    /// A shell, a child of it, and a background grandchild, none of which ends when it is asked to.
    private static let stubborn = "trap '' TERM; (sleep 60 & sleep 60) & sleep 60; sleep 60"

    @Test("The time-out ends the whole group, though all of it ignores SIGTERM")
    func stubbornTimeout() async throws {
        let order = ExecutionFixture.order(
            .command(Self.stubborn),
            timeout: .milliseconds(300),
            killGrace: .milliseconds(100)
        )
        let report = try await ExecutionFixture().run(order)
        #expect(report.outcome == .timedOut)
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("Cancellation ends the whole group, though all of it ignores SIGTERM")
    func stubbornCancellation() async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(
            .command("trap '' TERM; sleep 60 & \(bell.ring); \(Self.stubborn)"),
            killGrace: .milliseconds(100)
        )
        let report = try await cancelled(order, by: fixture, after: bell)
        #expect(report?.outcome == .cancelled)
        #expect(report?.startedAt != nil)
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("Cancellation leaves the grace to clean up, and the output of that is kept")
    func politeCancellation() async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(
            .command("trap 'echo cleaned; exit 0' TERM; \(bell.ring); sleep 60 & wait"),
            killGrace: .seconds(30)
        )
        let report = try await cancelled(order, by: fixture, after: bell)
        #expect(report?.outcome == .cancelled)
        #expect(report?.text() == "cleaned\n")
    }

    @Test("A part of the group that needs its grace has it, though the main process ended at once")
    func graceOfTheRest() async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(
            .command("(trap 'sleep 0.3; echo cleaned; exit 0' TERM; \(bell.ring); sleep 60 & wait) & wait"),
            killGrace: .seconds(30)
        )
        let report = try await cancelled(order, by: fixture, after: bell)
        #expect(report?.text() == "cleaned\n")
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("A child in a process group of its own is ended with the session")
    func otherGroup() async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(
            .command("set -m; sleep 60 & set +m; \(bell.ring); sleep 60"),
            killGrace: .milliseconds(100)
        )
        #expect(try await cancelled(order, by: fixture, after: bell)?.outcome == .cancelled)
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("A kill ends the whole session at once, asked or not, whatever its grace", arguments: [false, true])
    func kill(isAsked: Bool) async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(
            .command("trap '' TERM; set -m; sleep 60 & set +m; sleep 60 & \(bell.ring); \(Self.stubborn)"),
            killGrace: .seconds(3_600)
        )
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await fixture.executor.execute(order) }
            try await bell.heard()
            if isAsked { group.cancelAll() }
            await fixture.executor.kill(order.run)
            return try await group.next()
        }
        #expect(report?.outcome == .cancelled)
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("What is killed before its process has started does not go on", arguments: [0, 1, 10, 100])
    func killedEarly(turns: Int) async throws {
        let fixture = try ExecutionFixture()
        let order = ExecutionFixture.order(
            .command("trap '' TERM; while :; do sleep 0.05; done"),
            killGrace: .seconds(3_600)
        )
        let report = await withTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await fixture.run(order) }
            for _ in 0..<turns { await Task.yield() }
            group.cancelAll()
            await fixture.executor.kill(order.run)
            return await group.next()
        }
        #expect(report?.outcome == .cancelled)
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("A background child that keeps the output open neither hangs the attempt nor outlives it")
    func background() async throws {
        let order = ExecutionFixture.order(.command("trap '' TERM; sleep 60 & echo done; exit 5"))
        let report = try await ExecutionFixture().run(order)
        #expect(report.outcome == .exited(5))
        #expect(report.text() == "done\n")
        #expect(ExecutionFixture.survivors(of: order) == [])
    }

    @Test("A job that closes its output goes on until it ends")
    func closedOutput() async throws {
        let report = try await ExecutionFixture().run("echo a; exec >&- 2>&-; sleep 0.2; exit 7")
        #expect(report.outcome == .exited(7))
        #expect(report.text() == "a\n")
    }

    @Test("A stream of endless output is drained until the time-out")
    func endlessOutput() async throws {
        let order = ExecutionFixture.order(.command("yes"), timeout: .milliseconds(300))
        let report = try await ExecutionFixture(outputLimit: 1_000).run(order)
        #expect(report.outcome == .timedOut)
        #expect(report.output.count == 1_000)
        #expect(report.output.droppedBytes > 1_000_000)
    }

    @Test("The time-out is measured by the executor's clock")
    func clock() async throws {
        let order = ExecutionFixture.order(.command("sleep 60"), timeout: .seconds(3_600))
        #expect(try await ExecutionFixture(clock: ImpatientClock()).run(order).outcome == .timedOut)
    }

    @Test("An order that was cancelled before it began starts nothing")
    func cancelledBefore() async throws {
        let fixture = try ExecutionFixture()
        let report = await withTaskGroup(of: AttemptReport.self) { group in
            group.cancelAll()
            group.addTask { await fixture.run("true") }
            return await group.next()
        }
        #expect(report?.outcome == .cancelled)
        #expect(report?.startedAt == nil)
    }

    private func cancelled(
        _ order: AttemptOrder,
        by fixture: ExecutionFixture,
        after bell: JobBell
    ) async throws -> AttemptReport? {
        try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await fixture.executor.execute(order) }
            try await bell.heard()
            group.cancelAll()
            return try await group.next()
        }
    }
}
