package import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Changes of a store, drawn at random.
///
/// What is changed depends on what the store answers, so two stores that answer alike have the same history.
package struct RandomHistory {
    private static let worker = WorkerID(rawValue: "w-1")
    /// 2026-03-02T00:00:00Z, a Monday.
    package static let beginning = Instant(epochSeconds: 1_772_409_600)

    private var generator: SeededGenerator
    private var jobs = 0
    private var triggers: UInt64 = 0
    private var term: UInt64 = 0

    package init(generator: SeededGenerator) { self.generator = generator }

    /// Lets some minutes pass, and changes something.
    ///
    /// - Parameters:
    ///   - store: A store with two slots.
    ///   - clock: The clock that the store goes by.
    /// - Throws: What the store throws unexpectedly.
    package mutating func step(_ store: some JobStore, _ clock: ManualWallClock) async throws {
        // In quarters of a second, which stores of any precision keep as they are.
        clock.now += Double(Int.random(in: 0...1_600, using: &self.generator)) / 4
        switch Int.random(in: 0..<11, using: &self.generator) {
        case 0, 1: try await self.create(store)
        case 2: try await self.update(store)
        case 3: if let job = try await self.anyJob(store) { _ = try await store.removeJob(job.id) }
        case 4:
            guard let job = try await self.anyJob(store) else { return }
            self.triggers += 1
            let request = RunRequest(reason: "r\(self.triggers)", environment: ["N": "\(self.triggers)"])
            guard self.triggers.isMultiple(of: 3) else {
                _ = try? await store.requestRun(
                    of: job.id,
                    trigger: TriggerID(rawValue: self.triggers),
                    request: request
                )
                return
            }
            let now = Instant(floor: clock.now)
            _ = try? await store.backfill(
                job.id,
                at: [now - 240, now - 180, now - 120],
                trigger: TriggerID(rawValue: TriggerID.firstBackfill.rawValue + self.triggers),
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
        case 7: _ = try await store.purgeRuns(endedBefore: clock.now - 3_600, limit: 5)
        default: try await self.work(store, now: Instant(floor: clock.now))
        }
    }

    private mutating func anyJob(_ store: some JobStore) async throws -> Job? {
        try await store.jobs(after: nil, limit: 1_000).randomElement(using: &self.generator)
    }

    private mutating func draft(_ id: JobID) throws -> JobDraft {
        let texts = ["* * * * *", "H/7 * * * *", "@every 90s", "30 2 * * *", "@daily"]
        var policies = JobPolicies()
        policies.concurrency = ConcurrencyPolicy.allCases[Int.random(in: 0..<4, using: &self.generator)]
        let lapses: [LapseConduct?] = [nil, .stop, .finish]
        policies.onLapseChoice = lapses[Int.random(in: 0..<3, using: &self.generator)]
        policies.onOutage = Bool.random(using: &self.generator) ? .lease : .hold
        policies.maxRuns = Bool.random(using: &self.generator) ? 5 : nil
        policies.endsAt = Bool.random(using: &self.generator) ? Self.beginning + 40 * 3_600 : nil
        policies.timeout = .milliseconds(Int.random(in: 1...100_000, using: &self.generator))
        let schedule = try Schedule(
            texts[Int.random(in: 0..<texts.count, using: &self.generator)],
            zone: try Zone.named(Bool.random(using: &self.generator) ? "Europe/Berlin" : "UTC"),
            dst: ClockChangeRule.allCases[Int.random(in: 0..<3, using: &self.generator)],
            hashKey: "cluster/\(id)",
            anchor: Self.beginning
        )
        var definition = JobDefinition(schedule: schedule, executable: .command("true"), policies: policies)
        definition.environment = ["Ü": "€"]
        definition.workingDirectory = Bool.random(using: &self.generator) ? "/tmp" : nil
        var draft = JobDraft(id: id, definition: definition)
        draft.description = Bool.random(using: &self.generator) ? "line\nline" : nil
        draft.labels = ["k": "\(Int.random(in: 0...3, using: &self.generator))"]
        draft.pause = Int.random(in: 0..<3, using: &self.generator) == 0 ? Pause(until: nil, reason: "why") : nil
        return draft
    }

    private mutating func create(_ store: some JobStore) async throws {
        self.jobs += 1
        var draft = try self.draft(JobID(rawValue: UInt128(self.jobs)))
        draft.name = "job-\(self.jobs)"
        _ = try await store.createJob(draft)
    }

    private mutating func update(_ store: some JobStore) async throws {
        guard let job = try await self.anyJob(store) else { return }
        _ = try? await store.updateJob(self.draft(job.id), ifVersion: job.version.number)
    }

    /// Takes both slots, claims what is due, and ends some of what runs.
    private mutating func work(_ store: some JobStore, now: Instant) async throws {
        self.term += 1
        let token = LeaderToken(incarnation: 1, sequence: self.term)
        let slots = [SlotID(index: 0), SlotID(index: 1)]
        let owned = try await store.assign([slots[0]: Self.worker, slots[1]: Self.worker], token: token)
        for slot in owned {
            var replica = SlotReplica(slot: slot)
            _ = replica.load(try await store.contents(of: slot.id, after: .zero, limit: 1_000), as: Self.worker)
            while let claim = replica.plan(now: now, rowLimit: 30) {
                guard try await store.claim([claim]) == [.committed] else { break }
                guard let committed = CommittedClaim(claim, outcome: .committed) else { break }
                for permit in replica.commit(committed).permits { try await self.end(permit, store, now: now) }
            }
        }
    }

    private mutating func end(_ permit: LaunchPermit, _ store: some JobStore, now: Instant) async throws {
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
            worker: Self.worker,
            epoch: key.epoch,
            report: report,
            cancellation: report.outcome == .cancelled ? .requested : nil,
            retryAt: report.outcome == .exited(7) ? now + 60 : nil
        )
        try await store.record(starts: [:], ends: [attempt])
    }
}
