import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCron

@Suite("The attempts of a worker")
struct AttemptPoolTests {
    private let clock = ManualClock()
    private let wallClock = ManualWallClock(now: Instant.monday().date)

    private func pool() -> AttemptPool {
        let store = InMemoryJobStore(slotCount: 1, wallClock: self.wallClock)
        let executor = ScriptedExecutor(self.wallClock)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let recorder = Recorder(
            store: store,
            journal: InMemoryWorkerJournal(wallClock: self.wallClock),
            executor: executor,
            clock: self.clock,
            wallClock: self.wallClock,
            logger: logger
        )
        return AttemptPool(
            worker: .one,
            store: store,
            executor: executor,
            outputs: LiveOutputs(),
            recorder: recorder,
            lease: WorkerLease(length: .seconds(30), clock: self.clock),
            stopGrace: .seconds(10),
            clock: self.clock,
            wallClock: self.wallClock,
            logger: logger
        )
    }

    private func permit(_ hour: Int64, _ policy: OutagePolicy) throws -> LaunchPermit {
        let epoch = Epoch(rawValue: 1)
        let run = Run(
            id: RunID(job: .test(0), scheduledAt: .monday(hour)),
            version: 1,
            state: .claimed,
            attempt: 1,
            worker: .one,
            epoch: epoch
        )
        let open = OpenRun(run: run, definition: try .command("0 * * * *") { $0.onOutage = policy })
        return try #require(LaunchPermit(left: open, in: SlotID(index: 0), under: epoch, of: .one))
    }

    /// A worker that leaves would otherwise have the ledger confirm it for what it will never start, and the leader would wait
    /// a lease more when it is gone.
    @Test("What waits and goes on in an outage counts until it is dropped, and not at all once nothing is launched")
    func ongoing() throws {
        let pool = self.pool()
        pool.launch([try self.permit(1, .hold)])
        #expect(!pool.hasOngoing)
        pool.launch([try self.permit(2, .lease), try self.permit(3, .lease)])
        #expect(pool.hasOngoing)
        pool.close()
        #expect(!pool.hasOngoing)
        pool.launch([try self.permit(4, .lease)])
        #expect(!pool.hasOngoing)
    }
}
