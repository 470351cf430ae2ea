import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension AttemptExecutorConformance {
    private func outcome(_ command: String, _ executor: any AttemptExecutor) async -> AttemptOutcome {
        await executor.execute(self.order(.command(command))).outcome
    }

    func exitCodeIsTheOutcome(_ executor: any AttemptExecutor) async throws {
        #expect(await self.outcome("true", executor) == .exited(0))
        #expect(await self.outcome("exit 3", executor) == .exited(3))
        #expect(await self.outcome("exit 255", executor) == .exited(255))
        #expect(await self.outcome("", executor) == .exited(0))
        #expect(await self.outcome("test \"$((6 * 7))\" = 42 && echo 'a b' | grep -q ' '", executor) == .exited(0))
    }

    func signalIsTheOutcome(_ executor: any AttemptExecutor) async throws {
        #expect(await self.outcome("kill -9 $$", executor) == .signaled(9))
        #expect(await self.outcome("kill -15 $$", executor) == .signaled(15))
    }

    func whatCannotBeginIsNotStarted(_ executor: any AttemptExecutor) async throws {
        let digest = try #require(ArtifactDigest(hexadecimal: String(repeating: "0a", count: 32)))
        for executable: Executable in [
            .script(Artifact(digest: digest, size: 1)), .binary(Artifact(digest: digest, size: 1)),
        ] {
            let report = await executor.execute(self.order(executable))
            guard case .notStarted(let reason) = report.outcome else {
                Issue.record("an artifact that nobody has ended as \(report.outcome)")
                continue
            }
            #expect(!reason.isEmpty)
            #expect(report.startedAt == nil)
            #expect(report.output.count == 0)
        }
    }

    func reportHasTheTimes(_ executor: any AttemptExecutor) async throws {
        let before = SystemWallClock().now
        let report = await executor.execute(self.order(.command("sleep 0.2")))
        let after = SystemWallClock().now
        let started = try #require(report.startedAt)
        #expect(before <= started && started <= report.finishedAt && report.finishedAt <= after)
        #expect(report.finishedAt.timeIntervalSince(started) >= 0.19)
    }

    // MARK: Output

    func bothStreamsAreKept(_ executor: any AttemptExecutor) async throws {
        let report = await executor.execute(self.order(.command("echo one; echo two >&2; printf 'th\\000ree'")))
        #expect(report.outcome == .exited(0))
        #expect(self.text(report, .stdout) == "one\nth\u{0}ree")
        #expect(self.text(report, .stderr) == "two\n")
        #expect(report.output.droppedBytes == 0)
    }

    func endOfLongOutputIsKept(_ executor: any AttemptExecutor) async throws {
        let count = 3_000_000
        let report = await executor.execute(
            self.order(.command("head -c \(count) /dev/zero | tr '\\000' x; printf 'the end'"))
        )
        #expect(report.outcome == .exited(0))
        #expect(report.output.count <= report.output.maximumBytes)
        #expect(report.output.count + report.output.droppedBytes == count + 7)
        #expect(self.text(report).hasSuffix("xthe end"))
    }

    func outputBeforeATimeoutIsKept(_ executor: any AttemptExecutor) async throws {
        let order = self.order(.command("echo begun; exec sleep 600"), timeout: .milliseconds(700))
        let report = await executor.execute(order)
        #expect(report.outcome == .timedOut)
        #expect(self.text(report) == "begun\n")
    }

    // MARK: Being ended

    func timeoutEndsIt(_ executor: any AttemptExecutor) async throws {
        let report = await executor.execute(self.order(.command("exec sleep 600"), timeout: .milliseconds(300)))
        #expect(report.outcome == .timedOut)
        let started = try #require(report.startedAt)
        #expect(report.finishedAt.timeIntervalSince(started) >= 0.29)
    }

    func timeoutAsksBeforeItKills(_ executor: any AttemptExecutor) async throws {
        let command = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        let report = await executor.execute(self.order(.command(command), timeout: .milliseconds(700)))
        #expect(report.outcome == .timedOut, "whatever it makes of it")
        // The shell may say on its standard error that the signal ended its child too.
        #expect(self.text(report, .stdout) == "ready\nasked\n")
    }

    func timeoutKillsWhatDoesNotListen(_ executor: any AttemptExecutor) async throws {
        let command = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
        let order = self.order(.command(command), timeout: .milliseconds(500), killGrace: .milliseconds(200))
        let report = await executor.execute(order)
        #expect(report.outcome == .timedOut)
        try await self.expectGone(self.text(report), executor)
    }

    func noTimeoutIsNoLimit(_ executor: any AttemptExecutor) async throws {
        #expect(await self.outcome("sleep 0.5; exit 4", executor) == .exited(4))
        let order = self.order(.command("exit 5"), timeout: .seconds(3_600))
        #expect(await executor.execute(order).outcome == .exited(5))
    }

    func cancellationBeforeTheStartIsAnEndToo(_ executor: any AttemptExecutor) async throws {
        for turns in [0, 1, 100] {
            let order = self.order(.command("trap '' TERM; exec sleep 600"), killGrace: .milliseconds(100))
            let result = await cancelled(afterTurns: turns) { await executor.execute(order) }
            #expect(try result.get().outcome == .cancelled, "after \(turns) turns")
        }
    }

    func cancellationEndsWhatRuns(_ executor: any AttemptExecutor) async throws {
        let pipe = try await self.makePipe(executor)
        let command = "trap '' TERM; echo $$ > '\(pipe)'; while :; do sleep 0.05; done"
        let order = self.order(.command(command), killGrace: .milliseconds(100))
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await executor.execute(order) }
            let begun = await executor.execute(self.order(.command("cat '\(pipe)'"), timeout: .seconds(30)))
            group.cancelAll()
            let report = try await group.next()
            try await self.expectGone(self.text(begun), executor)
            return try #require(report)
        }
        #expect(report.outcome == .cancelled)
        let started = try #require(report.startedAt)
        #expect(report.finishedAt.timeIntervalSince(started) >= 0.09, "it was asked first")
        await self.remove(pipe, executor)
    }

    func killLeavesNoGrace(_ executor: any AttemptExecutor) async throws {
        let pipe = try await self.makePipe(executor)
        let command = "trap '' TERM; sleep 600 & echo $$ > '\(pipe)'; while :; do sleep 0.05; done"
        let order = self.order(.command(command), killGrace: .seconds(3_600))
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await executor.execute(order) }
            let begun = await executor.execute(self.order(.command("cat '\(pipe)'"), timeout: .seconds(30)))
            group.cancelAll()
            await executor.kill(order.run)
            let report = try await group.next()
            try await self.expectGone(self.text(begun), executor)
            return try #require(report)
        }
        #expect(report.outcome == .cancelled)
        // One that has ended is none of its business.
        await executor.kill(order.run)
        await self.remove(pipe, executor)
    }

    // MARK: Leaving nothing

    func nothingIsLeftAfterATimeout(_ executor: any AttemptExecutor) async throws {
        let command = "trap '' TERM; sleep 600 & echo $!; sleep 600; wait"
        let order = self.order(.command(command), timeout: .milliseconds(500), killGrace: .milliseconds(100))
        let report = await executor.execute(order)
        #expect(report.outcome == .timedOut)
        try await self.expectGone(self.text(report), executor)
    }

    func nothingIsLeftAfterTheEnd(_ executor: any AttemptExecutor) async throws {
        // Whether what stays behind is ended with the shell or counts as the attempt is the executor's affair.
        let command = "sleep 600 >/dev/null 2>&1 & echo $!; exit 0"
        let order = self.order(.command(command), timeout: .milliseconds(700), killGrace: .milliseconds(100))
        let report = await executor.execute(order)
        #expect([.exited(0), .timedOut].contains(report.outcome))
        try await self.expectGone(self.text(report), executor)
    }

    func attemptsRunAtTheSameTime(_ executor: any AttemptExecutor) async throws {
        let pipe = try await self.makePipe(executor)
        // Neither can go on without the other.
        let commands = ["echo hello > '\(pipe)'", "cat '\(pipe)'"]
        let reports = try await race(2) { number in
            await executor.execute(self.order(.command(commands[number]), timeout: .seconds(30)))
        }
        #expect(reports.map(\.outcome) == [.exited(0), .exited(0)])
        #expect(self.text(reports[1]) == "hello\n")
        await self.remove(pipe, executor)
    }

    /// Makes a named pipe in a folder of its own, through which attempts meet.
    func makePipe(_ executor: any AttemptExecutor) async throws -> String {
        let command = "d=$(mktemp -d) && mkfifo \"$d/pipe\" && printf %s \"$d/pipe\""
        let report = await executor.execute(self.order(.command(command)))
        try #require(report.outcome == .exited(0))
        return self.text(report)
    }

    func remove(_ pipe: String, _ executor: any AttemptExecutor) async {
        _ = await executor.execute(self.order(.command("rm -r \"$(dirname '\(pipe)')\"")))
    }
}
