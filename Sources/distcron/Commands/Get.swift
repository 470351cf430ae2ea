import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron get`.
struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a job and its last runs.")

    @Argument(help: "The job's identity or name.")
    var job: String
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        let job = try await client.job(self.job)
        let id = job["id"]?.string ?? ""
        switch self.format.output {
        case .json: try StandardOutput.write(job.line)
        case .name: try StandardOutput.write("\(job["name"]?.string ?? id)\n")
        case .table:
            let runs = try await client.json(.get, "/jobs/\(id)/runs?limit=5").array ?? []
            try StandardOutput.write(Self.text(job))
            guard !runs.isEmpty else { return }
            let now = Instant(floor: SystemWallClock().now)
            var table = Table(JobLine.runHeader, flexible: 0)
            for run in runs { table.add(JobLine.runCells(run, now: now)) }
            try StandardOutput.write("\n" + table.text(width: StandardOutput.columns))
        }
    }

    /// A line for each member that says something.
    static func text(_ job: JSONValue) -> String {
        guard case .object(let members) = job else { return "" }
        let width = members.map(\.name.count).max() ?? 0
        return members.filter { $0.value != .null }.map { member in
            let value = Table.printable(member.value.string ?? member.value.text)
            return "\(member.name)\(String(repeating: " ", count: width - member.name.count + 2))\(value)\n"
        }.joined()
    }
}
