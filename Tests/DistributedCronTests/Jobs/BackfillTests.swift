import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite("Instants of the past may be run")
struct BackfillTests {
    private let clock = ManualWallClock(now: Instant.monday().date)
    private let store: InMemoryJobStore
    private let jobs: JobService

    init() {
        self.store = InMemoryJobStore(slotCount: 4, wallClock: self.clock)
        self.jobs = JobService(
            store: self.store,
            artifacts: InMemoryArtifactStore(),
            coordinator: InMemoryEnsemble().session()
        )
    }

    private func job(_ schedule: String, _ change: (inout JobRequest) -> Void = { _ in }) async throws -> Job {
        var request = JobRequest(schedule: schedule, executable: .command("true"))
        change(&request)
        return try await self.jobs.create(request)
    }

    /// The problems of a backfill, by field.
    private func issues(_ job: Job, _ backfill: Backfill) async throws -> [String: String] {
        do {
            _ = try await self.jobs.backfill(job.id, backfill)
            return [:]
        } catch let error as JobRequestError {
            return Dictionary(uniqueKeysWithValues: error.issues.map { ($0.field, $0.message) })
        }
    }

    @Test("Each instant of the range gets a run of its own, in the job's zone, though the job did not exist then")
    func instants() async throws {
        // In the night to Sunday, 2025-10-26, the clocks of Berlin go back.
        let job = try await self.job("30 4 * * *") { $0.timeZone = "Europe/Berlin" }
        let from = try #require(Instant("2025-10-25T02:30:00Z"))
        let to = try #require(Instant("2025-10-27T03:30:00Z"))
        let runs = try await self.jobs.backfill(job.id, Backfill(from: from, to: to, reason: "new report"))
        #expect(runs.map { "\($0.id.scheduledAt)" } == ["2025-10-25T02:30:00Z", "2025-10-26T03:30:00Z"])
        #expect(runs.allSatisfy { $0.state == .pending && $0.id.trigger.kind == .backfill })
        #expect(
            runs.first?.request?.reason
                == "backfill from 2025-10-25T02:30:00Z to 2025-10-27T03:30:00Z: new report"
        )
        #expect(try await self.jobs.runs(matching: RunFilter(job: job.id)).reversed() == runs)
    }

    @Test("What would be run is told without being asked for")
    func dryRun() async throws {
        let job = try await self.job("@hourly")
        let backfill = Backfill(from: .monday(-3), to: .monday(-1, 0, 1))
        #expect(try await self.jobs.instants(of: job.id, in: backfill) == [.monday(-3), .monday(-2), .monday(-1)])
        #expect(try await self.jobs.runs().isEmpty)
    }

    @Test("Nothing is run at or after the schedule's own end")
    func end() async throws {
        let job = try await self.job("@hourly") { $0.policies.endsAt = .monday(2) }
        self.clock.now = Instant.monday(9).date
        let runs = try await self.jobs.backfill(job.id, Backfill(from: .monday(1), to: .monday(9)))
        #expect(runs.map(\.id.scheduledAt) == [.monday(1)])
    }

    @Test("Repeating a request asks for nothing twice; another range under its key is refused")
    func idempotency() async throws {
        let job = try await self.job("@hourly")
        let backfill = Backfill(from: .monday(-3), to: .monday())
        let runs = try await self.jobs.backfill(job.id, backfill, idempotency: "k")
        #expect(try await self.jobs.backfill(job.id, backfill, idempotency: "k") == runs)
        var other = backfill
        other.from = .monday(-2)
        let error = await #expect(throws: JobStoreError.self) {
            try await self.jobs.backfill(job.id, other, idempotency: "k")
        }
        #expect(error?.code == .mismatch)
        #expect(try await self.jobs.runs().count == 3)
        // A manual run under the same key is another request.
        #expect(try await self.jobs.run(job.id, idempotency: "k").id.trigger.kind == .manual)
        #expect(try await self.jobs.backfill(job.id, backfill).map(\.id) != runs.map(\.id))
    }

    @Test("A range is refused that has not passed, that is empty, or that has no instant, and nothing is asked for")
    func ranges() async throws {
        let job = try await self.job("@hourly")
        let future = try await self.issues(job, Backfill(from: .monday(-1), to: .monday(0, 0, 1)))
        #expect(future["to"]?.hasPrefix("2026-03-02T00:00:01Z has not come") == true)
        let empty = try await self.issues(job, Backfill(from: .monday(-1), to: .monday(-1)))
        #expect(empty["to"]?.contains("is not later than from") == true)
        let none = try await self.issues(job, Backfill(from: .monday(-1, 1), to: .monday(0)))
        #expect(none["to"]?.hasPrefix("the schedule has no instant from ") == true)
        let reason = String(repeating: "x", count: 1_025)
        #expect(try await self.issues(job, Backfill(from: .monday(-1), to: .monday(), reason: reason))["reason"] != nil)
        #expect(try await self.jobs.runs().isEmpty)
    }

    @Test("More than a thousand runs have to be meant, and more than ten thousand are too many")
    func limits() async throws {
        let job = try await self.job("* * * * *")
        var backfill = Backfill(from: .monday(0, -1_001), to: .monday())
        let unforced = try await self.issues(job, backfill)
        #expect(unforced["force"]?.hasPrefix("the schedule has 1001 instants from ") == true)
        #expect(try await self.jobs.runs().isEmpty)
        backfill.isForced = true
        #expect(try await self.jobs.backfill(job.id, backfill).count == 1_001)
        backfill.from = .monday(0, -10_001)
        #expect(try await self.issues(job, backfill)["to"]?.contains("at most 10000") == true)
        // Together with those that wait there would be too many.
        backfill.from = .monday(0, -9_000)
        let error = await #expect(throws: JobStoreError.self) { try await self.jobs.backfill(job.id, backfill) }
        #expect(error?.code == .overlap)
        #expect(try await self.jobs.job(job.id)?.progress.openRuns == 1_001)
    }

    @Test("A job that is not there, or was removed, has nothing to be run")
    func missing() async throws {
        let job = try await self.job("@hourly")
        let backfill = Backfill(from: .monday(-3), to: .monday())
        let unknown = await #expect(throws: JobStoreError.self) { try await self.jobs.backfill(.test(7), backfill) }
        #expect(unknown?.code == .notFound)
        _ = try await self.store.removeJob(job.id)
        let removed = await #expect(throws: JobStoreError.self) { try await self.jobs.backfill(job.id, backfill) }
        #expect(removed?.code == .removed)
    }

    @Test("A backfilled run that has ended is asked for again for its own instant")
    func retry() async throws {
        let job = try await self.job("@hourly")
        let run = try await self.jobs.backfill(job.id, Backfill(from: .monday(-1), to: .monday()))[0]
        _ = try await self.jobs.cancel(run.id)
        let again = try await self.jobs.retry(run.id, idempotency: "k")
        #expect(again.id != run.id && again.id.scheduledAt == .monday(-1))
        #expect(again.id.trigger.kind == .backfill && again.request?.reason == "retry of \(run.id)")
        #expect(try await self.jobs.retry(run.id, idempotency: "k") == again)
    }

    @Test("What accounts for an instant stays, and the backfilled run is told beside it")
    func why() async throws {
        let job = try await self.job("@hourly")
        #expect(try await self.jobs.why(job.id, at: .monday(-1)).backfill == nil)
        let backfill = Backfill(from: .monday(-1), to: .monday())
        let first = try await self.jobs.backfill(job.id, backfill)[0]
        _ = try await self.jobs.cancel(first.id)
        let second = try await self.jobs.backfill(job.id, backfill)[0]
        let report = try await self.jobs.why(job.id, at: .monday(-1))
        #expect(report.outcome == .beforeCreation && !report.hasFired)
        #expect(report.backfill == second)
        #expect(report.detail.hasSuffix("; it was backfilled, and its run waits to be claimed"))
    }

    @Test("Ended backfilled runs are kept beside a job's newest runs, as many once more")
    func retention() throws {
        let now = Instant.monday().date
        let cluster = Cluster(id: ClusterID(rawValue: "c"), slotCount: 1)
        var ledger = InMemoryLedger(cluster: cluster, historyLimit: 2, totalLimit: 100, now: now)
        let draft = JobDraft(id: .test(1), definition: try .command("* * * * *") { $0.concurrency = .allow })
        _ = try ledger.createJob(draft, idempotency: nil, now: now)
        let backfilled = try ledger.backfill(
            .test(1),
            at: (0..<4).map { .monday(-9, $0) },
            trigger: TriggerID(backfill: 1),
            request: RunRequest(),
            now: now
        )
        // The oldest has not ended, and keeps nothing else.
        for run in backfilled.dropFirst() { _ = try ledger.cancelRun(run.id, reason: .requested, now: now) }
        var manual: [RunID] = []
        for number in 1...4 {
            let trigger = TriggerID(rawValue: UInt64(number))
            let run = try ledger.requestRun(of: .test(1), trigger: trigger, request: RunRequest(), now: now)
            _ = try ledger.cancelRun(run.id, reason: .requested, now: now)
            manual.append(run.id)
        }
        let kept = ledger.jobs[.test(1)]?.runs.map(\.run.id) ?? []
        #expect(kept == [backfilled[0].id, backfilled[2].id, backfilled[3].id] + manual.suffix(2))
    }

    @Test("No manual request, drawn or named, has the trigger of a backfill, and no backfill one of a manual request")
    func triggers() {
        for bits in [0, 1, .max, 0xFFFF_0000_0000_0000, 0xFFFE_FFFF_FFFF_FFFF] as [UInt64] {
            #expect(TriggerID(manual: bits).kind == .manual)
            #expect(TriggerID(backfill: bits).kind == .backfill)
        }
        #expect(TriggerID.schedule.kind == .schedule)
        #expect(TriggerID(idempotencyKey: "k") != TriggerID(backfillKey: "k"))
        #expect(TriggerID(backfillKey: "k") == TriggerID(backfillKey: "k"))
    }
}
