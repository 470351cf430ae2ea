import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron cancel`.
struct CancelRuns: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel runs: those that wait end at once, those in progress are asked to end.",
        discussion: "A job stands for all of its runs that have not ended."
    )

    @Argument(help: "Runs, or jobs' identities or names.", completion: .jobs)
    var targets: [String]
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let client = try self.client.client()
        try await self.targets.forEachInTurn { target in
            for id in try await self.runs(target, client) {
                let run = try await client.json(.post, "/runs/\(id)/cancel")
                try self.format.print(run)
                let state = run["state"]?.string ?? ""
                let isOver = RunState(rawValue: state)?.isTerminal ?? false
                StandardError.write(
                    isOver
                        ? "run \(id) is \(state)\n"
                        : "run \(id) was asked to end; see how it ends with: distcron logs -f \(id)\n"
                )
            }
        }
    }

    private func runs(_ target: String, _ client: APIClient) async throws -> [String] {
        if let run = RunID(target) { return ["\(run)"] }
        let job = try await client.jobID(target)
        var runs: [String] = []
        for state in RunState.allCases where !state.isTerminal {
            let page = try await client.json(.get, "/jobs/\(job)/runs?state=\(state.rawValue)")
            runs += (page.array ?? []).map(\.identity)
        }
        guard !runs.isEmpty else {
            throw Failure(
                .notFound,
                "no run of \(Table.printable(target)) waits or is in progress",
                help: "distcron runs \(target.shellQuoted)"
            )
        }
        return runs
    }
}
