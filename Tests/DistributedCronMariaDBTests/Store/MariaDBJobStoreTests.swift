#if MariaDB
import DistributedCron
import DistributedCronTesting
import Testing

@testable import DistributedCronMariaDB

@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct MariaDBJobStoreTests {
    @Test("A real server keeps every promise of a job store", arguments: JobStoreConformance.Check.allCases)
    func conforms(to check: JobStoreConformance.Check) async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await JobStoreConformance { clock in
                try await database.migrate(now: clock.now)
                return database.store(clock)
            }.run(check)
        }
    }
}

@Suite(.enabled(if: TestServers.galera != nil), .timeLimit(.minutes(10)))
struct GaleraJobStoreTests {
    @Test("Three nodes, each call to another, keep every promise", arguments: JobStoreConformance.Check.allCases)
    func conforms(to check: JobStoreConformance.Check) async throws {
        try await ScratchDatabase.with(TestServers.galera) { database in
            try await JobStoreConformance { clock in
                try await database.migrate(now: clock.now)
                let hosts = database.configuration.hosts
                return ManyClients(hosts.map { host in database.store(clock) { $0.hosts = [host] } })
            }.run(check)
        }
    }
}
#endif
