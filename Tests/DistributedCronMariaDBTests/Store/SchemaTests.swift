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

    @Test(
        "Each step is taken once and one cluster is made when three begin through a node each, which lock by themselves",
        .enabled(if: TestServers.galera != nil)
    )
    func migratesThroughEveryNode() async throws {
        try await ScratchDatabase.with(TestServers.galera) { database in
            let hosts = database.configuration.hosts
            let pools = hosts.map { host in
                var configuration = database.configuration
                configuration.hosts = [host]
                return ConnectionPool(configuration: configuration, logger: ScratchDatabase.logger)
            }
            let migrators = pools.map { SchemaMigrator(pool: $0) }
            // More than once, because who meets whom where is up to chance.
            for round in 0..<5 {
                let taken = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for migrator in migrators { group.addTask { try await migrator.migrate(slotCount: 32) } }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(taken.sorted() == Migration.all.map(\.number), "round \(round)")
                var clusters: Set<ClusterID> = []
                for (host, migrator) in zip(hosts, migrators) {
                    #expect(try await migrator.standing() == .current)
                    let store = database.store(nil) { $0.hosts = [host] }
                    clusters.insert(try await store.cluster().id)
                    #expect(try await store.slots().count == 32)
                    await store.close()
                }
                #expect(clusters.count == 1, "round \(round)")
                // As empty as a database that was migrated only in part.
                try await pools[0].withSession { session in
                    for table in ["cluster", "slots", "migrations"] { try session.command("DELETE FROM \(table)") }
                }
            }
            for pool in pools { await pool.close() }
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
