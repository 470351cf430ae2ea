#if MariaDB
import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Commits whose answers never come: each is found out, none is guessed.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct UnknownOutcomeTests {
    @Test("A write whose commit is lost happens once and is answered", arguments: CommitProxy.Fault.allCases)
    func happensOnce(_ fault: CommitProxy.Fault) async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            try await database.migrate(now: SystemWallClock().now)
            let server = try #require(database.configuration.hosts.first)
            let proxy = try CommitProxy(before: server.port)
            defer { proxy.stop() }
            let store = database.store(nil) { $0.hosts = [.init(name: "127.0.0.1", port: proxy.port)] }
            let schedule = try Schedule("* * * * *")
            let identities = IdentitySource()
            var jobs: [JobID] = []
            for round in 0..<5 {
                proxy.arm([fault])
                let draft = JobDraft(
                    id: identities.jobID(at: SystemWallClock().now),
                    name: "round \(round)",
                    definition: JobDefinition(schedule: schedule, executable: .command("true"))
                )
                // Repeated as it is, the creation of the same job is refused: so it has not been done twice.
                let creation = try await store.createJob(draft, idempotency: nil)
                #expect(creation.job.id == draft.id)
                jobs.append(draft.id)
                proxy.arm([fault])
                let run = try await store.requestRun(of: draft.id, trigger: identities.triggerID())
                proxy.arm([fault])
                #expect(try await store.cancelRun(run.id, reason: .requested).state == .cancelled)
            }
            #expect(proxy.count == 15, "every armed fault has struck")
            #expect(try await store.jobs(after: nil, limit: 100).map(\.id) == jobs.sorted())
            for job in jobs { #expect(try await store.runs(of: job, before: nil, limit: 10).count == 1) }
            await store.close()
        }
    }

    @Test(
        "On a cluster another node finds out what became of a commit, and keeps one that comes late from happening",
        .enabled(if: TestServers.galera != nil),
        arguments: CommitProxy.Fault.allCases
    )
    func anotherNode(_ fault: CommitProxy.Fault) async throws {
        try await ScratchDatabase.with(TestServers.galera) { database in
            try await database.migrate(now: SystemWallClock().now)
            let hosts = database.configuration.hosts
            let proxy = try CommitProxy(before: hosts[0].port)
            defer { proxy.stop() }
            let schedule = try Schedule("* * * * *")
            let identities = IdentitySource()
            for round in 0..<3 {
                // A store of its own, so that each begins at the first node; after the fault that one rests.
                let store = database.store(nil) { $0.hosts = [.init(name: "127.0.0.1", port: proxy.port), hosts[1]] }
                _ = try await store.slots()
                proxy.arm([fault])
                let draft = JobDraft(
                    id: identities.jobID(at: SystemWallClock().now),
                    name: "round \(round)",
                    definition: JobDefinition(schedule: schedule, executable: .command("true"))
                )
                #expect(try await store.createJob(draft, idempotency: nil).job.id == draft.id)
                #expect(try await store.job(draft.id)?.version.number == 1)
                await store.close()
            }
            #expect(proxy.count == 3, "every armed fault has struck")
            let other = database.store(nil) { $0.hosts = [hosts[2]] }
            #expect(try await other.jobs(after: nil, limit: 100).count == 3)
            await other.close()
        }
    }

    @Test("A claim whose commit is lost is committed once", arguments: CommitProxy.Fault.allCases)
    func claims(_ fault: CommitProxy.Fault) async throws {
        try await ScratchDatabase.with(TestServers.mariadb, slotCount: 4) { database in
            let clock = ManualWallClock(now: Date(timeIntervalSince1970: 1_767_225_599.5))
            try await database.migrate(now: clock.now)
            let server = try #require(database.configuration.hosts.first)
            let proxy = try CommitProxy(before: server.port)
            defer { proxy.stop() }
            let store = database.store(clock) { $0.hosts = [.init(name: "127.0.0.1", port: proxy.port)] }
            let worker = WorkerID(rawValue: "w-one")
            let slot = SlotID(index: 0)
            _ = try await store.assign([slot: worker], token: LeaderToken(incarnation: 1, sequence: 1))
            for _ in 0..<5 {
                clock.advance(by: .seconds(60))
                let row = try await store.contents(of: slot, after: .zero, limit: 10).slot
                let claim = SlotClaim(
                    slot: slot,
                    worker: worker,
                    epoch: row.epoch,
                    revision: row.revision,
                    from: row.accountedUntil,
                    to: Instant(floor: clock.now)
                )
                proxy.arm([fault])
                // One that was committed unheard and tried again would be refused for its watermark.
                #expect(try await store.claim([claim]) == [.committed])
                let after = try await store.contents(of: slot, after: .zero, limit: 10).slot
                #expect(after.accountedUntil == claim.to)
                #expect(after.claimSequence == row.claimSequence + 1)
            }
            #expect(proxy.count == 5)
            await store.close()
        }
    }
}
#endif
