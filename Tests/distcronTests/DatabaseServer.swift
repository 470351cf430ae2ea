#if HTTP && MariaDB
import DistributedCron
import DistributedCronMariaDB
import Foundation
import Logging
import Testing

/// A database of a test's own on the server that the environment names.
struct DatabaseServer {
    /// The server, which `Scripts/servers` has started.
    static let url = ProcessInfo.processInfo.environment["DISTCRON_TEST_MARIADB"]
    /// The three nodes of a cluster, which it has started too.
    static let galera = ProcessInfo.processInfo.environment["DISTCRON_TEST_GALERA"]

    /// What the tool finds in its environment.
    let environment: [String: String]
    private let pool: ConnectionPool

    /// Makes an empty database, has it used, and removes it.
    static func with(_ body: (DatabaseServer) async throws -> Void) async throws {
        let url = try #require(Self.url)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = ConnectionPool(configuration: try MariaDBConfiguration(url: url), logger: logger)
        let name = "distcron_\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        try await server.withSession { try $0.command("CREATE DATABASE \(name)") }
        let own = String(url.prefix(through: try #require(url.lastIndex(of: "/")))) + name
        let pool = ConnectionPool(configuration: try MariaDBConfiguration(url: own), logger: logger)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(Self(environment: ["DISTCRON_STORE_URL": own], pool: pool)))
        } catch {
            outcome = .failure(error)
        }
        await pool.close()
        try await server.withSession { try $0.command("DROP DATABASE \(name)") }
        await server.close()
        try outcome.get()
    }

    /// Does something in the database.
    func command(_ sql: String) async throws { try await self.pool.withSession { try $0.command(sql) } }

    /// Which cluster it is of, once it is migrated.
    func cluster() async throws -> ClusterID {
        let found = try await self.pool.withSession { session in
            try session.query("SELECT id FROM cluster") { try $0.text(0) }
        }
        return ClusterID(rawValue: try #require(found.first))
    }

    /// How many tables there are.
    func tableCount() async throws -> Int {
        try await self.pool.withSession { session in
            try session.query("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()") {
                try $0.int(0)
            }
        }[0]
    }
}
#endif
