import DistributedCronTesting
import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("A store on a directory is after a restart what it was before", .timeLimit(.minutes(5)))
struct DurableStoreTests {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("It keeps every promise of a job store", arguments: JobStoreConformance.Check.allCases)
    func conforms(to check: JobStoreConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await JobStoreConformance { clock in
            try await InMemoryJobStore.open(
                directory: directory.path,
                slotCount: 8,
                wallClock: clock,
                logger: Self.logger
            )
        }.run(check)
    }

    @Test("Random histories survive restarts whole")
    func randomHistories() async throws {
        var generator = SeededGenerator(seed: testSeed())
        var snapshots = 0
        for _ in 0..<10 {
            let directory = try TemporaryDirectory()
            let clock = ManualWallClock(now: Instant.monday().date)
            var history = RandomHistory(generator: SeededGenerator(seed: generator.next()))
            for _ in 0..<4 {
                let before = try await Self.session(directory, clock, &history)
                let store = try await Self.open(directory, clock)
                let after = try await StoreContents(of: store)
                #expect(try await store.cluster() == before.cluster)
                after.expect(before.contents)
                await store.close()
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            snapshots += names.count { $0.hasSuffix(".snap") }
        }
        #expect(snapshots > 0, "the test is to see snapshots too")
    }

    @Test("What is confirmed and revoked survives a restart")
    func confirmations() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualWallClock(now: Instant.monday().date)
        let token = LeaderToken(incarnation: 1, sequence: 1)
        let store = try await Self.open(directory, clock)
        _ = try await store.confirm(.one, for: .seconds(30))
        _ = try await store.revokeConfirmations(of: [.two], token: token)
        await store.close()
        let again = try await Self.open(directory, clock)
        let listed = try await again.confirmedWorkers()
        #expect(listed == [ConfirmedWorker(id: .one, until: clock.now + 30)])
        let isConfirmed = try await again.confirm(.two, for: .seconds(30))
        #expect(!isConfirmed)
        let revoked = try await again.revokeConfirmations(of: [.one], token: token)
        #expect(revoked == [.one: RevokedConfirmation(remaining: .seconds(30), wasRevoked: false)])
        await again.close()
    }

    private static func open(_ directory: TemporaryDirectory, _ clock: ManualWallClock) async throws -> InMemoryJobStore
    {
        try await InMemoryJobStore.open(
            directory: directory.path,
            slotCount: 2,
            historyLimit: 12,
            identities: IdentitySource(SeededGenerator(seed: 1)),
            wallClock: clock,
            // After hardly any change there is one, and the next changes come while it is taken.
            snapshotBytes: 2_000,
            logger: self.logger
        )
    }

    /// Opens the store, changes it, and lets go of it.
    private static func session(
        _ directory: TemporaryDirectory,
        _ clock: ManualWallClock,
        _ history: inout RandomHistory
    ) async throws -> (cluster: Cluster, contents: StoreContents) {
        let store = try await self.open(directory, clock)
        for _ in 0..<40 { try await history.step(store, clock) }
        let cluster = try await store.cluster()
        let contents = try await StoreContents(of: store)
        await store.close()
        return (cluster, contents)
    }

    @Test("A store that is closed, or let go of, while it takes a snapshot loses nothing", arguments: [true, false])
    func snapshotInterrupted(isClosed: Bool) async throws {
        let directory = try TemporaryDirectory()
        var definition = try JobDefinition.command("@daily")
        definition.environment = ["A": String(repeating: "x", count: 64_000)]
        var count = 0
        do {
            let store = try await InMemoryJobStore.open(
                directory: directory.path,
                snapshotBytes: 1 << 20,
                logger: Self.logger
            )
            // Until one has begun; it takes longer than the next step of this test.
            while try !Self.takesSnapshot(directory), count < 1_000 {
                count += 1
                _ = try await store.createJob(JobDraft(id: .test(count), definition: definition))
            }
            if isClosed { await store.close() }
        }
        // What was let go of keeps the directory until its snapshot is whole.
        var reopened: InMemoryJobStore?
        while reopened == nil {
            do {
                reopened = try await InMemoryJobStore.open(directory: directory.path, logger: Self.logger)
            } catch let error as JournalError where error.code == .locked && !isClosed {
                await Task.yield()
            }
        }
        #expect(count > 1)
        #expect(try await reopened?.jobs(after: nil, limit: 1_000).count == count)
    }

    private static func takesSnapshot(_ directory: TemporaryDirectory) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).contains { $0.hasPrefix("journal-2") }
    }

    @Test("A purged job does not come back with a restart, and its neighbours do")
    func purge() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualWallClock(now: Instant.monday().date)
        do {
            let store = try await Self.open(directory, clock)
            for number in 1...3 {
                _ = try await store.createJob(
                    JobDraft(id: .test(number), name: "job-\(number)", definition: try .command("@daily"))
                )
            }
            _ = try await store.removeJob(.test(2))
            clock.advance(by: .seconds(60))
            #expect(try await store.purgeJobs([.test(1), .test(2)], idleSince: clock.now) == [.test(2)])
            await store.close()
        }
        let store = try await Self.open(directory, clock)
        #expect(try await store.jobs(after: nil, limit: 10).map(\.id) == [.test(1), .test(3)])
    }

    @Test("An idempotency key survives a restart")
    func idempotency() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualWallClock(now: Instant.monday().date)
        let key = IdempotencyKey(key: "k", fingerprint: [7])
        let draft = JobDraft(id: .test(1), definition: try .command("@daily"))
        do {
            let store = try await Self.open(directory, clock)
            #expect(try await !store.createJob(draft, idempotency: key).isReplay)
            await store.close()
        }
        let store = try await Self.open(directory, clock)
        let again = JobDraft(id: .test(2), definition: draft.definition)
        let creation = try await store.createJob(again, idempotency: key)
        #expect(creation.isReplay && creation.job.id == .test(1))
    }
}
