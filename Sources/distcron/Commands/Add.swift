import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron add`.
struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add a job, from flags or from one line of a crontab.",
        discussion: """
            distcron add '4 * * * * ls -la'
            distcron add --schedule @daily --script backup.sh --name backup --tz Europe/Berlin --retry-max 3

            Spans of time are written as 90, 90s, 15m, 2h or 1d.
            """
    )

    @Argument(help: "A line of a crontab: a schedule and a command.")
    var line: String?
    @Flag(help: "Only say what the job would do.")
    var dryRun = false
    @OptionGroup(title: "What to run") var upload: UploadOptions
    @OptionGroup(title: "The job") var job: JobOptions
    @OptionGroup(title: "How its runs behave") var policies: PolicyOptions
    @OptionGroup(title: "Client") var client: ClientOptions
    @OptionGroup(title: "Client") var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        let (schedule, changes) = try self.changes()
        let path = "/jobs\(QueryText(["view": "full", "dry_run": self.dryRun ? "1" : nil]))"
        let job = try await Failure.showingPlace(in: schedule, seconds: self.job.seconds) {
            if self.upload.isLong { try await Self.check(changes, client) }
            return try await self.upload.send(changes) { try await client.send(.post, path, body: $0) }.json()
        }
        guard !self.dryRun else {
            return self.format.output == .json
                ? try StandardOutput.write(job.line)
                : try StandardOutput.write(Self.preview(job, schedule: schedule))
        }
        try self.format.print(job)
        guard self.format.output == .table else { return }
        try StandardOutput.write("\(job.identity)\n")
        StandardError.write(Self.message(job))
    }

    /// Asks a server what it thinks of everything but the file, which is not sent for nothing then.
    private static func check(_ changes: JobChanges, _ client: APIClient) async throws {
        var changes = changes
        changes.set(["executable"], "true")
        changes.set(["type"], "command")
        _ = try await client.send(.post, "/jobs?dry_run=1", body: .json(changes.json))
    }

    /// What the job is to be, and its schedule.
    private func changes() throws -> (schedule: String, JobChanges) {
        guard self.upload.count + (self.line == nil ? 0 : 1) == 1 else {
            throw Failure(
                .usage,
                "name one thing to run: a crontab line, --command, --script or --binary",
                help: "distcron add --help"
            )
        }
        var changes = JobChanges()
        let schedule: String
        if let line = self.line {
            guard self.job.schedule == nil else { throw Failure(.usage, "a crontab line has its schedule in it") }
            let entry = try CrontabLine(line, seconds: self.job.seconds)
            changes.set(["executable"], .string(entry.command))
            changes.set(["type"], "command")
            schedule = entry.schedule
        } else if let flag = self.job.schedule {
            schedule = flag
        } else {
            throw Failure(.usage, "--schedule is missing", help: "such as --schedule '4 * * * *'")
        }
        changes.set(["schedule"], .string(schedule))
        try self.job.write(to: &changes)
        try self.policies.write(to: &changes)
        return (schedule, changes)
    }

    private static func message(_ job: JSONValue) -> String {
        let findings = (job["findings"]?.array ?? []).compactMap { $0["message"]?.string }.map { "note: \($0)\n" }
        return """
            added, \(JobLine.prospect(job))
            \(findings.joined())run it now with: distcron run --wait \(job.jobName.shellQuoted)

            """
    }

    /// What a server says that a job would do.
    static func preview(_ answer: JSONValue, schedule: String) -> String {
        let zone = answer["timezone"]?.string ?? "UTC"
        var lines = ["\(schedule)  (\(zone))", answer["words"]?.string ?? ""]
        let fires = answer["next"]?.array ?? []
        if fires.isEmpty { lines.append("never runs") }
        for fire in fires {
            let note = fire["note"]?.string.map { "  \($0)" } ?? ""
            lines.append("next  \(fire["local"]?.string ?? "")\(note)")
        }
        lines += (answer["findings"]?.array ?? []).compactMap { $0["message"]?.string }.map { "note: \($0)" }
        return lines.map { "\(Table.printable($0))\n" }.joined()
    }
}
