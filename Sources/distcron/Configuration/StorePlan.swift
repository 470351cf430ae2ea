import DistributedCronProcess

/// Where a server keeps its jobs and runs, and for how long: flags first, then the environment, then the file.
struct StorePlan {
    let kind: StoreOptions.Kind
    let directory: String
    /// How long runs are kept after their end; nil for the library's default.
    let runs: Span?
    /// How long jobs that are over are kept; nil for the library's default.
    let jobs: Span?
    let settings: Settings

    /// Puts together what is said.
    ///
    /// - Throws: ``Failure`` if a setting is not understood; what is wrong with a flag is said before.
    init(_ options: StoreOptions, _ settings: Settings) throws {
        self.settings = settings
        self.kind =
            try options.kind ?? settings.read(.storeKind, StoreOptions.Kind.words) { .init(rawValue: $0) }
            ?? .directory
        self.directory = options.dataDir ?? settings.value(of: .storeDirectory)?.text ?? "./.distcron"
        self.runs = try options.retainRuns ?? Retention.span(settings, .retainedRuns)
        self.jobs = try options.retainJobs ?? Retention.span(settings, .retainedJobs)
    }
}
