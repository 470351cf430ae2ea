import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// `distcron list`.
struct List: AsyncParsableCommand {
    /// Whether the schedule of a job is in force.
    enum State: String, CaseIterable, ExpressibleByArgument {
        case active
        case paused
    }

    static let configuration = CommandConfiguration(
        abstract: "List jobs.",
        discussion: """
            Jobs that will not run again, because they were removed or because their schedule has ended, are listed with \
            --all or --status finished.
            """,
        aliases: ["ls"]
    )

    @Option(help: "Only jobs of a status.")
    var status: JobStatus?
    @Flag(help: "Only jobs whose last run failed, as --status error.")
    var failing = false
    @Option(help: "Only jobs of a type.")
    var type: Executable.Kind?
    @Option(help: "Only jobs whose schedule is in force, or is not.")
    var state: State?
    @Option(help: ArgumentHelp("Only jobs with a label; may be given more than once.", valueName: "key=value"))
    var label: [String] = []
    @Option(help: ArgumentHelp("Only jobs with a text in name, description or command.", valueName: "text"))
    var search: String?
    @Flag(help: "Also jobs that will not run again.")
    var all = false
    @Option(help: "The most jobs to list.")
    var limit: Int?
    @Option(help: "The order.")
    var sort = JobOrder.created
    @Flag(help: "Exit with 1 if any job is listed.")
    var exitCode = false
    @OptionGroup var client: ClientOptions
    @OptionGroup var format: ListOptions

    func validate() throws {
        guard self.limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit must be at least 1.") }
        guard !self.failing || self.status == nil else { throw ValidationError("--failing is --status error.") }
    }

    func run() async throws {
        let status = self.failing ? .error : self.status
        var query = QueryText([
            "view": "full", "status": status?.rawValue, "type": self.type?.rawValue, "state": self.state?.rawValue,
            "q": self.search,
        ])
        for label in self.label { query.add("label", label) }
        let showsFinished = self.all || status == .finished
        let jobs = Pages(
            try self.client.client(),
            "/jobs",
            query,
            limit: self.sort == .created ? self.limit : nil
        ) { showsFinished || $0["status"]?.string != JobStatus.finished.rawValue }
        let table = { JobLine.table($0, isWide: self.format.output == .wide, now: .present) }
        let count: Int
        if self.sort == .created {
            count = try await self.format.print(jobs, table: table)
        } else {
            let sorted = self.sort.sorted(try await jobs.reduce(into: []) { $0 += $1 }).prefix(self.limit ?? .max)
            count = try await self.format.print(AsyncThrowingStream(page: Array(sorted)), table: table)
        }
        if count == 0, self.format.isTable { StandardError.write(self.nothing) }
        if count > 0, self.exitCode { throw ExitCode(1) }
    }

    private var nothing: String {
        let isFiltered =
            self.status != nil || self.failing || self.type != nil || self.state != nil || !self.label.isEmpty
            || self.search != nil
        return isFiltered
            ? "no job is like that; distcron list --all lists every job\n"
            : "there are no jobs; add one with: distcron add '4 * * * * ls -la'\n"
    }
}

extension AsyncThrowingStream<[JSONValue], any Error> {
    /// A list of which everything is here.
    fileprivate init(page: [JSONValue]) {
        self.init { continuation in
            continuation.yield(page)
            continuation.finish()
        }
    }
}
