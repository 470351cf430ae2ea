import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron add`.
struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add a job, from flags or from one line of a crontab.",
        discussion: """
            distcron add '4 * * * * ls -la'
            distcron add --schedule @daily --script backup.sh --name backup --tz Europe/Berlin
            """
    )

    @Argument(help: "A line of a crontab: a schedule and a command.")
    var line: String?
    @Option(help: "When to run: five fields, a macro, @every 90s or @at <RFC 3339>.")
    var schedule: String?
    @Option(help: "What to run with /bin/sh -c.")
    var command: String?
    @Option(help: ArgumentHelp("A script to upload and run.", valueName: "file"))
    var script: String?
    @Option(help: ArgumentHelp("A binary to upload and run.", valueName: "file"))
    var binary: String?
    @Option(help: "A name, unique among jobs.")
    var name: String?
    @Option(help: "The IANA time zone in which the schedule is read.")
    var tz: String?
    @Option(help: "What happens when clocks change: debian, skip or wall.")
    var dst: String?
    @Flag(help: "The schedule begins with a field for seconds.")
    var seconds = false
    @Option(help: "How many seconds a run may take.")
    var timeout: Int?
    @Option(help: "How many seconds a run has from SIGTERM to SIGKILL.")
    var killGrace: Int?
    @Option(help: "What happens to late instants: latest, all or skip.")
    var misfire: String?
    @Option(help: "What happens when a run is in progress: allow or skip.")
    var concurrency: String?
    @Option(help: "What happens to a run whose worker died: rerun or at_most_once.")
    var recovery: String?
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        let (schedule, executable, type) = try self.work()
        let job: JSONValue
        do {
            job = try await client.json(.post, "/jobs?view=full", body: self.body(schedule, executable, type))
        } catch let failure as Failure where failure.code == .badData {
            // The server uses this same parser; here it can show the place.
            throw Failure(schedule: schedule, seconds: self.seconds) ?? failure
        }
        switch self.format.output {
        case .json: try StandardOutput.write(job.line)
        case .name: try StandardOutput.write("\(job["name"]?.string ?? job["id"]?.string ?? "")\n")
        case .table:
            try StandardOutput.write("\(job["id"]?.string ?? "")\n")
            StandardError.write(Self.message(job))
        }
    }

    /// What to run when.
    private func work() throws -> (schedule: String, executable: String, type: String) {
        let sources = [self.line, self.command, self.script, self.binary].compactMap(\.self)
        guard sources.count == 1 else {
            throw Failure(
                .usage,
                "name one thing to run: a crontab line, --command, --script or --binary",
                help: "distcron add --help"
            )
        }
        if let line = self.line {
            guard self.schedule == nil else { throw Failure(.usage, "a crontab line has its schedule in it") }
            let entry = try CrontabLine(line, seconds: self.seconds)
            return (entry.schedule, entry.command, "command")
        }
        guard let schedule = self.schedule else {
            throw Failure(.usage, "--schedule is missing", help: "such as --schedule '4 * * * *'")
        }
        if let command = self.command { return (schedule, command, "command") }
        if let script = self.script { return (schedule, try InputFile.base64(script), "script") }
        return (schedule, try InputFile.base64(self.binary ?? ""), "binary")
    }

    private func body(_ schedule: String, _ executable: String, _ type: String) -> JSONValue {
        let members: [(String, JSONValue)] = [
            ("executable", .string(executable)), ("schedule", .string(schedule)), ("type", .string(type)),
            ("name", .optional(self.name)), ("timezone", .optional(self.tz)), ("dst", .optional(self.dst)),
            ("seconds", self.seconds ? true : .null), ("timeout_s", .optional(self.timeout)),
            ("kill_grace_s", .optional(self.killGrace)), ("concurrency", .optional(self.concurrency)),
            ("recovery", .optional(self.recovery)),
            ("misfire", self.misfire.map { ["policy": .string($0)] } ?? .null),
        ]
        return .object(members.filter { $0.1 != .null }.map { JSONMember($0.0, $0.1) })
    }

    private static func message(_ job: JSONValue) -> String {
        let id = job["name"]?.string ?? job["id"]?.string ?? ""
        let next = job["next_run_at"]?.string.flatMap { Instant($0) }
        let now = Instant(floor: SystemWallClock().now)
        return """
            added, next \(next.map { RelativeTime.text($0, now: now) } ?? "never")
            run it now with: distcron run --wait \(id.shellQuoted)

            """
    }
}
