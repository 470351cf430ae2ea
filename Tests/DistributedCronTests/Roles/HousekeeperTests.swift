import DistributedCron
import DistributedCronTesting
import Foundation
import Logging
import Testing

@Suite("The housekeeper removes what nothing refers to, and nothing else", .timeLimit(.minutes(1)))
struct HousekeeperTests {
    private let time = ManualTime(now: Instant.monday().date)
    private let artifacts: InMemoryArtifactStore
    private let jobs: JobService
    private let housekeeper: Housekeeper

    init() {
        let store = InMemoryJobStore(wallClock: self.time.wallClock)
        self.artifacts = InMemoryArtifactStore(wallClock: self.time.wallClock)
        self.jobs = JobService(
            store: store,
            artifacts: self.artifacts,
            coordinator: InMemoryEnsemble().session()
        )
        self.housekeeper = Housekeeper(
            store: store,
            artifacts: self.artifacts,
            clock: self.time.clock,
            wallClock: self.time.wallClock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("Files of jobs stay; one that nothing refers to goes when the grace is over")
    func artifacts() async throws {
        let used = try await self.artifacts.store(Array("used".utf8))
        let orphan = try await self.artifacts.store(Array("orphan".utf8))
        _ = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .script(used)))
        // Most jobs have no file.
        for number in 0..<1_500 {
            _ = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .command("true \(number)")))
        }
        #expect(try await self.housekeeper.removeArtifacts() == 0)
        self.time.advance(by: .seconds(3_601))
        let fresh = try await self.artifacts.store(Array("fresh".utf8))
        #expect(try await self.housekeeper.removeArtifacts() == 1)
        #expect(try await self.artifacts.contains(used.digest))
        #expect(try await !self.artifacts.contains(orphan.digest))
        #expect(try await self.artifacts.contains(fresh.digest))
    }

    @Test("A removed job goes when its retention is over, and takes its file along")
    func jobs() async throws {
        let file = try await self.artifacts.store([1])
        let removed = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .script(file)))
        let kept = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .command("true")))
        _ = try await self.jobs.remove(removed.id)
        self.time.advance(by: .seconds(90 * 86_400))
        #expect(try await self.housekeeper.purgeJobs() == 0)
        self.time.advance(by: .seconds(2))
        #expect(try await self.housekeeper.purgeJobs() == 1)
        #expect(try await self.jobs.job(removed.id) == nil)
        #expect(try await self.jobs.jobs().map(\.id) == [kept.id])
        #expect(try await self.housekeeper.removeArtifacts() == 1)
    }

    @Test("A run goes when its retention is over")
    func runs() async throws {
        let job = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .command("true")))
        let old = try await self.jobs.run(job.id)
        _ = try await self.jobs.cancel(old.id)
        self.time.advance(by: .seconds(30 * 86_400 + 1))
        let recent = try await self.jobs.run(job.id)
        _ = try await self.jobs.cancel(recent.id)
        #expect(try await self.housekeeper.purgeRuns() == 1)
        #expect(try await self.jobs.runs(matching: RunFilter(job: job.id)).map(\.id) == [recent.id])
    }

    @Test("It looks once every period, and ends when it is told to")
    func period() async throws {
        let orphan = try await self.artifacts.store(Array("orphan".utf8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.housekeeper.run() }
            for _ in 0..<2 {
                try await self.time.clock.waitForSleepers()
                self.time.advance(by: .seconds(3_600))
            }
            try await self.time.clock.waitForSleepers()
            group.cancelAll()
        }
        #expect(try await !self.artifacts.contains(orphan.digest))
    }
}
