import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// `distcron list`.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List jobs.", aliases: ["ls"])

    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let answer = try await self.client.client().send(.get, "/jobs?view=full")
        if self.format.output == .json { return try StandardOutput.write(answer.body) }
        let jobs = try answer.json().array ?? []
        if self.format.output == .name {
            let names = jobs.map { "\($0["name"]?.string ?? $0["id"]?.string ?? "")\n" }
            return try StandardOutput.write(names.joined())
        }
        guard !jobs.isEmpty else { return StandardError.write("there are no jobs; add one with: distcron add\n") }
        let now = Instant(floor: SystemWallClock().now)
        var table = Table(JobLine.header, flexible: JobLine.header.count - 1)
        for job in jobs { table.add(JobLine.cells(job, now: now)) }
        try StandardOutput.write(table.text(width: StandardOutput.columns))
    }
}
