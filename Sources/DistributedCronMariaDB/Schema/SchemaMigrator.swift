#if MariaDB
package import DistributedCron
public import Logging

/// Brings a database to the schema that this program was written for.
public struct SchemaMigrator: Sendable {
    /// What a database holds.
    public enum Standing: Sendable, Hashable {
        /// Steps are to be taken, from the schema with this number; 0 is an empty database.
        case behind(Int)
        /// The schema is the one that this program was written for.
        case current
        /// A newer program has taken steps that this one does not know.
        case ahead(Int)
    }

    /// The number of the schema that this program was written for.
    public static var newest: Int { Migration.newest }

    /// How long a migration waits for another to end, in seconds.
    private static let patience = 60
    /// How often a migration looks again after one through another node was in its way: a few times for each step.
    private static let tries = 32

    private let pool: ConnectionPool
    private let identities: IdentitySource

    /// Creates a migrator.
    ///
    /// - Parameters:
    ///   - configuration: Where the database is, and a user who may define tables there.
    ///   - logger: Hears of connections that break.
    public init(configuration: MariaDBConfiguration, logger: Logger) {
        var configuration = configuration
        configuration.poolSize = 1
        // A definition of a table with many rows takes its time.
        configuration.statementTimeout = .seconds(6 * 3_600)
        self.init(pool: ConnectionPool(configuration: configuration, logger: logger))
    }

    package init(pool: ConnectionPool, identities: IdentitySource = IdentitySource()) {
        self.pool = pool
        self.identities = identities
    }

    /// Closes the migrator's connections.
    public func close() async { await self.pool.close() }

    /// How far the database is.
    ///
    /// - Throws: ``JobStoreError``.
    public func standing() async throws -> Standing {
        try await self.translating { try $0.schemaStanding() }
    }

    /// The statements that ``migrate(slotCount:)`` would execute, in their order.
    ///
    /// - Throws: ``JobStoreError``.
    public func plan() async throws -> [String] {
        guard case .behind(let number) = try await self.standing() else { return [] }
        return Migration.all.dropFirst(number).flatMap { step in
            ["-- \(step.number): \(step.name)"] + step.statements
        }
    }

    /// Takes the steps that are missing, and makes a cluster in an empty database.
    ///
    /// Migrations through one server wait for one another. Those through different nodes of a Galera cluster may run at
    /// once: each step is noted by one of them, and the others go on with what is missing then.
    ///
    /// - Parameter slotCount: How many slots a new cluster has, a power of two; one that is there keeps its own.
    /// - Returns: The numbers of the steps that were taken.
    /// - Throws: ``JobStoreError``; with a message that says so if the schema is newer than this program.
    public func migrate(slotCount: Int = 1_024) async throws -> [Int] {
        precondition(slotCount > 0 && slotCount & (slotCount - 1) == 0, "the number of slots is a power of two")
        let cluster = self.identities.clusterID()
        return try await self.translating { session in
            try session.locked(seconds: Self.patience) {
                var taken: [Int] = []
                for left in (0..<Self.tries).reversed() {
                    do {
                        try session.complete(cluster, slotCount: slotCount, taken: &taken)
                        break
                    } catch let error as MariaDBError
                        where session.isGalera && left > 0 && (error.isDuplicate || error.kind == .conflict)
                    {
                        // A migration through another node has done the same, or something beside it.
                        session.settle()
                    }
                }
                return taken
            }
        }
    }

    private func translating<Answer: Sendable>(_ body: @Sendable (Session) throws -> Answer) async throws -> Answer {
        do {
            return try await self.pool.withSession(body)
        } catch let error as MariaDBError {
            throw error.asJobStoreError
        }
    }
}

extension Session {
    fileprivate func schemaStanding(refusing: Bool = false) throws -> SchemaMigrator.Standing {
        let exists = try !self.query(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'migrations'"
        ) { try $0.int(0) }.isEmpty
        let numbers = exists ? try self.query("SELECT number FROM migrations") { try $0.int(0) } : []
        let number = numbers.max() ?? 0
        if number == Migration.newest { return .current }
        if number < Migration.newest { return .behind(number) }
        // The next schema only adds to this one.
        guard refusing, number > Migration.newest + 1 else { return .ahead(number) }
        throw JobStoreError(
            .unavailable,
            message:
                "the database has schema \(number) and this program knows only \(Migration.newest): a newer program "
                + "has migrated it; use that one, or restore a backup from before"
        )
    }

    /// Refuses a schema that this program cannot work on: one that lacks steps, or is further than the next one.
    func checkSchema() throws {
        // What has no schema at all is said by the statement that misses it.
        guard case .behind(let number) = try self.schemaStanding(refusing: true), number > 0 else { return }
        throw JobStoreError(
            .unavailable,
            message:
                "the database has schema \(number) and this program needs \(Migration.newest); run `distcron migrate`"
        )
    }

    /// Takes the steps that are missing and makes a cluster, if there is none.
    ///
    /// - Parameters:
    ///   - cluster: The identity of a new cluster.
    ///   - slotCount: How many slots it has.
    ///   - taken: Gains the numbers of the steps that were taken, also of those before one that fails.
    /// - Throws: ``MariaDBError``; ``JobStoreError`` if the schema is newer than this program.
    fileprivate func complete(_ cluster: ClusterID, slotCount: Int, taken: inout [Int]) throws {
        if case .behind(let number) = try self.schemaStanding(refusing: true) {
            for step in Migration.all.dropFirst(number) {
                try self.take(step)
                taken.append(step.number)
            }
        }
        // Also where no step is missing: an earlier migration may have ended just before this.
        try self.initialise(cluster, slotCount: slotCount)
    }

    /// Takes a step, whose statements bear being executed again if it was taken in part.
    fileprivate func take(_ step: Migration) throws {
        try self.command(
            "CREATE TABLE IF NOT EXISTS migrations (number INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, "
                + "taken_at DATETIME(6) NOT NULL) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4"
        )
        for statement in step.statements { try self.command(statement) }
        try self.execute(
            "INSERT INTO migrations (number, name, taken_at) VALUES (?, ?, NOW(6))",
            [.int(step.number), .text(step.name)]
        )
    }

    /// Makes a cluster, if there is none.
    fileprivate func initialise(_ cluster: ClusterID, slotCount: Int) throws {
        guard try self.query("SELECT 1 FROM cluster", [], { try $0.int(0) }).isEmpty else { return }
        try self.command("START TRANSACTION")
        // As text, because only that is certain to fail with a transaction that a Galera node has given up.
        let slots = (0..<slotCount).map { "(\($0), 'default', \($0), UNIX_TIMESTAMP())" }.joined(separator: ", ")
        try self.command("INSERT INTO slots (id, pool, place, accounted_until) VALUES \(slots)")
        try self.command(
            "INSERT INTO cluster (id, slot_count, created_at) VALUES ('\(cluster)', \(slotCount), NOW(6))"
        )
        try self.command("COMMIT")
    }

    /// Does something while nobody else on this server does so in the same database; another node of a Galera cluster has
    /// locks of its own.
    fileprivate func locked<Answer>(seconds: Int, _ body: () throws -> Answer) throws -> Answer {
        let name = "CONCAT('distcron ', LEFT(DATABASE(), 50))"
        let isHeld = try self.query("SELECT GET_LOCK(\(name), ?)", [.int(seconds)]) { try $0.optionalInt64(0) }
        guard isHeld.first == 1 else {
            throw JobStoreError(
                .unavailable,
                message:
                    "another migration of this database has not ended within \(seconds) s; if none is running, look "
                    + "for the holder with SELECT IS_USED_LOCK(\(name))"
            )
        }
        defer { _ = try? self.query("SELECT RELEASE_LOCK(\(name))") { $0.isNull(0) } }
        return try body()
    }
}
#endif
