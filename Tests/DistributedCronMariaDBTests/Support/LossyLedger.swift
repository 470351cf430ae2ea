#if MariaDB
import Dispatch
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// A database whose commits meet faults when a test wants it, and what the tests of its writes need.
///
/// The clock begins half a second before a full minute, which is the first instant of the jobs.
struct LossyLedger: Sendable {
    static let worker = WorkerID(rawValue: "w-one")
    static let heir = WorkerID(rawValue: "w-two")
    static let token = LeaderToken(incarnation: 1, sequence: 1)
    private static let slotCount = 4

    let clock: ManualWallClock
    /// The same database without faults; on a cluster by way of a node that nothing else is done on.
    let direct: MariaDBJobStore
    private let database: ScratchDatabase
    private let proxy: CommitProxy
    private let fault: CommitProxy.Fault
    private let hosts: [MariaDBConfiguration.Host]
    private let identities = IdentitySource()

    /// Makes a database, has it used, and removes it.
    static func with(
        _ url: String?,
        _ fault: CommitProxy.Fault = .requestLost,
        _ body: @Sendable (LossyLedger) async throws -> Void
    ) async throws {
        try await ScratchDatabase.with(url, slotCount: Self.slotCount) { database in
            let clock = ManualWallClock(now: Date(timeIntervalSince1970: 1_767_225_599.5))
            try await database.migrate(now: clock.now)
            let hosts = database.configuration.hosts
            let proxy = try CommitProxy(before: try #require(hosts.first).port)
            defer { proxy.stop() }
            let direct = database.store(clock) { $0.hosts = Array(hosts.suffix(1)) }
            let lossy = MariaDBConfiguration.Host(name: "127.0.0.1", port: proxy.port)
            let ledger = LossyLedger(
                clock: clock,
                direct: direct,
                database: database,
                proxy: proxy,
                fault: fault,
                hosts: [lossy] + hosts.dropFirst().prefix(1)
            )
            try await body(ledger)
            await direct.close()
        }
    }

    /// Has a store write something whose commit meets the fault.
    ///
    /// The store is a new one, whose connection leads through the proxy: after a fault it prefers the other host.
    func losing<Answer>(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ write: (MariaDBJobStore) async throws -> Answer
    ) async throws -> Answer {
        let store = self.database.store(self.clock) { $0.hosts = self.hosts }
        _ = try await store.cluster()
        let count = self.proxy.count
        self.proxy.arm([self.fault])
        let answer = try await write(store)
        #expect(self.proxy.count == count + 1, "the armed fault has struck", sourceLocation: sourceLocation)
        await store.close()
        return answer
    }

    /// Has a store write something, and does something else before each of its commits, when all of it is written.
    ///
    /// - Returns: How many commits there were.
    func delaying(
        _ write: @escaping @Sendable (MariaDBJobStore) async throws -> Void,
        _ meanwhile: (_ commit: Int) async throws -> Void
    ) async throws -> Int {
        let store = self.database.store(self.clock) { $0.hosts = self.hosts }
        _ = try await store.cluster()
        let (commits, held) = AsyncStream.makeStream(of: Void.self)
        let isDone = DispatchSemaphore(value: 0)
        self.proxy.hold {
            held.yield()
            _ = isDone.wait(timeout: .now() + 60)
        }
        defer { self.proxy.hold(nil) }
        let count = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { held.finish() }
                try await write(store)
            }
            var number = 0
            for await _ in commits {
                defer { isDone.signal() }
                try await meanwhile(number)
                number += 1
            }
            try await group.waitForAll()
            return number
        }
        await store.close()
        return count
    }

    /// Creates a job whose slot the worker owns, in a slot that is wanted.
    func ownedJob(where isWanted: (SlotID) -> Bool = { _ in true }) async throws -> Job {
        var draft = try self.draft()
        while !isWanted(SlotID(of: draft.id, count: Self.slotCount)) { draft = try self.draft() }
        let job = try await self.direct.createJob(draft)
        if try await self.slot(of: job).worker == nil {
            _ = try await self.direct.assign([job.slot: Self.worker], token: Self.token)
        }
        return job
    }

    func draft() throws -> JobDraft {
        JobDraft(
            id: self.identities.jobID(at: self.clock.now),
            definition: JobDefinition(schedule: try Schedule("* * * * *"), executable: .command("true"))
        )
    }

    /// The row of a job's slot.
    func slot(of job: Job) async throws -> Slot {
        try #require(try await self.direct.slots().first { $0.id == job.slot })
    }

    /// Goes on to the next minute, and prepares a claim that fits the job's slot and has the job's run of that minute.
    func claim(of job: Job) async throws -> SlotClaim {
        self.clock.advance(by: .seconds(60))
        let slot = try await self.slot(of: job)
        let worker = try #require(slot.worker)
        let due = Instant(ceiling: self.clock.now)
        var claim = SlotClaim(
            slot: slot.id,
            worker: worker,
            epoch: slot.epoch,
            revision: slot.revision,
            from: slot.accountedUntil,
            to: due
        )
        claim.runs = [
            Run(
                id: RunID(job: job.id, scheduledAt: due),
                version: job.version.number,
                state: .claimed,
                attempt: 1,
                worker: worker,
                epoch: slot.epoch
            )
        ]
        return claim
    }

    /// Does that without a fault.
    func claimRun(of job: Job) async throws -> Run {
        let claim = try await self.claim(of: job)
        let outcomes = try await self.direct.claim([claim])
        try #require(outcomes == [.committed])
        return claim.runs[0]
    }

    /// The record of a run's attempt, which ends at the present.
    func attempt(_ run: Run, _ outcome: AttemptOutcome, retryAt: Instant? = nil) -> Attempt {
        let now = self.clock.now
        return Attempt(
            run: run.id,
            number: run.attempt,
            worker: run.worker ?? Self.worker,
            epoch: run.epoch,
            report: AttemptReport(outcome: outcome, startedAt: now.addingTimeInterval(-0.25), finishedAt: now),
            cancellation: nil,
            retryAt: retryAt
        )
    }
}
#endif
