#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct SchemaTests {
    @Test("An empty database is migrated once, also when many begin at the same time")
    func migratesOnce() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            let migrator = SchemaMigrator(pool: pool)
            #expect(try await migrator.standing() == .behind(0))
            #expect(try await !migrator.plan().isEmpty)
            let taken = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 { group.addTask { try await migrator.migrate(slotCount: 32) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken == Migration.all.map(\.number), "one of them has taken every step")
            #expect(try await migrator.standing() == .current)
            #expect(try await migrator.plan().isEmpty)
            let store = database.store(nil)
            let cluster = try await store.cluster()
            #expect(cluster.slotCount == 32)
            #expect(try await store.slots().count == 32)
            #expect(try await migrator.migrate(slotCount: 64) == [])
            #expect(try await store.cluster() == cluster, "a cluster keeps its identity and its slots")
            await store.close()
            await pool.close()
        }
    }

    @Test("A migration that was broken off goes on")
    func goesOn() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            try await pool.withSession { session in
                for statement in Migration.all[0].statements.prefix(4) { try session.command(statement) }
            }
            _ = try await SchemaMigrator(pool: pool).migrate()
            #expect(try await SchemaMigrator(pool: pool).standing() == .current)
            // One that ended after its last step, before it made the cluster.
            try await pool.withSession { session in
                for table in ["cluster", "slots"] { try session.command("DELETE FROM \(table)") }
            }
            #expect(try await SchemaMigrator(pool: pool).migrate(slotCount: 8) == [])
            #expect(try await database.store(nil).slots().count == 8)
            await pool.close()
        }
    }

    @Test("A program works on the next schema, and refuses later ones and says what to do")
    func refusesNewer() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            let migrator = SchemaMigrator(pool: pool)
            _ = try await migrator.migrate()
            let cluster = try await database.store(nil).cluster()
            try await self.add(SchemaMigrator.newest + 1, pool)
            #expect(try await migrator.standing() == .ahead(SchemaMigrator.newest + 1))
            #expect(try await migrator.migrate() == [])
            #expect(try await database.store(nil).cluster() == cluster)
            try await self.add(99, pool)
            let errors = [
                await #expect(throws: JobStoreError.self) { _ = try await migrator.migrate() },
                await #expect(throws: JobStoreError.self) { _ = try await database.store(nil).cluster() },
            ]
            #expect(errors.allSatisfy { $0?.message.contains("schema 99") == true })
            await pool.close()
        }
    }

    /// As a program has left it that knows a schema of this number.
    private func add(_ number: Int, _ pool: ConnectionPool) async throws {
        try await pool.withSession { session in
            _ = try session.execute("INSERT INTO migrations VALUES (?, 'from the future', NOW(6))", [.int(number)])
        }
    }

    @Test("A store without a schema says that it is to be migrated")
    func missingSchema() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let store = database.store(nil)
            let error = await #expect(throws: JobStoreError.self) { try await store.cluster() }
            #expect(error?.message.contains("migrate") == true, "\(error.map(String.init(describing:)) ?? "")")
            await store.close()
        }
    }
}
#endif
