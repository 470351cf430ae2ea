#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Creations that share a transaction do not share their misfortunes.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(1)))
struct CombinedCreationTests {
    @Test("A request that comes twice at once makes one job, and those that come with it make theirs")
    func repeated() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let store = database.store(nil)
            let identities = IdentitySource()
            let schedule = try Schedule("* * * * *")
            func request(_ key: IdempotencyKey?) async throws -> JobRequestRow {
                let draft = JobDraft(
                    id: identities.jobID(at: SystemWallClock().now),
                    definition: JobDefinition(schedule: schedule, executable: .command("true"))
                )
                return JobRequestRow(draft: draft, key: key, slot: try await store.slotNumber(of: draft.id))
            }
            let key = IdempotencyKey(key: "once", fingerprint: [1])
            let requests = [try await request(key), try await request(nil), try await request(key)]
            let results = await JobCreator(work: store.work, schedules: store.schedules).create(requests)
            let creations = try results.map { try $0.get() }
            #expect(creations.map(\.isReplay) == [false, false, true])
            #expect(creations[2].job.id == requests[0].draft.id)
            #expect(try await store.jobs(after: nil, limit: 10).count == 2)
            await store.close()
        }
    }
}
#endif
