import DistributedCronTesting
import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("A program's own cron", .timeLimit(.minutes(2)))
struct CronServiceTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A service of a process that works with a directory and then ends.
    private func process(
        in directory: TemporaryDirectory,
        _ work: (CronService) async throws -> Void
    ) async throws {
        let cron = try await CronService(.directory("\(directory.path)/cron"), logger: self.logger)
        do {
            try await work(cron)
        } catch {
            await cron.close()
            throw error
        }
        await cron.close()
    }

    /// A service of a process that works with a store at a time that a test moves.
    private func service(
        _ store: InMemoryJobStore,
        _ time: ManualTime,
        identities: IdentitySource = IdentitySource()
    ) -> CronService {
        let backends = EmbeddedBackends(
            store: store,
            scheduler: ManualScheduler(),
            wallClock: time.wallClock,
            attemptClock: time.clock,
            identities: identities,
            logger: self.logger
        )
        return CronService(
            backends,
            timeZone: .utc,
            configuration: CronService.Configuration(),
            identities: identities,
            logger: self.logger
        )
    }

    /// Does something while the service runs.
    private func running(_ cron: CronService, _ work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cron.run() }
            try await work()
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    @Test("What is declared again stays the same job; what is declared otherwise is a new version of it")
    func declaredAgain() async throws {
        let directory = try TemporaryDirectory()
        var first: Job?
        try await self.process(in: directory) { cron in
            first = try await cron.job("a", "@every 90m") { _ in }
            try await cron.command("b", "@daily", run: "true")
        }
        try await self.process(in: directory) { cron in
            let again = try await cron.job("a", "@every 90m") { _ in }
            #expect(again == first)
            let changed = try await cron.command("b", "@daily", run: "false", timeout: .seconds(9))
            #expect(changed.version.number == 2)
            #expect(changed.definition.policies.timeout == .seconds(9))
        }
    }

    @Test("A job that is not declared any more is removed, one that was added otherwise is not")
    func undeclared() async throws {
        let directory = try TemporaryDirectory()
        try await self.process(in: directory) { cron in
            try await cron.job("old", "@daily") { _ in }
            try await cron.job("kept", "@daily") { _ in }
            var request = JobRequest(schedule: "@daily", executable: .command("true"))
            request.name = "posted"
            _ = try await cron.jobs.create(request)
        }
        try await self.process(in: directory) { cron in
            try await cron.job("kept", "@daily") { _ in }
            try await cron.removeUndeclared()
            #expect(try await cron.job(named: "old") == nil)
            #expect(try await cron.job(named: "kept")?.status == .scheduled)
            #expect(try await cron.job(named: "posted")?.status == .scheduled)
        }
    }

    @Test("That a program has declared a job is nobody else's to say, or to take back")
    func declarationIsTheProgramsOwn() async throws {
        let time = ManualTime(now: Instant.monday().date)
        let store = InMemoryJobStore(wallClock: time.wallClock)
        let first = self.service(store, time)
        let job = try await first.command("b", "@daily", run: "true")
        // What a client does that puts a whole job and knows nothing of the label.
        let put = try await first.jobs.update(job.id) { _ in
            var request = JobRequest(schedule: "@hourly", executable: .command("true"))
            request.name = "b"
            return request
        }
        #expect(put.labels == job.labels)
        #expect(try await self.service(store, time).command("b", "@daily", run: "true").id == job.id)
        var request = JobRequest(schedule: "@daily", executable: .command("true"))
        request.labels = job.labels
        let error = await #expect(throws: JobRequestError.self) { try await first.jobs.create(request) }
        #expect(error?.issues.map(\.field) == ["labels"])
    }

    @Test("A job may have as many labels as are allowed, and be declared again")
    func manyLabels() async throws {
        let time = ManualTime(now: Instant.monday().date)
        let store = InMemoryJobStore(wallClock: time.wallClock)
        let labels = Dictionary(uniqueKeysWithValues: (0..<JobService.Limits().labels).map { ("k\($0)", "v") })
        for _ in 0..<2 {
            let job = try await self.service(store, time).command("b", "@daily", run: "true") { $0.labels = labels }
            #expect(job.labels.count == labels.count + 1)
        }
    }

    @Test("What a call has no argument for is set beside it, and refused like anybody's request")
    func onLapse() async throws {
        let time = ManualTime(now: Instant.monday().date)
        let cron = self.service(InMemoryJobStore(wallClock: time.wallClock), time)
        let job = try await cron.command("b", "@daily", run: "true", concurrency: .allow) {
            $0.policies.recovery = .atMostOnce
            $0.policies.onLapse = .stop
        }
        #expect(job.definition.policies.onLapse == .stop)
        let error = await #expect(throws: JobRequestError.self) {
            try await cron.command("c", "@daily", run: "true") { $0.policies.onLapse = .finish }
        }
        #expect(error?.issues.map(\.field) == ["on_lapse"])
    }

    @Test("A pause outlives the process, and being declared again")
    func pause() async throws {
        let directory = try TemporaryDirectory()
        try await self.process(in: directory) { cron in
            let job = try await cron.job("a", "@daily") { _ in }
            _ = try await cron.jobs.pause(job.id, Pause(reason: "incident"))
        }
        try await self.process(in: directory) { cron in
            let job = try await cron.job("a", "@hourly") { _ in }
            #expect(job.version.pause?.reason == "incident")
            #expect(job.definition.schedule.text == "@hourly")
        }
    }

    @Test("A pause that is over keeps no program from declaring the job otherwise")
    func lapsedPause() async throws {
        let time = ManualTime(now: Instant.monday().date)
        let store = InMemoryJobStore(wallClock: time.wallClock)
        let first = self.service(store, time)
        let job = try await first.job("a", "@daily") { _ in }
        _ = try await first.jobs.pause(job.id, Pause(until: .monday(1), reason: "incident"))
        time.advance(by: .seconds(7_200))
        let changed = try await self.service(store, time).job("a", "@hourly") { _ in }
        #expect(changed.definition.schedule.text == "@hourly")
        #expect(changed.version.pause == nil)
    }

    @Test("Nothing is declared that is not valid, twice, or another's")
    func refused() async throws {
        let cron = try await CronService(.memory, logger: self.logger)
        let invalid = await #expect(throws: JobRequestError.self) { try await cron.job("a", "61 * * * *") { _ in } }
        #expect(invalid?.issues.first?.schedule?.column == 1)
        // What was refused can be put right.
        try await cron.job("a", "1 * * * *") { _ in }
        let twice = await #expect(throws: JobStoreError.self) { try await cron.job("a", "@daily") { _ in } }
        #expect(twice?.code == .nameTaken)
        var request = JobRequest(schedule: "@daily", executable: .command("true"))
        request.name = "posted"
        _ = try await cron.jobs.create(request)
        let taken = await #expect(throws: JobStoreError.self) { try await cron.command("posted", "@daily", run: "x") }
        #expect(taken?.code == .nameTaken)
        await #expect(throws: ZoneError.self) { try await CronService(.memory, timeZone: "Mars/Olympus") }
    }

    @Test("A directory is one service's at a time")
    func locked() async throws {
        let directory = try TemporaryDirectory()
        try await self.process(in: directory) { _ in
            let error = await #expect(throws: JournalError.self) {
                try await self.process(in: directory) { _ in }
            }
            #expect(error?.code == .locked)
        }
    }

    @Test("On real clocks closures and commands run, and their ends outlive the process")
    func realClocks() async throws {
        let directory = try TemporaryDirectory()
        var ids: [RunID] = []
        try await self.process(in: directory) { cron in
            let closure = try await cron.job("closure", "@daily") { run in run.log("hello") }
            let command = try await cron.command("command", "@daily", run: "exit 3")
            try await self.running(cron) {
                for job in [closure, command] {
                    let run = try await cron.jobs.run(job.id)
                    _ = try await cron.jobs.awaitEnd(of: run.id, atMost: .seconds(60))
                    ids.append(run.id)
                }
            }
        }
        try await self.process(in: directory) { cron in
            let runs = try await [cron.jobs.run(ids[0]), cron.jobs.run(ids[1])]
            #expect(runs.map { $0?.state } == [.succeeded, .failed])
            #expect(runs[1]?.exitCode == 3)
            #expect(try await cron.jobs.output(of: ids[0])?.bytes() == Array("hello\n".utf8))
        }
    }

    @Test("Kept in memory, nothing stays on disk")
    func memory() async throws {
        let identities = IdentitySource(SeededGenerator(seed: 1))
        let expected = "distcron-\(IdentitySource(SeededGenerator(seed: 1)).workerID())"
        let time = ManualTime(now: Instant.monday().date)
        let path = FileManager.default.temporaryDirectory.appending(path: expected).path()
        let cron = self.service(InMemoryJobStore(wallClock: time.wallClock), time, identities: identities)
        let job = try await cron.command("pwd", "@daily", run: "pwd")
        try await self.running(cron) {
            let run = try await cron.jobs.run(job.id)
            let ended = try await cron.jobs.awaitEnd(of: run.id, atMost: .seconds(60))
            #expect(ended?.state == .succeeded)
            let output = try await cron.jobs.output(of: run.id)?.bytes() ?? []
            #expect(String(decoding: output, as: UTF8.self).hasPrefix(path), "the test is pointless")
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
