import ArgumentParser
import DistributedCronProcess

/// Where a server keeps its jobs and runs, and for how long.
struct StoreOptions: ParsableArguments {
    /// The kinds of stores.
    enum Kind: String, CaseIterable {
        /// A journal in the data directory.
        case directory
        /// The process's memory.
        case memory
        /// A database, which the environment names.
        case mariadb

        /// All of them, in words.
        static let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
    }

    @Option(
        help: """
            Where jobs and runs are kept: directory (if nothing is said), memory, or mariadb, whose URL is in DISTCRON_STORE_URL or in parts in \
            DISTCRON_DATABASE_HOSTS, _NAME, _USER, _PASSWORD_FILE, _TLS, _CA and _POOL.
            """,
        completion: .list(Kind.allCases.map(\.rawValue))
    )
    var store: String?
    @Flag(help: "Keep jobs and runs in memory only: --store memory.")
    var memory = false
    @Option(
        help:
            "Where files are kept, and jobs and runs too unless --store says otherwise; ./.distcron if nothing is said.",
        completion: .directory
    )
    var dataDir: String?
    @Option(help: ArgumentHelp("How long runs are kept after their end; 30d if not given.", valueName: "span"))
    var retainRuns: Span?
    @Option(help: ArgumentHelp("How long jobs that are over are kept; 90d if not given.", valueName: "span"))
    var retainJobs: Span?
    @Option(help: .hidden)
    var storeUrl: String?

    /// The kind that was asked for, if one was.
    var kind: Kind? { self.store.flatMap(Kind.init) ?? (self.memory ? .memory : nil) }

    func validate() throws {
        // Never with the text itself, which may hold a password.
        guard self.storeUrl == nil, self.store?.contains("://") != true else {
            throw ValidationError(
                """
                The URL of the database belongs in the environment variable DISTCRON_STORE_URL: its password would be \
                shown to every user of this machine that lists processes.
                """
            )
        }
        if let store = self.store, Kind(rawValue: store) == nil {
            throw ValidationError("--store must be \(Kind.words).")
        }
        if self.memory, let kind = self.kind, kind != .memory {
            throw ValidationError("--memory is --store memory, and not --store \(kind.rawValue).")
        }
        for (name, span) in [("--retain-runs", self.retainRuns), ("--retain-jobs", self.retainJobs)] {
            guard span.map({ $0.seconds >= Retention.leastSeconds }) ?? true else {
                throw ValidationError("\(name) must be 1h or more: workers have to hear of what becomes of a job.")
            }
        }
    }
}
