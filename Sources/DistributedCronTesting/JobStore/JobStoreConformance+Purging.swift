import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JobStoreConformance {
    func purgedJobIsGone(_ fixture: LedgerFixture) async throws {
        let store = fixture.store
        let neighbour = try await fixture.ownedJob()
        let removed = try await fixture.ownedJob(in: neighbour.slot)
        let run = try await fixture.claimRun(of: removed)
        try await fixture.end(run, .exited(0))
        _ = try await store.removeJob(removed.id)
        let exhausted = try await store.createJob(fixture.draft(in: neighbour.slot, name: "once"))
        // That its last run failed keeps nobody interested for ever.
        try await fixture.end(try await fixture.claimRun(of: exhausted), .exited(1))
        try await fixture.exhaust(exhausted)
        fixture.passMinute()
        let purged = try await store.purgeJobs(
            [removed.id, exhausted.id, neighbour.id, fixture.identity()],
            idleSince: fixture.clock.now
        )
        #expect(purged == [removed.id, exhausted.id])
        for job in purged {
            #expect(try await store.job(job) == nil)
            #expect(try await store.gaps(of: job, limit: 10).isEmpty)
            #expect(try await store.removeJob(job) == nil)
        }
        #expect(try await store.run(run.id) == nil)
        #expect(try await store.attempts(of: run.id).isEmpty)
        #expect(try await store.runs(matching: RunFilter(), before: nil, limit: 10).isEmpty)
        #expect(try await store.jobs(after: nil, limit: 10).map(\.id) == [neighbour.id])
        #expect(try await fixture.contents(neighbour.slot).jobs.map(\.id) == [neighbour.id])
        #expect(try await store.purgeJobs(Array(purged), idleSince: fixture.clock.now).isEmpty)
        // Its slot goes on, and its name is free.
        _ = try await fixture.claimRun(of: neighbour)
        _ = try await store.createJob(fixture.draft(name: "once"))
    }

    func purgeLeavesWhatIsNotOver(_ fixture: LedgerFixture) async throws {
        let store = fixture.store
        let scheduled = try await fixture.ownedJob()
        let failing = try await fixture.ownedJob()
        try await fixture.end(try await fixture.claimRun(of: failing), .exited(1))
        let running = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: running)
        _ = try await store.removeJob(running.id)
        // Removed when an instant had come that nobody has claimed yet.
        let due = try await fixture.ownedJob()
        fixture.passMinute()
        _ = try await store.removeJob(due.id)
        let changed = try await fixture.ownedJob()
        _ = try await store.removeJob(changed.id)
        fixture.passMinute()
        let jobs = [scheduled.id, failing.id, running.id, due.id]
        let now = fixture.clock.now
        #expect(try await store.purgeJobs(jobs, idleSince: now).isEmpty)
        #expect(try await store.purgeJobs([changed.id], idleSince: now.addingTimeInterval(-60)).isEmpty)
        #expect(try await store.purgeJobs([], idleSince: now).isEmpty)
        for job in jobs + [changed.id] { #expect(try await store.job(job) != nil) }

        try await fixture.end(run, .exited(0))
        fixture.passMinute()
        // The run ended after that time.
        #expect(try await store.purgeJobs([running.id], idleSince: now).isEmpty)
        #expect(try await store.purgeJobs([running.id], idleSince: fixture.clock.now) == [running.id])
    }

    func purgeForgetsWhatEndedLongAgo(_ fixture: LedgerFixture) async throws {
        let store = fixture.store
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let open = try await fixture.claimRun(of: job)
        var ended: [Run] = []
        for _ in 0..<3 {
            ended.append(try await fixture.claimRun(of: job))
            try await fixture.end(ended[ended.count - 1], .exited(1))
        }
        let refused = try await fixture.request(job)
        try await self.skip(refused, fixture)
        fixture.passMinute()
        let time = fixture.clock.now
        let recent = try await fixture.claimRun(of: job)
        try await fixture.end(recent, .exited(1))
        let before = try await fixture.reload(job)
        #expect(try await store.purgeRuns(endedBefore: time.addingTimeInterval(-3_600), limit: 10) == 0)
        #expect(try await store.purgeRuns(endedBefore: time, limit: 3) == 3)
        #expect(try await store.runs(of: job.id, before: nil, limit: 10).count == 3, "the oldest of what may go")
        #expect(try await store.purgeRuns(endedBefore: time, limit: 3) == 1)
        #expect(try await store.purgeRuns(endedBefore: time, limit: 3) == 0)
        #expect(try await store.runs(of: job.id, before: nil, limit: 10).map(\.id) == [recent.id, open.id])
        for run in ended {
            #expect(try await store.run(run.id) == nil)
            #expect(try await store.attempts(of: run.id).isEmpty)
        }
        #expect(try await store.attempts(of: recent.id).count == 1)
        #expect(try await fixture.reload(job) == before)
        #expect(try await fixture.contents(job.slot).open.map(\.run.id) == [open.id])
    }
}
