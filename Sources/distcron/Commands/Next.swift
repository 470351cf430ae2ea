import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron next`.
struct Next: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print when a schedule fires next.",
        discussion: """
            With --jsonl, every line of standard input is an object
              {"id": …, "expression": …, "zone": …, "after": <RFC 3339>, "count": n}
            with optional seconds, dst, name and anchor, and is answered, in order, by a line
              {"id": …, "next": [<RFC 3339>, …]}  or  {"id": …, "error": <message>, "column": n}
            """
    )

    @Argument(help: "An expression (no server is needed for it), or a job's identity or name.", completion: .jobs)
    var target: [String] = []
    @Option(name: [.customShort("n"), .long], help: "How many instants to print.")
    var count = 5
    @Flag(help: "Answer the questions on standard input, one a line.")
    var jsonl = false
    @OptionGroup var options: ScheduleOptions
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard self.jsonl != !self.target.isEmpty else {
            throw ValidationError("Name an expression or a job, or use --jsonl.")
        }
        guard (1...100_000).contains(self.count) else { throw ValidationError("-n must be 1 to 100000.") }
    }

    func run() async throws {
        let schedule = try await ScheduleTarget(self.target, self.options).schedule(self.client)
        let instants = schedule.instants(after: try self.options.start, count: self.count)
        guard !instants.isEmpty else { return StandardError.write("the schedule never fires again\n") }
        try StandardOutput.write(instants.map { "\($0.formatted(in: schedule.zone))\n" }.joined())
    }
}

extension Schedule {
    /// The first instants after another, fewer if there are fewer.
    func instants(after start: Instant, count: Int) -> [Instant] {
        var instants: [Instant] = []
        var last = start
        while instants.count < count, let next = self.next(after: last) {
            instants.append(next)
            last = next
        }
        return instants
    }
}
