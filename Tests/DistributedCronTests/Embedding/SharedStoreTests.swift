import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("A cron on a store that others can reach too", .timeLimit(.minutes(2)))
struct SharedStoreTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("Whoever opens the store later takes over, runs included, and the earlier one ends and says why")
    func takesOver() async throws {
        let (one, other) = (try TemporaryDirectory(), try TemporaryDirectory())
        let witness = "\(one.path)/witness"
        let command = "echo $DISTCRON_ATTEMPT >>\(witness); [ $DISTCRON_ATTEMPT != 1 ] || sleep 600"
        let store = InMemoryJobStore()
        let first = try await CronService(.store(store, files: one.path), logger: self.logger)
        let job = try await first.command("long", "@yearly", run: command)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let error = await #expect(throws: JobStoreError.self) { try await first.run() }
                #expect(error?.code == .fenced)
                #expect(error?.message.contains("another process") == true)
            }
            let run = try await first.jobs.run(job.id)
            while !FileManager.default.fileExists(atPath: witness) { await Task.yield() }
            let second = try await CronService(.store(store, files: other.path), logger: self.logger)
            // What the later one does not declare it would remove.
            _ = try await second.command("long", "@yearly", run: command)
            try await withThrowingTaskGroup(of: Void.self) { later in
                later.addTask { try await second.run() }
                try await group.next()
                let ended = try await second.jobs.awaitEnd(of: run.id, atMost: .seconds(60))
                #expect(ended?.state == .succeeded)
                #expect(ended?.attempt == 2, "the end of the first attempt was not the earlier one's to record")
                later.cancelAll()
                while await later.nextResult() != nil {}
            }
            await first.close()
            await second.close()
        }
        #expect(try String(contentsOfFile: witness, encoding: .utf8) == "1\n2\n")
    }

    @Test("Two that begin at the same moment never lead under the same token")
    func tokens() async throws {
        let store = InMemoryJobStore()
        var tokens: Set<LeaderToken> = []
        for _ in 0..<10 {
            let directory = try TemporaryDirectory()
            let backends = try await EmbeddedBackends.open(
                .store(store, files: directory.path),
                identities: IdentitySource(),
                logger: self.logger
            )
            tokens.insert(try await backends.coordinator.campaign(as: ManagerID(rawValue: "m")))
        }
        #expect(tokens.count == 10)
    }

    @Test("A directory of files is one process's at a time, and one store's for good")
    func directories() async throws {
        let directory = try TemporaryDirectory()
        let store = InMemoryJobStore()
        do {
            let cron = try await CronService(.store(store, files: directory.path), logger: self.logger)
            try await self.expect(.locked, "in use by process", .store(store, files: directory.path))
            await cron.close()
        }
        try await self.expect(.unusable, "another cluster", .store(InMemoryJobStore(), files: directory.path))
        try await self.expect(.unusable, "whose jobs are elsewhere", .directory(directory.path))
        _ = try await CronService(.store(store, files: directory.path), logger: self.logger)

        let own = try TemporaryDirectory()
        let cron = try await CronService(.directory(own.path), logger: self.logger)
        try await cron.command("daily", "@daily", run: "true")
        await cron.close()
        try await self.expect(.unusable, "holds jobs of its own", .store(store, files: own.path))
    }

    private func expect(_ code: JournalError.Code, _ part: String, _ storage: CronService.Storage) async throws {
        let error = await #expect(throws: JournalError.self) {
            try await CronService(storage, logger: self.logger)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
}
