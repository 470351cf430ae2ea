#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Creations that share a transaction do not share their misfortunes.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct CombinedCreationTests {
    @Test("A request that comes twice at once makes one job, and those that come with it make theirs")
    func repeated() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let store = database.store(nil)
            let request = try Self.requests(to: store)
            let key = IdempotencyKey(key: "once", fingerprint: [1])
            let requests = [try await request(nil, key), try await request(nil, nil), try await request(nil, key)]
            let results = await JobCreator(work: store.work, schedules: store.schedules).create(requests)
            let creations = try results.map { try $0.get() }
            #expect(creations.map(\.isReplay) == [false, false, true])
            #expect(creations[2].job.id == requests[0].draft.id)
            #expect(try await store.jobs(after: nil, limit: 10).count == 2)
            await store.close()
        }
    }

    @Test("A value that the server refuses fails its own creation, and those that come with it make their jobs")
    func refusedValue() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let store = database.store(nil)
            let request = try Self.requests(to: store)
            let tooLong = String(repeating: "n", count: 10_000)
            let names = ["a", tooLong, "b", "c"]
            var requests: [JobRequestRow] = []
            for name in names { requests.append(try await request(name, nil)) }
            let results = await JobCreator(work: store.work, schedules: store.schedules).create(requests)
            #expect(results.map { (try? $0.get())?.job.name } == ["a", nil, "b", "c"])
            let error = try #require(throws: JobStoreError.self) { try results[1].get() }
            #expect(error.code == .refused && !error.isRetryable)
            #expect(Set(try await store.jobs(after: nil, limit: 10).map(\.name)) == ["a", "b", "c"])
            await store.close()
        }
    }

    /// Makes requests for jobs of a store.
    private static func requests(
        to store: MariaDBJobStore
    ) throws -> (_ name: String?, _ key: IdempotencyKey?) async throws -> JobRequestRow {
        let identities = IdentitySource()
        let definition = JobDefinition(schedule: try Schedule("* * * * *"), executable: .command("true"))
        return { name, key in
            let draft = JobDraft(
                id: identities.jobID(at: SystemWallClock().now),
                name: name,
                definition: definition
            )
            return JobRequestRow(draft: draft, key: key, slot: try await store.slotNumber(of: draft.id))
        }
    }
}
#endif
