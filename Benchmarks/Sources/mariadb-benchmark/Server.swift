#if MariaDB
import DistributedCron
import DistributedCronMariaDB
import Logging

/// The server that is measured, and databases of the benchmark's own on it.
struct Server {
    let configuration: MariaDBConfiguration
    let logger = Logger(label: "benchmark") { StreamLogHandler.standardError(label: $0) }

    /// A database with the schema of this program.
    ///
    /// - Parameters:
    ///   - name: Its name, after `distcron_`.
    ///   - reusing: Whether it stays as it is if it is there.
    /// - Returns: The database.
    /// - Throws: `JobStoreError`, or ``BareServer/Failure``.
    func database(_ name: String, reusing: Bool = false) async throws -> Database {
        var configuration = self.configuration
        let bare = try BareServer(configuration)
        configuration.database = "distcron_\(name)"
        if !reusing { try bare.command("DROP DATABASE IF EXISTS \(configuration.database)") }
        try bare.command("CREATE DATABASE IF NOT EXISTS \(configuration.database)")
        let migrator = SchemaMigrator(configuration: configuration, logger: self.logger)
        _ = try await migrator.migrate()
        await migrator.close()
        return Database(
            configuration: configuration,
            store: MariaDBJobStore(configuration: configuration, logger: self.logger),
            bare: try BareServer(configuration)
        )
    }
}

/// One database, reached through the store and without it.
struct Database {
    let configuration: MariaDBConfiguration
    let store: MariaDBJobStore
    let bare: BareServer
}

extension JobID {
    /// The bytes as they are stored.
    var bytes: [UInt8] { withUnsafeBytes(of: self.rawValue.bigEndian) { Array($0) } }
}
#endif
