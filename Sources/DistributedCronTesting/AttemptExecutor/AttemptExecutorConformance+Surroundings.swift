import DistributedCron
import Testing

extension AttemptExecutorConformance {
    func outputIsSeenWhileItRuns(_ executor: any AttemptExecutor) async throws {
        let pipe = try await self.makePipe(executor)
        let output = AttemptOutput()
        let (early, late) = (output.follow(), output.follow())
        let order = self.order(.command("echo begun; cat '\(pipe)'"), timeout: .seconds(30))
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask {
                let report = await executor.execute(order, output: output)
                output.finish()
                return report
            }
            // The attempt cannot end before the pipe is written to, and that is done only once this has been seen.
            #expect(await self.bytes(early, upTo: 6) == Array("begun\n".utf8))
            _ = await executor.execute(self.order(.command("echo ended > '\(pipe)'"), timeout: .seconds(30)))
            return try #require(try await group.next())
        }
        #expect(report.outcome == .exited(0))
        #expect(report.output.count == 0, "the output is the caller's to fill in")
        #expect(await self.bytes(late) == Array("begun\nended\n".utf8))
        await self.remove(pipe, executor)
    }

    func variablesOfTheJobAreSet(_ executor: any AttemptExecutor) async throws {
        let variables = ["GREETING": "a=b  c\n\"d\"", "_EMPTY1": "", "PATH": "/usr/bin:/bin"]
        let command = "printf '%s|' \"$GREETING\" \"${_EMPTY1-unset}\" \"$PATH\""
        let report = await executor.execute(self.order(.command(command), environment: variables))
        #expect(self.text(report) == "a=b  c\n\"d\"||/usr/bin:/bin|")
        #expect(self.text(await executor.execute(self.order(.command(command)))).hasPrefix("|unset|"))
    }

    func variablesOfTheAttemptWin(_ executor: any AttemptExecutor) async throws {
        let names = ["JOB_ID", "RUN_ID", "SCHEDULED_AT", "ATTEMPT", "FENCE"].map { "DISTCRON_\($0)" }
        let order = self.order(
            .command(names.map { "echo \"$\($0)\"" }.joined(separator: "; ")),
            environment: Dictionary(uniqueKeysWithValues: names.map { ($0, "mine") })
        )
        let report = await executor.execute(order)
        #expect(
            self.text(report)
                == "\(order.run.job)\n\(order.run)\n\(order.run.scheduledAt)\n\(order.attempt)\n\(order.fence)\n"
        )
    }

    func workingDirectoryIsEntered(_ executor: any AttemptExecutor) async throws {
        for directory in ["/", "/usr"] {
            let report = await executor.execute(self.order(.command("pwd"), workingDirectory: directory))
            #expect(self.text(report) == "\(directory)\n")
        }
    }

    func missingWorkingDirectoryIsNotStarted(_ executor: any AttemptExecutor) async throws {
        for directory in ["/no/such", "relative", "", "/dev/null", "/tmp\0"] {
            let report = await executor.execute(self.order(.command("pwd"), workingDirectory: directory))
            guard case .notStarted(let reason) = report.outcome else {
                Issue.record("an attempt in \(directory.debugDescription) ended as \(report.outcome)")
                continue
            }
            #expect(reason.contains("working directory"))
            #expect(report.startedAt == nil)
        }
    }

    func preparingTouchesNothingOfItsOwn(_ executor: any AttemptExecutor) async throws {
        try await executor.prepare()
        let pipe = try await self.makePipe(executor)
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask {
                await executor.execute(self.order(.command("cat '\(pipe)'; cat '\(pipe)'"), timeout: .seconds(30)))
            }
            for word in ["one", "two"] {
                // Writing waits for the reader, and so for the attempt to run.
                _ = await executor.execute(self.order(.command("echo \(word) > '\(pipe)'"), timeout: .seconds(30)))
                try await executor.prepare()
            }
            return try #require(try await group.next())
        }
        #expect(report.outcome == .exited(0))
        #expect(self.text(report) == "one\ntwo\n")
        await self.remove(pipe, executor)
    }

    /// Reads what is followed, to its end or until there are so many bytes.
    private func bytes(_ events: AsyncStream<OutputEvent>, upTo count: Int = .max) async -> [UInt8] {
        var all: [UInt8] = []
        for await event in events {
            if case .bytes(let offset, _, let bytes) = event {
                #expect(offset == all.count)
                all += bytes
            }
            if event == .end || all.count >= count { break }
        }
        return all
    }
}
