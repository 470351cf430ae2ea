import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron set`.
struct SetJob: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a job, and say what changed.",
        discussion: """
            distcron set backup schedule='30 2 * * *' timeout_s=15m retry.max=3
            distcron set backup labels.team=billing env.LANG= description=null
            distcron set backup --script backup.sh

            The keys are the members of the API: \(JobField.all.map(\.name).joined(separator: ", ")). Nothing or null \
            after the sign sets a member back to its default. Somebody else's change in between is not overwritten.
            """
    )

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String
    @Argument(help: ArgumentHelp("What to change.", valueName: "key=value"))
    var assignments: [String] = []
    @OptionGroup(title: "What to run instead") var upload: UploadOptions
    @OptionGroup(title: "Client") var client: ClientOptions
    @OptionGroup(title: "Client") var format: OutputOptions

    func run() async throws {
        var changes = JobChanges()
        for assignment in self.assignments { try changes.assign(assignment) }
        guard !changes.isEmpty || self.upload.count == 1 else {
            throw Failure(.usage, "there is nothing to change", help: "such as timeout_s=15m, or --script FILE")
        }
        guard self.upload.count <= 1 else {
            throw Failure(.usage, "name one thing to run: --command, --script or --binary")
        }
        let client = try self.client.client()
        let answer = try await client.send(.get, "/jobs/\(client.jobID(self.job))?view=full")
        let before = try answer.json()
        let after = try await self.change(before, changes, version: answer.header("ETag"), client)
        try self.format.print(after)
        StandardError.write(Self.message(from: before, to: after, changes.json))
    }

    private func change(
        _ job: JSONValue,
        _ changes: JobChanges,
        version: String?,
        _ client: APIClient
    ) async throws -> JSONValue {
        let seconds = changes.json["seconds"]?.bool ?? job["seconds"]?.bool ?? false
        do {
            return try await Failure.showingPlace(in: changes.json["schedule"]?.string, seconds: seconds) {
                try await self.upload.send(changes) { body in
                    try await client.send(.patch, "/jobs/\(job.identity)?view=full", body: body, ifMatch: version)
                }.json()
            }
        } catch let failure as Failure where failure.isStaleVersion {
            throw Failure(
                .tryAgain,
                "somebody else has changed \(Table.printable(self.job)) in the meantime; nothing was changed here",
                help: "look at it with: distcron get \(self.job.shellQuoted); then try again"
            )
        }
    }

    /// The members of a job that are not the same after a change, as they were and as they are.
    static func differences(from before: JSONValue, to after: JSONValue) -> [String] {
        let roots = Set(JobField.all.map { $0.name.prefix { $0 != "." } })
        guard case .object(let members) = after else { return [] }
        var lines: [String] = []
        for member in members where roots.contains(member.name[...]) {
            lines += Self.differences(member.name, before[member.name] ?? .null, member.value)
        }
        if before["artifact"] != after["artifact"], let digest = after["artifact"]?["sha256"]?.string {
            lines.append("executable: a file of \(after["artifact"]?["size"]?.integer ?? 0) bytes, SHA-256 \(digest)")
        }
        return lines
    }

    private static func differences(_ name: String, _ before: JSONValue, _ after: JSONValue) -> [String] {
        guard before != after else { return [] }
        guard case .object(let new) = after, case .object(let old) = before else {
            return ["\(name): \(Self.shown(before)) → \(Self.shown(after))"]
        }
        let added = new.filter { member in !old.contains { $0.name == member.name } }
        return (old + added).flatMap { member in
            Self.differences("\(name).\(member.name)", before[member.name] ?? .null, after[member.name] ?? .null)
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "none"
        case .string(let text) where !text.isEmpty: Table.shorten(Table.printable(text), to: 60)
        default: Table.printable(value.text)
        }
    }

    /// A choice that no value shows: what a lapse means looks the same whether somebody has chosen it or not.
    ///
    /// Everyone is shown the value that counts, so only the version tells that the choice may have been made now, or taken back.
    /// What is said is so in any case.
    private static func choice(from before: JSONValue, to after: JSONValue, _ changes: JSONValue) -> String? {
        guard let named = changes["on_lapse"], let conduct = after["on_lapse"], before["on_lapse"] == conduct,
            before["version"] != after["version"]
        else { return nil }
        let reason = named == .null ? "as recovery and concurrency have it" : "whatever recovery and concurrency are"
        return "on_lapse: \(Self.shown(conduct)), \(reason)"
    }

    /// What people read of a job as it was, as it is, and what was asked for in between.
    static func message(from before: JSONValue, to after: JSONValue, _ changes: JSONValue) -> String {
        var lines = Self.differences(from: before, to: after)
        if let choice = Self.choice(from: before, to: after, changes) { lines.append(choice) }
        guard !lines.isEmpty else { return "nothing changed: \(after.jobName) is like that already\n" }
        let summary = "changed \(after.jobName), \(JobLine.prospect(after))"
        return (lines + [summary]).map { "\(Table.printable($0))\n" }.joined()
    }
}
