#if MariaDB
import DistributedCron
import DistributedCronTesting
import Testing

@testable import DistributedCronMariaDB

/// The database and the store in memory are two of one kind: the same history leaves the same in both.
@Suite(.timeLimit(.minutes(10)))
struct RandomHistoryTests {
    @Test(
        "A server says after random histories what the store in memory says",
        .enabled(if: TestServers.mariadb != nil)
    )
    func mariadb() async throws {
        for _ in 0..<4 {
            try await Self.compare(TestServers.mariadb) { database, clock in database.store(clock) }
        }
    }

    @Test("So do three nodes of which each call goes to another", .enabled(if: TestServers.galera != nil))
    func galera() async throws {
        try await Self.compare(TestServers.galera) { database, clock in
            ManyClients(database.configuration.hosts.map { host in database.store(clock) { $0.hosts = [host] } })
        }
    }

    private static func compare(
        _ url: String?,
        _ make: @Sendable (ScratchDatabase, ManualWallClock) -> any JobStore
    ) async throws {
        let seed = testSeed()
        try await ScratchDatabase.with(url, slotCount: 2) { database in
            let clocks = [
                ManualWallClock(now: RandomHistory.beginning.date), ManualWallClock(now: RandomHistory.beginning.date),
            ]
            try await database.migrate(now: clocks[0].now)
            let memory = InMemoryJobStore(slotCount: 2, historyLimit: 1_000_000, wallClock: clocks[1])
            let store = make(database, clocks[0])
            var histories = clocks.map { _ in RandomHistory(generator: SeededGenerator(seed: seed)) }
            for step in 1...150 {
                try await histories[0].step(store, clocks[0])
                try await histories[1].step(memory, clocks[1])
                if step.isMultiple(of: 15) {
                    try await StoreContents(of: store).expect(try await StoreContents(of: memory))
                }
            }
        }
    }
}
#endif
