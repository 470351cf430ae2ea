#if MariaDB
import DistributedCron
import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCronMariaDB

/// Has nobody pause, so that writers are in each other's way as often as can be.
private struct HastyClock: Clock {
    var now: ContinuousClock.Instant { .now }
    var minimumResolution: Duration { .zero }

    func sleep(until _: ContinuousClock.Instant, tolerance _: Duration?) async throws { try Task.checkCancellation() }
}

/// Transactions that a Galera node rolls back for another node's, and says nothing of it.
@Suite(.enabled(if: TestServers.galera != nil), .timeLimit(.minutes(5)))
struct SilentRollbackTests {
    private static let rows = 2
    private static let rounds = 400

    @Test("What three nodes write in each other's way is there as a whole or not at all")
    func leavesNothingHalfDone() async throws {
        try await ScratchDatabase.with(TestServers.galera) { database in
            try await database.migrate(now: SystemWallClock().now)
            let units = database.configuration.hosts.map { host in self.unit(on: host, of: database) }
            try await units[0].pool.withSession { session in
                try session.command("CREATE TABLE first (writer INT, row INT, PRIMARY KEY (writer, row))")
                try session.command("CREATE TABLE second LIKE first")
                try session.command("CREATE TABLE contended (id INT PRIMARY KEY, writes INT)")
                try session.command("INSERT INTO contended VALUES (1, 0)")
            }
            let written = try await withThrowingTaskGroup(of: Int.self) { group in
                for (place, work) in units.enumerated() {
                    group.addTask {
                        var written = 0
                        for round in 0..<Self.rounds where try await self.write(place * Self.rounds + round, work) {
                            written += 1
                        }
                        return written
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(written > 0)
            let (first, second, writes) = try await units[0].read { session in
                (
                    try session.query("SELECT COUNT(*) FROM first") { try $0.int(0) },
                    try session.query("SELECT COUNT(*) FROM second") { try $0.int(0) },
                    try session.query("SELECT writes FROM contended") { try $0.int(0) }
                )
            }
            #expect(first == [written * Self.rows])
            #expect(second == [written * Self.rows])
            #expect(writes == [written])
            for unit in units { await unit.pool.close() }
        }
    }

    /// Writes as creations do: a lock, rows of two tables, and what was locked.
    ///
    /// - Returns: Whether it was said to be written, not that others were always in the way.
    private func write(_ writer: Int, _ work: UnitOfWork) async throws -> Bool {
        do {
            try await work.write { session in
                _ = try session.query("SELECT writes FROM contended WHERE id = 1 FOR UPDATE") { try $0.int(0) }
                let rows = (0..<Self.rows).map { [SQLValue.int(writer), .int($0)] }
                try session.executeBatch("INSERT INTO first (writer, row) VALUES (?, ?)", rows)
                try session.executeBatch("INSERT INTO second (writer, row) VALUES (?, ?)", rows)
                try session.execute("UPDATE contended SET writes = writes + 1 WHERE id = 1")
            }
            return true
        } catch let error as JobStoreError where error.code == .unavailable {
            return false
        }
    }

    private func unit(on host: MariaDBConfiguration.Host, of database: ScratchDatabase) -> UnitOfWork {
        var configuration = database.configuration
        configuration.hosts = [host]
        return UnitOfWork(
            pool: ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger),
            clock: HastyClock(),
            identities: IdentitySource(),
            wallClock: nil,
            logger: ScratchDatabase.logger
        )
    }
}
#endif
