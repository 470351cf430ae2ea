#if MariaDB
import Dispatch
import DistributedCron
import DistributedCronTesting
import Testing

@testable import DistributedCronMariaDB

/// Nobody waits for a purge who adds what it does not remove.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(5)))
struct PurgeLockTests {
    private static let insertion = """
        INSERT INTO full_outputs (job, scheduled_at, trigger_id, number, epoch, digest, size)
        VALUES (?, 1, 0, 1, 1, REPEAT('d', 32), 1)
        """

    @Test(
        "A purge that finds nothing keeps nothing from being added, and one that locks gaps would",
        arguments: [false, true]
    )
    func locksNoGaps(locksGaps: Bool) async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let store = database.store(nil)
            let (hasDeleted, hasInserted) = (Bell(), DispatchSemaphore(value: 0))
            async let purge = store.work.write(locksGaps: locksGaps) { session in
                try session.execute("DELETE FROM full_outputs WHERE job = ?", [.job(JobID(rawValue: 1))])
                hasDeleted.ring()
                // On the connection's own queue, which may block.
                return hasInserted.wait(timeout: .now() + 2) == .success
            }
            await hasDeleted.wait()
            _ = try await store.work.write { try $0.execute(Self.insertion, [.job(JobID(rawValue: 2))]) }
            hasInserted.signal()
            let isInserted = try await purge
            #expect(isInserted == !locksGaps)
            await store.close()
        }
    }
}
#endif
