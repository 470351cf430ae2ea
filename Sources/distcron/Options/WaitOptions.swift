import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// Whether a command that asked for a run waits for its end.
struct WaitOptions: ParsableArguments {
    /// What the help of such a command says.
    static let discussion = """
        With --wait the exit code is the job's own, 128 + n where signal n ended it, and 124 after --timeout. Ctrl-C ends \
        the waiting, not the run.
        """

    @Flag(name: .shortAndLong, help: "Show what the run writes until it ends, and exit with its code.")
    var wait = false
    @Option(help: ArgumentHelp("How long to wait at most; the run goes on.", valueName: "span"))
    var timeout: Span?

    func validate() throws {
        guard self.wait || self.timeout == nil else { throw ValidationError("--timeout is for --wait.") }
    }

    /// Says what was asked for, or shows it until its end.
    ///
    /// - Throws: ``Failure``; the run's own exit code.
    func show(_ run: JSONValue, _ client: APIClient, _ format: OutputOptions) async throws {
        let id = run.identity
        guard self.wait else {
            try format.print(run)
            if format.output == .table { try StandardOutput.write("\(id)\n") }
            return StandardError.write("asked for; see what it writes with: distcron logs -f \(id)\n")
        }
        let ended = try await self.follow(id, client, format)
        try format.print(ended)
        StandardError.write("\(RunLine.ending(ended))\n")
        let code = Self.exitCode(of: ended)
        guard code == 0 else { throw ExitCode(code) }
    }

    /// Shows the log of a run until its end.
    private func follow(_ id: String, _ client: APIClient, _ format: OutputOptions) async throws -> JSONValue {
        let timeout = self.timeout
        // What reads JSON wants nothing else.
        let printer = format.output == .table ? LogPrinter() : nil
        return try await Interruption.ends(saying: "\nthe run goes on; end it with: distcron cancel \(id)\n") {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await LogFollower(client: client, run: id) { try printer?.print($0) }.follow() }
                if let timeout {
                    group.addTask {
                        try await client.clock.sleep(for: .seconds(timeout.seconds))
                        throw Failure(
                            .timedOut,
                            "run \(id) has not ended within \(Span.text(seconds: timeout.seconds)), and goes on",
                            help: "distcron logs -f \(id); or end it with: distcron cancel \(id)"
                        )
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            return try await client.json(.get, "/runs/\(id)")
        }
    }

    /// The code of a run that has ended: its own, or 1 if it failed without one.
    static func exitCode(of run: JSONValue) -> Int32 {
        if run["state"]?.string == RunState.succeeded.rawValue { return 0 }
        guard let code = run["exit_code"]?.integer, code != 0 else { return Int32(1) }
        return Int32(truncatingIfNeeded: code & 0xFF)
    }
}
