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

    /// Everything that a store says.
    private struct Contents: Equatable {
        var cluster: Cluster
        var slots: [Slot]
        var jobs: [Job]
        var runs: [Run]
        var attempts: [RunID: [Attempt]] = [:]
        var gaps: [JobID: [Gap]] = [:]
        var changes: [SlotContents] = []

        init(of store: some JobStore) async throws {
            self.cluster = try await store.cluster()
            self.slots = try await store.slots()
            self.jobs = try await store.jobs(after: nil, limit: 1_000)
            self.runs = try await store.runs(matching: RunFilter(), before: nil, limit: 100_000)
            for run in self.runs { self.attempts[run.id] = try await store.attempts(of: run.id) }
            for job in self.jobs { self.gaps[job.id] = try await store.gaps(of: job.id, limit: 1_000) }
            for slot in self.slots {
                self.changes.append(try await store.contents(of: slot.id, after: .zero, limit: 1_000))
            }
        }
    }

    @Test("Random histories survive restarts whole")
    func randomHistories() async throws {
        var generator = SeededGenerator(seed: testSeed())
        var snapshots = 0
        for _ in 0..<10 {
            let directory = try TemporaryDirectory()
            let clock = ManualWallClock(now: Instant.monday().date)
            var history = RandomHistory(generator: generator)
            for _ in 0..<4 {
                let before = try await Self.session(directory, clock, &history)
                let store = try await Self.open(directory, clock)
                let after = try await Contents(of: store)
                #expect(after.cluster == before.cluster && after.slots == before.slots)
                #expect(after.jobs == before.jobs)
                #expect(after.runs == before.runs)
                #expect(after.attempts == before.attempts)
                #expect(after.gaps == before.gaps)
                #expect(after.changes == before.changes)
                await store.close()
            }
            generator = history.generator
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            snapshots += names.count { $0.hasSuffix(".snap") }
        }
        #expect(snapshots > 0, "the test is to see snapshots too")
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
    ) async throws -> Contents {
        let store = try await self.open(directory, clock)
        for _ in 0..<40 { try await history.step(store, clock) }
        let contents = try await Contents(of: store)
        await store.close()
        return contents
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

/// Changes of a store, drawn at random.
struct RandomHistory {
    var generator: SeededGenerator
    private var jobs = 0
    private var triggers: UInt64 = 0
    private var term: UInt64 = 0

    init(generator: SeededGenerator) { self.generator = generator }

    mutating func step(_ store: InMemoryJobStore, _ clock: ManualWallClock) async throws {
        clock.now += Double.random(in: 0...400, using: &self.generator)
        switch Int.random(in: 0..<10, using: &self.generator) {
        case 0, 1: try await self.create(store)
        case 2: try await self.update(store)
        case 3: if let job = try await self.anyJob(store) { _ = try await store.removeJob(job.id) }
        case 4:
            guard let job = try await self.anyJob(store) else { return }
            self.triggers += 1
            let request = RunRequest(reason: "r\(self.triggers)", environment: ["N": "\(self.triggers)"])
            _ = try? await store.requestRun(
                of: job.id,
                trigger: TriggerID(rawValue: self.triggers),
                request: request
            )
        case 5:
            let runs = try await store.runs(matching: RunFilter(), before: nil, limit: 50)
            if let run = runs.randomElement(using: &self.generator) {
                _ = try? await store.cancelRun(run.id, reason: .requested)
            }
        case 6:
            let jobs = try await store.jobs(after: nil, limit: 1_000).map(\.id)
            _ = try await store.purgeJobs(jobs, idleSince: clock.now - 600)
        default: try await self.work(store, now: Instant(floor: clock.now))
        }
    }

    private mutating func anyJob(_ store: InMemoryJobStore) async throws -> Job? {
        try await store.jobs(after: nil, limit: 1_000).randomElement(using: &self.generator)
    }

    private mutating func draft(_ id: JobID) throws -> JobDraft {
        let texts = ["* * * * *", "H/7 * * * *", "@every 90s", "30 2 * * *", "@daily"]
        var definition = try JobDefinition.command("* * * * *") { policies in
            policies.concurrency = ConcurrencyPolicy.allCases[Int.random(in: 0..<4, using: &self.generator)]
            policies.maxRuns = Bool.random(using: &self.generator) ? 5 : nil
            policies.endsAt = Bool.random(using: &self.generator) ? .monday(40) : nil
            policies.timeout = .milliseconds(Int.random(in: 1...100_000, using: &self.generator))
        }
        definition.schedule = try Schedule(
            texts[Int.random(in: 0..<texts.count, using: &self.generator)],
            zone: try Zone.named(Bool.random(using: &self.generator) ? "Europe/Berlin" : "UTC"),
            dst: ClockChangeRule.allCases[Int.random(in: 0..<3, using: &self.generator)],
            hashKey: "cluster/\(id)",
            anchor: .monday()
        )
        definition.environment = ["A": "b", "Ü": "€"]
        definition.workingDirectory = Bool.random(using: &self.generator) ? "/tmp" : nil
        var draft = JobDraft(id: id, definition: definition)
        draft.description = Bool.random(using: &self.generator) ? "line\nline" : nil
        draft.labels = ["k": "\(Int.random(in: 0...3, using: &self.generator))"]
        draft.pause = Int.random(in: 0..<3, using: &self.generator) == 0 ? Pause(until: nil, reason: "why") : nil
        return draft
    }

    private mutating func create(_ store: InMemoryJobStore) async throws {
        self.jobs += 1
        var draft = try self.draft(.test(self.jobs))
        draft.name = "job-\(self.jobs)"
        _ = try await store.createJob(draft)
    }

    private mutating func update(_ store: InMemoryJobStore) async throws {
        guard let job = try await self.anyJob(store) else { return }
        _ = try? await store.updateJob(self.draft(job.id), ifVersion: job.version.number)
    }

    /// Takes both slots, claims what is due, and ends some of what runs.
    private mutating func work(_ store: InMemoryJobStore, now: Instant) async throws {
        self.term += 1
        let token = LeaderToken(incarnation: 1, sequence: self.term)
        let slots = [SlotID(index: 0), SlotID(index: 1)]
        let owned = try await store.assign([slots[0]: .one, slots[1]: .one], token: token)
        for slot in owned {
            var replica = SlotReplica(slot: slot)
            _ = replica.load(try await store.contents(of: slot.id, after: .zero, limit: 1_000), as: .one)
            while let claim = replica.plan(now: now, rowLimit: 30) {
                guard try await store.claim([claim]) == [.committed] else { break }
                guard let committed = CommittedClaim(claim, outcome: .committed) else { break }
                for permit in replica.commit(committed).permits { try await self.end(permit, store, now: now) }
            }
        }
    }

    private mutating func end(_ permit: LaunchPermit, _ store: InMemoryJobStore, now: Instant) async throws {
        let key = AttemptKey(of: permit.run)
        if Bool.random(using: &self.generator) { try await store.record(starts: [key: now.date], ends: []) }
        guard Int.random(in: 0..<3, using: &self.generator) > 0 else { return }
        let outcomes: [AttemptOutcome] = [
            .exited(0), .exited(7), .signaled(9), .failed("it failed"), .timedOut, .cancelled, .notStarted("no"),
            .expired,
        ]
        var output = OutputTail()
        output.append(Array("out".utf8), from: .stdout)
        output.append(Array("err".utf8), from: .stderr)
        var report = AttemptReport(
            outcome: outcomes[Int.random(in: 0..<outcomes.count, using: &self.generator)],
            startedAt: now.date,
            finishedAt: now.date + 0.125,
            output: output
        )
        if Bool.random(using: &self.generator) {
            report.fullOutput = Artifact(digest: ArtifactDigest(of: [1, 2, 3]), size: 3)
        }
        let attempt = Attempt(
            run: key.run,
            number: key.number,
            worker: .one,
            epoch: key.epoch,
            report: report,
            cancellation: report.outcome == .cancelled ? .requested : nil,
            retryAt: report.outcome == .exited(7) ? now + 60 : nil
        )
        try await store.record(starts: [:], ends: [attempt])
    }
}
