import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("What clients may ask for")
struct JobServiceTests {
    private let clock = ManualWallClock(now: Instant.monday().date)
    private let store: InMemoryJobStore
    private let artifacts = InMemoryArtifactStore()
    private let jobs: JobService

    init() {
        self.store = InMemoryJobStore(slotCount: 4, wallClock: self.clock)
        self.jobs = JobService(
            store: self.store,
            artifacts: self.artifacts,
            coordinator: InMemoryEnsemble().session()
        )
    }

    /// The problems with a request, by field.
    private func issues(
        schedule: String = "* * * * *",
        executable: Executable = .command("true"),
        _ change: (inout JobRequest) -> Void = { _ in }
    ) async throws -> [String: String] {
        var request = JobRequest(schedule: schedule, executable: executable)
        change(&request)
        do {
            _ = try await self.jobs.create(request)
            return [:]
        } catch let error as JobRequestError {
            return Dictionary(uniqueKeysWithValues: error.issues.map { ($0.field, $0.message) })
        }
    }

    @Test("A job has what was asked for, in its zone, from the next second on")
    func creates() async throws {
        var request = JobRequest(schedule: "30 2 * * *", executable: .command("ls -la"))
        request.timeZone = "Europe/Stockholm"
        request.name = "nightly"
        let job = try await self.jobs.create(request)
        #expect(job.status == .scheduled && job.name == "nightly")
        #expect(job.definition.executable == .command("ls -la"))
        #expect(job.definition.schedule.zone.name == "Europe/Stockholm")
        #expect(job.version.number == 1 && job.version.effectiveFrom > Instant(floor: job.createdAt) - 1)
        #expect(try await self.jobs.job(job.id) == job)
    }

    @Test("Every problem of a request is told at once, each with its field, and nothing is created")
    func everyProblem() async throws {
        let issues = try await self.issues(schedule: "61 * * * *", executable: .command(" ")) {
            $0.timeZone = "Europe/Stokholm"
            $0.name = ""
        }
        #expect(Set(issues.keys) == ["schedule", "executable", "timezone", "name"])
        #expect(issues["timezone"]?.contains("Europe/Stockholm") == true)
        #expect(try await self.jobs.jobs().isEmpty)
    }

    @Test("A schedule's problem keeps its column")
    func column() async throws {
        let error = await #expect(throws: JobRequestError.self) {
            try await self.jobs.create(JobRequest(schedule: "0 25 * * *", executable: .command("true")))
        }
        #expect(error?.issues.first?.schedule?.column == 3)
    }

    @Test("Commands and files are bounded, and hold nothing that cannot be run")
    func payloads() async throws {
        let limits = self.jobs.limits
        #expect(try await self.issues(executable: .command(String(repeating: "x", count: limits.commandBytes))).isEmpty)
        let long = String(repeating: "x", count: limits.commandBytes + 1)
        #expect(try await self.issues(executable: .command(long))["executable"]?.contains("65536") == true)
        #expect(try await self.issues(executable: .command("a\0b"))["executable"]?.contains("NUL") == true)
        let error = await #expect(throws: JobRequestError.self) { try await self.jobs.upload(Self.file([])) }
        #expect(error?.issues.first?.message == "the file is empty")
    }

    private static func file(_ bytes: [UInt8]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            continuation.yield(bytes)
            continuation.finish()
        }
    }

    @Test("A script is in the artifact store before its job exists")
    func script() async throws {
        let bytes = Array("#!/bin/sh\necho hello\n".utf8)
        let uploaded = try await self.jobs.upload(Self.file(bytes))
        let job = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .script(uploaded)))
        let artifact = try #require(job.definition.executable.artifact)
        #expect(artifact.size == bytes.count)
        var stored: [UInt8] = []
        for try await piece in try await self.artifacts.read(artifact.digest) { stored += piece }
        #expect(stored == bytes)
    }

    @Test("An instant that has passed is refused, for the job would never fire")
    func past() async throws {
        let issues = try await self.issues(schedule: "@at 2001-01-01T00:00:00Z")
        #expect(issues["schedule"]?.contains("passed") == true)
    }

    @Test("An attempt may be told to go on only where it meets nothing, by a new job and by a change alike")
    func lapses() async throws {
        for recovery in RecoveryPolicy.allCases {
            for concurrency in ConcurrencyPolicy.allCases {
                for choice in LapseConduct.allCases {
                    let issues = try await self.issues {
                        $0.policies.recovery = recovery
                        $0.policies.concurrency = concurrency
                        $0.policies.onLapse = choice
                    }
                    let isPossible = choice == .stop || (recovery == .atMostOnce && concurrency == .allow)
                    #expect(issues.keys.sorted() == (isPossible ? [] : ["on_lapse"]))
                    guard let message = issues["on_lapse"] else { continue }
                    #expect(message.contains("recovery \(recovery.rawValue) and concurrency \(concurrency.rawValue),"))
                    #expect(message.contains("only with at_most_once and allow"))
                }
            }
        }
        var request = JobRequest(schedule: "@daily", executable: .command("true"))
        request.policies.recovery = .atMostOnce
        request.policies.concurrency = .allow
        request.policies.onLapse = .finish
        let job = try await self.jobs.create(request)
        let error = await #expect(throws: JobRequestError.self) {
            try await self.jobs.update(job.id) { job in
                var request = JobRequest(job)
                request.policies.recovery = .rerun
                return request
            }
        }
        #expect(error?.issues.map(\.field) == ["on_lapse"])
        #expect(try await self.jobs.job(job.id) == job)
    }

    @Test("Times of a job that have passed meanwhile keep nobody from changing it, and no others are taken")
    func passedTimes() async throws {
        var request = JobRequest(schedule: "@daily", executable: .command("true"))
        request.pause = Pause(until: .monday(1))
        request.policies.endsAt = .monday(1)
        let job = try await self.jobs.create(request)
        self.clock.advance(by: .seconds(7_200))
        let changed = try await self.jobs.update(job.id) { job in
            var request = JobRequest(job)
            request.schedule = "@hourly"
            return request
        }
        #expect(changed.version.pause == nil)
        #expect(changed.definition.policies.endsAt == .monday(1))
        let error = await #expect(throws: JobRequestError.self) {
            try await self.jobs.update(job.id) { job in
                var request = JobRequest(job)
                request.pause = Pause(until: .monday(2))
                request.policies.endsAt = .monday(2)
                return request
            }
        }
        #expect(error?.issues.map(\.field) == ["pause", "ends_at"])
    }

    @Test("A request that is repeated when its time has passed is answered with the job that it made")
    func replayAfterItsTime() async throws {
        let request = JobRequest(schedule: "@at 2026-03-02T00:00:10Z", executable: .command("true"))
        let key = IdempotencyKey(key: "k", fingerprint: [1])
        let first = try await self.jobs.create(request, idempotency: key)
        self.clock.advance(by: .seconds(20))
        let again = try await self.jobs.create(request, idempotency: key)
        #expect(again.isReplay && again.job.id == first.job.id)
        await #expect(throws: JobRequestError.self) {
            try await self.jobs.create(request, idempotency: IdempotencyKey(key: "other", fingerprint: [1]))
        }
    }

    @Test("A name is one job's only, until that is removed")
    func names() async throws {
        var request = JobRequest(schedule: "@daily", executable: .command("true"))
        request.name = "backup"
        let first = try await self.jobs.create(request)
        let error = await #expect(throws: JobStoreError.self) { try await self.jobs.create(request) }
        #expect(error?.code == .nameTaken)
        #expect(try await self.jobs.remove(first.id)?.status == .finished)
        _ = try await self.jobs.create(request)
    }

    @Test("A name that reads like an identity is refused, so that an argument means one thing")
    func nameLikeIdentity() async throws {
        #expect(try await self.issues { $0.name = "0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1e11" }["name"] != nil)
        #expect(try await self.issues { $0.name = "two\nlines" }["name"] != nil)
    }

    @Test("`H` gives each job a time of its own that follows from its name")
    func hashedTimes() async throws {
        var minutes: Set<Instant?> = []
        for number in 0..<40 {
            var request = JobRequest(schedule: "H H * * *", executable: .command("true"))
            request.name = "job-\(number)"
            let job = try await self.jobs.create(request)
            minutes.insert(job.definition.schedule.next(after: .monday()))
        }
        #expect(minutes.count > 30)
    }

    @Test("A run that does not end is waited for only as long as asked")
    func waiting() async throws {
        let job = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .command("true")))
        let run = try await self.jobs.run(job.id)
        #expect(try await self.jobs.awaitEnd(of: run.id, atMost: .milliseconds(1))?.state == .pending)
        #expect(try await self.jobs.awaitEnd(of: RunID(job: job.id, scheduledAt: .monday()), atMost: .zero) == nil)
    }

    @Test("A service without a leader is not ready, and says so")
    func readiness() async throws {
        let checks = await self.jobs.checks()
        #expect(checks.first { $0.name == "leader" }?.problem == "no manager leads")
        #expect(checks.first { $0.name == "store" }?.problem == nil)
    }
}
