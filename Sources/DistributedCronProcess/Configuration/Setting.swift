/// One thing that can be said of a program's surroundings: by a flag, by a variable, or in a configuration file.
package struct Setting: Sendable, Hashable {
    /// Its name in a configuration file, such as `database.passwordFile`.
    package let key: String
    /// What counts if nothing is said; nil where nothing does.
    package let fallback: String?

    private init(_ key: String, _ fallback: String? = nil) {
        self.key = key
        self.fallback = fallback
    }

    /// The variable that says the same: `DISTCRON_DATABASE_PASSWORD_FILE` for `database.passwordFile`.
    package var variable: String {
        let words = self.key.map { $0 == "." ? "_" : $0.isUppercase ? "_\($0)" : "\($0)" }
        return "DISTCRON_" + words.joined().uppercased()
    }

    /// The port of the API; 0 for any that is free.
    package static let httpPort = Self("http.port", "30000")
    /// Where a server that is everything keeps jobs and runs.
    package static let storeKind = Self("store.kind", "directory")
    /// The data directory of a server that is everything.
    package static let storeDirectory = Self("store.directory", "./.distcron")
    /// How long runs are kept after their end.
    package static let retainedRuns = Self("retention.runs", "30d")
    /// How long jobs that are over are kept.
    package static let retainedJobs = Self("retention.jobs", "90d")
    /// Where scripts, binaries and long outputs are, for all processes of a cluster.
    package static let artifactsDirectory = Self("artifacts.directory", "./.distcron/artifacts")
    /// Where a worker has its journal and the directories of its runs.
    package static let workerDirectory = Self("worker.directory", "./.distcron/worker")
    /// How many attempts a worker runs at once; four for each core if nothing is said.
    package static let workerCapacity = Self("worker.capacity")
    /// How long attempts may go on after a worker was asked to end.
    package static let workerDrain = Self("worker.drain", "15m")
    /// The name by which people know the worker's machine; its host name if nothing is said.
    package static let workerHost = Self("worker.host")
    /// The form of log messages: `text` or `json`.
    package static let logFormat = Self("log.format", "text")
    /// The least severe messages that are logged.
    package static let logLevel = Self("log.level", "info")

    /// The database, all of which one URL may say instead.
    package static let database = ["hosts", "name", "user", "passwordFile", "tls", "ca", "pool"].map {
        Self("database.\($0)")
    }
    /// The ensemble, all of which one URL may say instead.
    package static let ensemble = ["hosts", "chroot", "user", "passwordFile", "session"].map { Self("zookeeper.\($0)") }

    /// Everything that there is to say, for whichever program.
    package static let all =
        [
            Self.httpPort, .storeKind, .storeDirectory, .retainedRuns, .retainedJobs, .artifactsDirectory,
            .workerDirectory,
            .workerCapacity, .workerDrain, .workerHost, .logFormat, .logLevel,
        ] + Self.database + Self.ensemble

    /// The setting with a key, or nil if there is none.
    package init?(key: String) {
        guard let setting = Self.all.first(where: { $0.key == key }) else { return nil }
        self = setting
    }
}
