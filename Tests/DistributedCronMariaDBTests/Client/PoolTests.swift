#if MariaDB
import DistributedCron
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Connections are bounded, replaced when they break, and never keep a cancelled call waiting.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct PoolTests {
    @Test("More calls than connections share them, and no connection is made beyond the bound")
    func bounds() async throws {
        try await Self.withPool(size: 3) { pool in
            let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await pool.withSession { try $0.query("SELECT CONNECTION_ID()") { try $0.int(0) }[0] }
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect((1...3).contains(numbers.count))
        }
    }

    @Test("A call that waits for a connection can be cancelled, and does not take one that becomes free later")
    func cancelsWaiting() async throws {
        try await Self.withPool(size: 1) { pool in
            try await Self.whileHeld(pool) {
                let waiting = Task { try await Self.ask(pool) }
                while pool.waiterCount == 0 { await Task.yield() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
            #expect(try await Self.ask(pool) == [1])
        }
    }

    @Test("A call that waits too long is told that the pool is exhausted")
    func timesOut() async throws {
        try await Self.withPool(size: 1, change: { $0.acquireTimeout = .milliseconds(50) }) { pool in
            try await Self.whileHeld(pool) {
                let error = await #expect(throws: MariaDBError.self) { try await pool.withSession { _ in } }
                #expect(error?.kind == .poolExhausted)
            }
        }
    }

    @Test("A cancelled call ends its statement, in the server too")
    func cancelsStatements() async throws {
        try await Self.withPool(size: 1) { pool in
            try await Self.withPool(size: 1) { observer in
                let marker = "SELECT SLEEP(60) /* \(UInt64.random(in: 0...(.max))) */"
                let call = Task { try await pool.withSession { try $0.query(marker) { try $0.int(0) } } }
                try await Self.wait(observer, for: marker, count: 1)
                call.cancel()
                await #expect(throws: CancellationError.self) { try await call.value }
                try await Self.wait(observer, for: marker, count: 0)
                #expect(try await Self.ask(pool) == [1])
            }
        }
    }

    @Test("Nothing of the cooperative pool is blocked while 32 statements wait: tasks that run meanwhile let them go")
    func doesNotBlock() async throws {
        let lock = "distcron_\(UInt64.random(in: 0...(.max)))"
        // Far longer than anything takes here: a statement that is not let go answers 0 in the end.
        let statement = "SELECT GET_LOCK('\(lock)', 300)"
        let patience: @Sendable (inout MariaDBConfiguration) -> Void = { configuration in
            configuration.statementTimeout = .seconds(600)
            configuration.acquireTimeout = .seconds(600)
        }
        try await Self.withPool(size: 32, change: patience) { pool in
            // Of one connection, which has the lock.
            try await Self.withPool(size: 1, change: patience) { holder in
                #expect(try await holder.withSession { try $0.query(statement) { try $0.int(0) } } == [1])
                let answers: [Int] = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for _ in 0..<32 {
                        group.addTask {
                            try await pool.withSession { session in
                                let answer = try session.query(statement) { try $0.int(0) }
                                try session.command("DO RELEASE_LOCK('\(lock)')")
                                return answer
                            }
                        }
                    }
                    // More than there are threads. If they had one each, neither this task nor a ticker would go on.
                    try await Self.wait(holder, for: statement, count: 32)
                    await withTaskGroup(of: Void.self) { tickers in
                        for _ in 0..<8 {
                            tickers.addTask { for _ in 0..<1_000 { await Task.yield() } }
                        }
                    }
                    try await holder.withSession { _ = try $0.command("DO RELEASE_LOCK('\(lock)')") }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(answers == Array(repeating: 1, count: 32), "each has waited until the lock was given back")
            }
        }
    }

    @Test("A connection that the server ends is replaced: only the call that had it hears of it")
    func replaces() async throws {
        try await Self.withPool(size: 2) { pool in
            let error = await #expect(throws: MariaDBError.self) {
                try await pool.withSession { session in
                    _ = try session.query("SELECT CONNECTION_ID()") { try $0.int(0) }
                    try session.command("KILL CONNECTION_ID()")
                    _ = try session.query("SELECT 1") { try $0.int(0) }
                }
            }
            #expect(error?.isLost == true || error?.number == 1317, "\(error?.description ?? "")")
            for _ in 0..<4 {
                let answer = try await Self.ask(pool)
                #expect(answer == [1])
            }
        }
    }

    @Test("A transaction that a call leaves open is rolled back")
    func rollsBack() async throws {
        try await Self.withPool(size: 1) { pool in
            try await pool.withSession { session in
                try session.command("CREATE TABLE marks (id INT PRIMARY KEY)")
                try session.command("START TRANSACTION")
                try session.execute("INSERT INTO marks VALUES (1)")
            }
            #expect(try await pool.withSession { try $0.query("SELECT id FROM marks") { try $0.int(0) } } == [])
        }
    }

    @Test("Two that wait for each other: one is refused with an error that may be repeated, and the other goes on")
    func deadlocks() async throws {
        try await Self.withPool(size: 2) { pool in
            try await pool.withSession { session in
                try session.command("CREATE TABLE pairs (id INT PRIMARY KEY, n INT NOT NULL)")
                try session.execute("INSERT INTO pairs VALUES (1, 0), (2, 0)")
            }
            let both = Barrier()
            let outcomes = await withTaskGroup(of: MariaDBError?.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        do {
                            try await pool.withSession { session in
                                try session.command("START TRANSACTION")
                                for (index, id) in order.enumerated() {
                                    try session.execute("UPDATE pairs SET n = n + 1 WHERE id = ?", [.int(Int64(id))])
                                    if index == 0 { both.meet() }
                                }
                                try session.command("COMMIT")
                            }
                            return nil
                        } catch {
                            return error as? MariaDBError
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let errors = outcomes.compactMap { $0 }
            #expect(errors.map(\.kind) == [.conflict])
            #expect(errors.first?.isRetryable == true)
            let numbers = try await pool.withSession { try $0.query("SELECT n FROM pairs") { try $0.int(0) } }
            #expect(numbers == [1, 1], "one of them has happened, whole")
        }
    }

    @Test("A unit of work that loses in a deadlock is done again as a whole, and both have happened")
    func repeatsDeadlocked() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            let work = UnitOfWork(
                pool: pool,
                clock: ContinuousClock(),
                identities: IdentitySource(),
                wallClock: nil,
                logger: ScratchDatabase.logger
            )
            try await pool.withSession { session in
                try session.command("CREATE TABLE pairs (id INT PRIMARY KEY, n INT NOT NULL)")
                try session.execute("INSERT INTO pairs VALUES (1, 0), (2, 0)")
            }
            final class Counts: Sendable {
                let tries = Lock(0)
                let deadlocks = Lock(0)
            }
            let both = Barrier()
            let counts = Counts()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        try await work.write { session in
                            let number = counts.tries.withLock { count in
                                count += 1
                                return count
                            }
                            for (index, id) in order.enumerated() {
                                do {
                                    try session.execute("UPDATE pairs SET n = n + 1 WHERE id = ?", [.int(Int64(id))])
                                } catch let error as MariaDBError where error.number == 1213 {
                                    counts.deadlocks.withLock { $0 += 1 }
                                    throw error
                                }
                                if index == 0, number <= 2 { both.meet() }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(counts.deadlocks.withLock { $0 } == 1)
            #expect(counts.tries.withLock { $0 } > 2, "one of them was begun anew")
            let sums = try await pool.withSession { try $0.query("SELECT n FROM pairs ORDER BY id") { try $0.int(0) } }
            #expect(sums == [2, 2])
            await pool.close()
        }
    }

    @Test("A server that takes connections and says nothing keeps no cancelled call waiting")
    func cancelsConnecting() async throws {
        let silent = try SilentServer()
        defer { silent.stop() }
        var configuration = try MariaDBConfiguration(url: try #require(TestServers.mariadb))
        configuration.hosts = [.init(name: "127.0.0.1", port: silent.port)]
        configuration.connectTimeout = .seconds(3_600)
        configuration.statementTimeout = .seconds(3_600)
        configuration.acquireTimeout = .seconds(3_600)
        let pool = ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
        let call = Task { try await pool.withSession { _ in } }
        await silent.hasClient.wait()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        await pool.close()
    }

    // MARK: Helping

    /// Has a pool used on a database of its own.
    private static func withPool(
        size: Int,
        change: @Sendable (inout MariaDBConfiguration) -> Void = { _ in },
        _ body: @Sendable (ConnectionPool) async throws -> Void
    ) async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            var configuration = database.configuration
            configuration.poolSize = size
            change(&configuration)
            let pool = ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
            try await body(pool)
            await pool.close()
        }
    }

    /// Does something while a call holds the pool's only connection.
    private static func whileHeld(_ pool: ConnectionPool, _ body: () async throws -> Void) async throws {
        let held = Bell()
        let release = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await pool.withSession { _ in
                    held.ring()
                    release.wait()
                }
            }
            await held.wait()
            try await body()
            release.signal()
            try await group.waitForAll()
        }
    }

    private static func ask(_ pool: ConnectionPool) async throws -> [Int] {
        try await pool.withSession { try $0.query("SELECT 1") { try $0.int(0) } }
    }

    /// Waits until the server is at work on a statement so many times.
    private static func wait(_ observer: ConnectionPool, for statement: String, count: Int) async throws {
        while true {
            let found = try await observer.withSession { session in
                try session.query(
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE info = ?",
                    [.text(statement)]
                ) { try $0.int(0) }
            }
            if found == [count] { return }
        }
    }
}
#endif
