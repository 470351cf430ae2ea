import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron logs`.
struct Logs: AsyncParsableCommand {
    /// What is printed.
    enum Stream: String, CaseIterable, ExpressibleByArgument { case stdout, stderr }

    static let configuration = CommandConfiguration(abstract: "Print what a run wrote.")

    @Argument(help: "A run, or a job's identity or name for its newest run.")
    var target: String
    @Option(help: "Only standard output or only standard error: stdout or stderr.")
    var stream: Stream?
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let client = try self.client.client()
        let run = try await self.newestRun(client)
        let query = self.stream.map { "?stream=\($0.rawValue)" } ?? ""
        let answer = try await client.send(.get, "/runs/\(run)/log\(query)")
        if let dropped = answer.header("Dropped-Bytes"), dropped != "0" {
            StandardError.write("(\(dropped) bytes before this are not kept)\n")
        }
        if answer.body.isEmpty {
            let state = try await client.json(.get, "/runs/\(run)")["state"]?.string ?? ""
            StandardError.write("(run \(run) is \(state), and has written nothing)\n")
        }
        try StandardOutput.write(answer.body)
    }

    private func newestRun(_ client: APIClient) async throws -> String {
        if let run = RunID(self.target) { return "\(run)" }
        let runs = try await client.json(.get, "/jobs/\(client.jobID(self.target))/runs?limit=1")
        guard let run = runs.array?.first?["id"]?.string else {
            throw Failure(
                .notFound,
                "\(self.target) has not run yet",
                help: "run it now with: distcron run --wait \(self.target.shellQuoted)"
            )
        }
        return run
    }
}
