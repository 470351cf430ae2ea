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
}
