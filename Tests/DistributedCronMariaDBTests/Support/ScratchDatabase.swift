#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Logging
import Testing

@testable import DistributedCronMariaDB

/// The servers that the tests run against, which `Scripts/servers` has started and named in the environment.
enum TestServers {
    static let mariadb = ProcessInfo.processInfo.environment["DISTCRON_TEST_MARIADB"]
    static let galera = ProcessInfo.processInfo.environment["DISTCRON_TEST_GALERA"]
}

/// A database of its own on a real server, migrated and without jobs, that is gone after the test.
struct ScratchDatabase: Sendable {
    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()
    /// How many tests have a database at the same time: each has connections, of which a server gives some hundred.
    private static let places = TestPlaces(4)

    let configuration: MariaDBConfiguration
    let slotCount: Int

    /// Makes a database, has it used, and removes it.
    ///
    /// - Parameters:
    ///   - url: The server, or the nodes of a cluster.
    ///   - slotCount: How many slots the cluster has.
    ///   - body: What to do with it.
    /// - Throws: What the body throws; ``MariaDBError``.
    static func with(
        _ url: String?,
        slotCount: Int = 16,
        _ body: @Sendable (ScratchDatabase) async throws -> Void
    ) async throws {
        try await self.places.take {
            var configuration = try MariaDBConfiguration(url: try #require(url))
            let name = "distcron_\(String(UInt64.random(in: 0...(.max)), radix: 36))"
            let server = ConnectionPool(configuration: configuration, logger: self.logger)
            try await server.withSession { try $0.command("CREATE DATABASE \(name)") }
            for host in configuration.hosts { try await self.wait(for: name, at: host, configuration) }
            configuration.database = name
            configuration.poolSize = 8
            let scratch = ScratchDatabase(configuration: configuration, slotCount: slotCount)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(scratch))
            } catch {
                outcome = .failure(error)
            }
            try await server.withSession { try $0.command("DROP DATABASE \(name)") }
            await server.close()
            try outcome.get()
        }
    }

    /// Waits until a node of a cluster has heard of a database; connecting to one is not causal.
    private static func wait(
        for database: String,
        at host: MariaDBConfiguration.Host,
        _ configuration: MariaDBConfiguration
    ) async throws {
        var configuration = configuration
        configuration.hosts = [host]
        configuration.database = database
        let node = ConnectionPool(configuration: configuration, logger: self.logger)
        while true {
            do {
                try await node.withSession { _ in }
                return await node.close()
            } catch let error as MariaDBError where error.kind == .wrongDatabase {}
        }
    }

    /// Migrates the database and gives its slots the watermark that they have in a store that was made at this moment.
    func migrate(now: Date) async throws {
        let pool = ConnectionPool(configuration: self.configuration, logger: Self.logger)
        _ = try await SchemaMigrator(pool: pool).migrate(slotCount: self.slotCount)
        try await pool.withSession { session in
            try session.execute("UPDATE slots SET accounted_until = ?", [.instant(Instant(floor: now))])
        }
        await pool.close()
        // A node that has not come so far yet would lack the tables.
        for host in self.configuration.hosts.dropFirst() {
            let store = self.store(nil) { $0.hosts = [host] }
            _ = try await store.slots()
            await store.close()
        }
    }

    /// Opens a store that takes its time from a clock of the test.
    func store(_ clock: (any WallClock)?, _ change: (inout MariaDBConfiguration) -> Void = { _ in }) -> MariaDBJobStore
    {
        var configuration = self.configuration
        change(&configuration)
        return MariaDBJobStore(
            pool: ConnectionPool(configuration: configuration, logger: Self.logger),
            wallClock: clock,
            logger: Self.logger
        )
    }
}

/// Lets some tests in at a time.
actor TestPlaces {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { self.free = count }

    func take(_ body: @Sendable () async throws -> Void) async throws {
        if self.free > 0 {
            self.free -= 1
        } else {
            await withCheckedContinuation { self.waiting.append($0) }
        }
        defer { if self.waiting.isEmpty { self.free += 1 } else { self.waiting.removeFirst().resume() } }
        try await body()
    }
}
#endif
