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

    @Test("Claims and ends are written while runs are purged, also of the same job")
    func purgedRuns() async throws {
        try await LossyLedger.with(TestServers.mariadb) { ledger in
            let job = try await ledger.ownedJob()
            try await Self.leaveHistory(of: job, ledger)
            ledger.clock.advance(by: .seconds(3_599))
            let time = ledger.clock.now
            let commits = try await ledger.delaying { store in
                let count = try await store.purgeRuns(endedBefore: time, limit: 100)
                #expect(count == 2)
            } _: { _ in
                try await Self.work(on: job, ledger)
            }
            #expect(commits > 1)
            let left = try await ledger.direct.runs(of: job.id, before: nil, limit: 100)
            #expect(left.count == commits)
        }
    }

    @Test("Claims and ends are written while a job is purged, in its slot too once the job itself is gone")
    func purgedJob() async throws {
        try await LossyLedger.with(TestServers.mariadb) { ledger in
            let removed = try await ledger.ownedJob()
            let neighbour = try await ledger.ownedJob { $0 == removed.slot }
            let other = try await ledger.ownedJob { $0 != removed.slot }
            try await Self.leaveHistory(of: removed, ledger)
            _ = try await ledger.direct.removeJob(removed.id)
            ledger.clock.advance(by: .seconds(3_599))
            let time = ledger.clock.now
            let commits = try await ledger.delaying { store in
                let purged = try await store.purgeJobs([removed.id], idleSince: time)
                #expect(purged == [removed.id])
            } _: { commit in
                try await Self.work(on: other, ledger)
                if commit > 0 { try await Self.work(on: neighbour, ledger) }
            }
            #expect(commits > 1)
            #expect(try await ledger.direct.gaps(of: removed.id, limit: 10).isEmpty)
            for (job, count) in [(removed, 0), (neighbour, commits - 1), (other, commits)] {
                #expect(try await ledger.direct.runs(of: job.id, before: nil, limit: 100).count == count)
            }
        }
    }

    /// Leaves something of a job in every table: a run that has ended, a gap, and a request that was cancelled.
    private static func leaveHistory(of job: Job, _ ledger: LossyLedger) async throws {
        try await Self.work(on: job, ledger)
        // The later one, so that the gap after it is where the next run goes.
        ledger.clock.advance(by: .seconds(1))
        let request = try await ledger.direct.requestRun(of: job.id, trigger: TriggerID(rawValue: 7))
        _ = try await ledger.direct.cancelRun(request.id, reason: .requested)
    }

    /// Claims a run and a gap, and records the run's end; a lock that is not given fails it.
    private static func work(on job: Job, _ ledger: LossyLedger) async throws {
        var claim = try await ledger.claim(of: job)
        let before = claim.to - 60
        claim.gaps = [Gap(job: job.id, first: before, last: before, count: 1, reason: .misfire, version: 1)]
        let outcomes = try await ledger.direct.claim([claim])
        #expect(outcomes == [.committed])
        let end = ledger.attempt(claim.runs[0], .exited(0))
        let missing = try await ledger.direct.record(starts: [:], ends: [end])
        #expect(missing.isEmpty)
    }
}
#endif
