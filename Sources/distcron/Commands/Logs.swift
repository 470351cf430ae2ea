import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron logs`.
struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what a run wrote, or follow what it writes.",
        discussion: """
            Without -f all of it goes to standard output. With -f what the run writes to its standard error goes to \
            standard error, and Ctrl-C ends the following, not the run.
            """
    )

    @Argument(help: "A run, or a job's identity or name for its newest run.", completion: .jobs)
    var target: String
    @Flag(name: .shortAndLong, help: "Go on until the run ends.")
    var follow = false
    @Option(name: [.customShort("n"), .long], help: "Only the last lines, and what follows them.")
    var tail: Int?
    @Option(help: "Only standard output or only standard error: stdout or stderr.")
    var stream: LogStream?
    @Flag(help: "Take out colours and other control sequences.")
    var stripAnsi = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard self.tail.map({ (1...100_000).contains($0) }) ?? true else {
            throw ValidationError("--tail must be 1 to 100000.")
        }
        guard !self.follow || self.tail == nil || self.stream == nil else {
            throw ValidationError("--follow takes --tail or --stream, not both.")
        }
    }

    func run() async throws {
        let client = try self.client.client()
        let id = try await client.runID(self.target)
        guard self.follow else { return try await self.print(id, client) }
        let printer = LogPrinter(self.stream, stripsControls: self.stripAnsi)
        let position = self.tail == nil ? nil : try await self.printTail(id, client)
        try await Interruption.ends(saying: "") {
            try await LogFollower(client: client, run: id) { try printer.print($0) }.follow(from: position)
        }
        StandardError.write("\(RunLine.ending(try await client.json(.get, "/runs/\(id)")))\n")
    }

    private func print(_ id: String, _ client: APIClient) async throws {
        let answer = try await self.log(id, client, tail: self.tail)
        if let dropped = answer.header("Dropped-Bytes"), dropped != "0", self.tail == nil {
            StandardError.write("(\(dropped) bytes before this are not kept)\n")
        }
        if answer.body.isEmpty {
            let state = try await client.json(.get, "/runs/\(id)")["state"]?.string ?? ""
            StandardError.write("(run \(id) is \(state), and has written nothing)\n")
        }
        try StandardOutput.write(answer.body)
    }

    /// Prints the last lines so far.
    ///
    /// - Returns: Where to go on.
    private func printTail(_ id: String, _ client: APIClient) async throws -> String {
        let attempt = try await client.json(.get, "/runs/\(id)")["attempt"]?.integer ?? 1
        let answer = try await client.send(.get, "/runs/\(id)/log")
        var lines = LastLines.of(answer.body, self.tail ?? 0)
        if self.stripAnsi {
            var stripper = ANSIStripper()
            lines = stripper.strip(lines)
        }
        try StandardOutput.write(lines)
        let dropped = answer.header("Dropped-Bytes").flatMap { Int($0) } ?? 0
        return LogPosition.id(dropped + answer.body.count, attempt: max(1, attempt))
    }

    private func log(_ id: String, _ client: APIClient, tail: Int?) async throws -> APIClient.Answer {
        let query = QueryText([
            "tail": tail.map { "\($0)" }, "stream": self.stream?.rawValue, "ansi": self.stripAnsi ? "strip" : nil,
        ])
        return try await client.send(.get, "/runs/\(id)/log\(query)")
    }
}
