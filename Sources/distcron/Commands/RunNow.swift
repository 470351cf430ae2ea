import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron run`.
struct RunNow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a job now.",
        discussion: "With --wait the exit code is the job's own, 128 + n where signal n ended it."
    )

    @Argument(help: "The job's identity or name.")
    var job: String
    @Flag(help: "Wait for the end, print what the run wrote, and exit with its code.")
    var wait = false
    @Option(help: "How many seconds to wait at most; the run goes on, and the exit code is 124.")
    var timeout: Int?
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        var run = try await client.json(.post, "/jobs/\(client.jobID(self.job))/runs")
        let id = run["id"]?.string ?? ""
        guard self.wait else {
            if self.format.output == .json { return try StandardOutput.write(run.line) }
            try StandardOutput.write("\(id)\n")
            return StandardError.write("asked for; see what it wrote with: distcron logs \(id)\n")
        }
        run = try await self.end(of: id, client)
        if self.format.output == .json {
            try StandardOutput.write(run.line)
        } else {
            try StandardOutput.write(try await client.send(.get, "/runs/\(id)/log").body)
            StandardError.write("\(Self.message(run))\n")
        }
        let code = Self.exitCode(of: run)
        guard code == 0 else { throw ExitCode(code) }
    }

    private func end(of id: String, _ client: APIClient) async throws -> JSONValue {
        let clock = ContinuousClock()
        let deadline = self.timeout.map { clock.now + .seconds($0) }
        while true {
            let left = deadline.map { Int(clock.now.duration(to: $0).components.seconds) + 1 } ?? 60
            let run = try await client.json(.get, "/runs/\(id)", wait: max(1, min(left, 60)))
            if let state = run["state"]?.string.flatMap(RunState.init(rawValue:)), state.isTerminal { return run }
            if let deadline, clock.now >= deadline {
                throw Failure(
                    .timedOut,
                    "run \(id) has not ended within \(self.timeout ?? 0) s, and goes on",
                    help: "distcron logs \(id)"
                )
            }
        }
    }

    /// The code of a run that has ended: its own, or 1 if it failed without one.
    static func exitCode(of run: JSONValue) -> Int32 {
        if run["state"]?.string == RunState.succeeded.rawValue { return 0 }
        guard let code = run["exit_code"]?.integer, code != 0 else { return Int32(1) }
        return Int32(truncatingIfNeeded: code & 0xFF)
    }

    /// How a run ended, in a sentence.
    static func message(_ run: JSONValue) -> String {
        let state = run["state"]?.string ?? "ended"
        let code = run["exit_code"]?.integer.map { ": exit \($0)" } ?? ""
        let detail = run["detail"]?.string.map { ": \($0)" } ?? ""
        guard case .number(let seconds) = run["duration_s"] else { return "\(state)\(code)\(detail)" }
        return "\(state)\(code) in \(seconds) s\(detail)"
    }
}
