import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron runs`.
struct Runs: AsyncParsableCommand {
    /// The outcomes of runs, in the API's words.
    enum Outcome: String, CaseIterable, ExpressibleByArgument {
        case success
        case failure
        case timeout
        case cancellation
        case skip
        case error
    }

    static let configuration = CommandConfiguration(
        abstract: "List runs, newest first: a job's, or those of every job.",
        discussion: "Where the terminal is narrow identities are cut; -o wide and -o name show all of them."
    )

    @Argument(help: "The job's identity or name.", completion: .jobs)
    var job: String?
    @Option(help: "Only runs with a result.")
    var result: Outcome?
    @Option(help: "Only runs that this asked for.")
    var trigger: RunFilter.Trigger?
    @Option(
        help: ArgumentHelp("Only runs from this time on, RFC 3339 or such as 2h for two hours ago.", valueName: "time"),
        transform: Moment.past
    )
    var since: Instant?
    @Option(
        help: ArgumentHelp("Only runs from before this time, RFC 3339 or such as 2h.", valueName: "time"),
        transform: Moment.past
    )
    var until: Instant?
    @Option(help: "The most runs to list; 0 for all that are kept.")
    var limit = 20
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: ListOptions

    func validate() throws {
        guard self.limit >= 0 else { throw ValidationError("--limit must be at least 0.") }
    }

    func run() async throws {
        let client = try self.client.client()
        var path = "/runs"
        if let job = self.job { path = try await "/jobs/\(client.jobID(job))/runs" }
        let query = QueryText([
            "result": self.result?.rawValue, "trigger": self.trigger?.rawValue, "since": self.since?.description,
            "until": self.until?.description,
        ])
        let runs = Pages(client, path, query, limit: self.limit > 0 ? self.limit : nil)
        let count = try await self.format.print(runs) {
            RunLine.table($0, isWide: self.format.output == .wide, now: .present)
        }
        guard count == 0, self.format.isTable else { return }
        let isFiltered = self.result != nil || self.trigger != nil || self.since != nil || self.until != nil
        StandardError.write(isFiltered ? "no run is like that\n" : "nothing has run yet\n")
    }
}
