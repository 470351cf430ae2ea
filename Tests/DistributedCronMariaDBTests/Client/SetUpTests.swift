#if MariaDB
import DistributedCron
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// A set-up that is broken is told in one clear sentence.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct SetUpTests {
    @Test("A wrong password says that the user is refused")
    func wrongPassword() async throws {
        try await Self.expect(.denied, "user") { $0.password = "wrong" }
    }

    @Test("A database that is not there is named")
    func wrongDatabase() async throws {
        try await Self.expect(.wrongDatabase, "distcron_nowhere") { $0.database = "distcron_nowhere" }
    }

    @Test("A port where nobody listens is named with its host")
    func wrongPort() async throws {
        try await Self.expect(.unreachable, "127.0.0.1:1") { $0.hosts = [.init(name: "127.0.0.1", port: 1)] }
    }

    @Test("A host that does not exist is named")
    func wrongHost() async throws {
        try await Self.expect(.unreachable, "nowhere.invalid") { $0.hosts = [.init(name: "nowhere.invalid")] }
    }

    @Test("Of several hosts the first that answers is taken")
    func severalHosts() async throws {
        var configuration = try Self.configuration()
        let last = try #require(configuration.hosts.last)
        configuration.hosts = [.init(name: "127.0.0.1", port: 1), last]
        let pool = ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
        #expect(try await pool.withSession { $0.node } == last.description)
        await pool.close()
    }

    @Test("With TLS the server's certificate is checked, and one that is not trusted is refused")
    func encrypts() async throws {
        let authority = try #require(ProcessInfo.processInfo.environment["DISTCRON_TEST_MARIADB_CA"])
        var configuration = try Self.configuration()
        configuration.tls = .required(authority: authority)
        let pool = ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
        let cipher = try await pool.withSession { session in
            try session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'") { try $0.text(1) }
        }
        #expect(cipher.first?.isEmpty == false)
        await pool.close()
        try await Self.expect(.configuration, "ertificate") { $0.tls = .required(authority: nil) }
    }

    @Test("A server that is read-only says so", .enabled(if: TestServers.mariadb != nil))
    func readOnly() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            let error = await #expect(throws: MariaDBError.self) {
                try await pool.withSession { session in
                    try session.command("CREATE TABLE marks (id INT)")
                    try session.command("SET SESSION TRANSACTION READ ONLY")
                    try session.execute("INSERT INTO marks VALUES (1)")
                }
            }
            #expect(error?.kind == .readOnly)
            #expect(error?.explanation.contains("takes no writes") == true)
            await pool.close()
        }
    }

    private static func configuration() throws -> MariaDBConfiguration {
        try MariaDBConfiguration(url: try #require(TestServers.mariadb))
    }

    private static func expect(
        _ kind: MariaDBError.Kind,
        _ part: String,
        _ change: (inout MariaDBConfiguration) -> Void
    ) async throws {
        var configuration = try Self.configuration()
        change(&configuration)
        let pool = ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
        let error = await #expect(throws: MariaDBError.self) { try await pool.withSession { _ in } }
        #expect(error?.kind == kind, "\(error?.description ?? "")")
        #expect(error?.explanation.contains(part) == true, "\(error?.explanation ?? "")")
        #expect(error?.explanation.contains(configuration.password) == false)
        await pool.close()
    }
}
#endif
