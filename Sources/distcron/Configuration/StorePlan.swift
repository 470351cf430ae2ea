import ArgumentParser

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
            try options.kind ?? Self.read(settings, "store.kind", StoreOptions.Kind.words) { .init(rawValue: $0) }
            ?? .directory
        self.directory = options.dataDir ?? settings.value(of: "store.directory")?.text ?? "./.distcron"
        self.runs = try options.retainRuns ?? Self.span(settings, "retention.runs")
        self.jobs = try options.retainJobs ?? Self.span(settings, "retention.jobs")
    }

    private static func span(_ settings: Settings, _ key: String) throws -> Span? {
        try self.read(settings, key, "a span of 1h or more, such as 30d") { text in
            Span(text).flatMap { $0.seconds >= StoreOptions.leastRetention ? $0 : nil }
        }
    }

    /// Reads a setting.
    ///
    /// - Parameters:
    ///   - settings: What is said.
    ///   - key: Its key.
    ///   - wanted: What it has to be, in words.
    ///   - parse: Makes a value of a text, or nil if it is none.
    /// - Returns: The value, or nil if nothing is said.
    /// - Throws: ``Failure`` if the text is not what is wanted.
    static func read<Value>(
        _ settings: Settings,
        _ key: String,
        _ wanted: String,
        _ parse: (String) -> Value?
    ) throws -> Value? {
        guard let said = settings.value(of: key) else { return nil }
        guard let value = parse(said.text) else {
            // Without the text itself, which may be a URL with a password.
            throw Failure(.configuration, "\(said.place) must be \(wanted)")
        }
        return value
    }
}
