import DistributedCron
import DistributedCronTesting
import Foundation
import Logging
import Testing

@Suite("The housekeeper removes what nothing refers to, and nothing else", .timeLimit(.minutes(1)))
struct HousekeeperTests {
    private let time = ManualTime(now: Instant.monday().date)
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("Files of jobs and outputs of attempts stay; what lost its job's last version goes after the grace")
    func artifacts() async throws {
        let store = InMemoryJobStore(wallClock: self.time.wallClock)
        let artifacts = InMemoryArtifactStore(wallClock: self.time.wallClock)
        let jobs = JobService(store: store, artifacts: artifacts, coordinator: InMemoryEnsemble().session())
        let housekeeper = Housekeeper(
            store: store,
            artifacts: artifacts,
            clock: self.time.clock,
            wallClock: self.time.wallClock,
            logger: self.logger
        )
        let used = try await artifacts.store(Array("used".utf8))
        let orphan = try await artifacts.store(Array("orphan".utf8))
        _ = try await jobs.create(JobRequest(schedule: "@daily", executable: .script(used)))
        // Most jobs have no file.
        for number in 0..<1_500 {
            _ = try await jobs.create(JobRequest(schedule: "@daily", executable: .command("true \(number)")))
        }
        #expect(try await housekeeper.removeArtifacts() == 0)
        self.time.advance(by: .seconds(3_601))
        let fresh = try await artifacts.store(Array("fresh".utf8))
        #expect(try await housekeeper.removeArtifacts() == 1)
        #expect(try await artifacts.contains(used.digest))
        #expect(try await !artifacts.contains(orphan.digest))
        #expect(try await artifacts.contains(fresh.digest))
    }

    @Test("A removed job goes when its retention is over, and takes its file along; its name was free before")
    func jobs() async throws {
        let store = InMemoryJobStore(wallClock: self.time.wallClock)
        let artifacts = InMemoryArtifactStore(wallClock: self.time.wallClock)
        let jobs = JobService(store: store, artifacts: artifacts, coordinator: InMemoryEnsemble().session())
        let housekeeper = Housekeeper(
            store: store,
            artifacts: artifacts,
            clock: self.time.clock,
            wallClock: self.time.wallClock,
            logger: self.logger
        )
        let file = try await artifacts.store([1])
        let removed = try await jobs.create(JobRequest(schedule: "@daily", executable: .script(file)))
        let kept = try await jobs.create(JobRequest(schedule: "@daily", executable: .command("true")))
        _ = try await jobs.remove(removed.id)
        self.time.advance(by: .seconds(90 * 86_400))
        #expect(try await housekeeper.purgeJobs() == 0)
        self.time.advance(by: .seconds(2))
        #expect(try await housekeeper.purgeJobs() == 1)
        #expect(try await jobs.job(removed.id) == nil)
        #expect(try await jobs.jobs().map(\.id) == [kept.id])
        #expect(try await housekeeper.removeArtifacts() == 1)
    }

    @Test("It looks once every period, and ends when it is told to")
    func period() async throws {
        let artifacts = InMemoryArtifactStore(wallClock: self.time.wallClock)
        let housekeeper = Housekeeper(
            store: InMemoryJobStore(wallClock: self.time.wallClock),
            artifacts: artifacts,
            clock: self.time.clock,
            wallClock: self.time.wallClock,
            logger: self.logger
        )
        let orphan = try await artifacts.store(Array("orphan".utf8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await housekeeper.run() }
            for _ in 0..<2 {
                try await self.time.clock.waitForSleepers()
                self.time.advance(by: .seconds(3_600))
            }
            try await self.time.clock.waitForSleepers()
            group.cancelAll()
        }
        #expect(try await !artifacts.contains(orphan.digest))
    }
}
