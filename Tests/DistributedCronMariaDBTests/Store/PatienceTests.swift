#if MariaDB
import DistributedCron
import Testing

@testable import DistributedCronMariaDB

@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct PatienceTests {
    @Test("A server that takes its time to fail is not asked again and again: whoever waits is to hear of it")
    func givesUp() async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            for (each, expected) in [(Duration.zero, 8), (.seconds(4), 3), (.seconds(30), 1)] {
                let clock = LeapingClock()
                let work = UnitOfWork(
                    pool: pool,
                    clock: clock,
                    identities: IdentitySource(),
                    wallClock: nil,
                    logger: ScratchDatabase.logger
                )
                let tries = Lock(0)
                let error = await #expect(throws: JobStoreError.self) {
                    try await work.read { _ in
                        tries.withLock { $0 += 1 }
                        clock.leap(each)
                        throw MariaDBError(kind: .lost, message: "gone")
                    }
                }
                #expect(error?.message.contains("gone") == true)
                #expect(tries.withLock { $0 } == expected)
            }
            await pool.close()
        }
    }
}

/// A clock that stands still until somebody lets it leap, and on which nobody has to wait.
private final class LeapingClock: Clock {
    private let start = ContinuousClock.now
    private let passed = Lock(Duration.zero)

    var now: ContinuousClock.Instant { self.start.advanced(by: self.passed.withLock { $0 }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func leap(_ duration: Duration) { self.passed.withLock { $0 += duration } }

    func sleep(until _: ContinuousClock.Instant, tolerance _: Duration?) async throws {}
}
#endif
