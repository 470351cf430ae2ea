import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("What became of an instant, as the ledger has it")
struct InstantReportTests {
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

    /// A job whose slot a worker owns; its schedule is in force from one second after Monday's beginning.
    private func job(
        _ schedule: String = "*/5 * * * *",
        _ change: (inout JobRequest) -> Void = { _ in }
    ) async throws -> Job {
        var request = JobRequest(schedule: schedule, executable: .command("true"))
        change(&request)
        let job = try await self.jobs.create(request)
        _ = try await self.store.assign([job.slot: .one], token: LeaderToken(incarnation: 1, sequence: 1))
        return job
    }

    /// Goes on to a time, and accounts for what is before it with the rows that a worker would write.
    private func account(for job: Job, to end: Instant, _ change: (inout SlotClaim) -> Void = { _ in }) async throws {
        self.clock.now = end.date
        let slots = try await self.store.slots()
        let slot = try #require(slots.first { $0.id == job.slot })
        var claim = SlotClaim(
            slot: slot.id,
            worker: .one,
            epoch: slot.epoch,
            revision: slot.revision,
            from: slot.accountedUntil,
            to: end
        )
        change(&claim)
        #expect(try await self.store.claim([claim]) == [.committed])
    }

    /// The gap of the first hour of a job that fires every five minutes.
    private func gap(of job: Job, _ reason: RunReason = .misfire) -> Gap {
        Gap(job: job.id, first: .monday(0, 5), last: .monday(0, 55), count: 11, reason: reason, version: 1)
    }

    @Test("A run tells its attempt, its worker and how it ended")
    func run() async throws {
        let job = try await self.job()
        let id = RunID(job: job.id, scheduledAt: .monday(0, 5))
        try await self.account(for: job, to: .monday(0, 5)) { claim in
            claim.runs = [Run(id: id, version: 1, state: .claimed, attempt: 1, worker: .one, epoch: claim.epoch)]
        }
        let begun = try await self.jobs.why(job.id, at: .monday(0, 5))
        #expect(begun.detail == "its run is about to start: attempt 1 on worker w-1")
        #expect(begun.hasFired && begun.isNamed == true && begun.cause == nil)
        let claimed = try #require(try await self.store.run(id))
        let report = AttemptReport(outcome: .exited(3), startedAt: nil, finishedAt: self.clock.now)
        let end = Attempt(run: id, number: 1, worker: .one, epoch: claimed.epoch, report: report)
        try await self.store.record(starts: [:], ends: [end])
        let ended = try await self.jobs.why(job.id, at: .monday(0, 5))
        let failed = try #require(try await self.store.run(id))
        #expect(ended.outcome == .run(failed))
        #expect(ended.detail == "its run failed in attempt 1 on worker w-1: exit code 3")
        #expect(ended.cause == "exit" && ended.version == 1 && ended.schedule == job.definition.schedule)
    }

    @Test("A run that a policy refused has not fired, and says why")
    func skipped() async throws {
        let job = try await self.job()
        let id = RunID(job: job.id, scheduledAt: .monday(0, 5))
        try await self.account(for: job, to: .monday(0, 5)) { claim in
            claim.runs = [Run(id: id, version: 1, state: .skipped, reason: .overlap)]
        }
        let report = try await self.jobs.why(job.id, at: .monday(0, 5))
        #expect(report.detail == "its run was skipped: another run of the job was in progress")
        #expect(!report.hasFired && report.cause == "overlap")
    }

    @Test("A gap accounts for the instants in it, and for nothing else that lies in its range")
    func misfire() async throws {
        let job = try await self.job()
        let gap = self.gap(of: job)
        try await self.account(for: job, to: .monday(1)) { $0.gaps = [gap] }
        let report = try await self.jobs.why(job.id, at: .monday(0, 30))
        #expect(report.outcome == .gap(gap) && report.cause == "misfire" && report.isNamed == true)
        let range = "11 instants from 2026-03-02T00:05:00Z to 2026-03-02T00:55:00Z were not run"
        #expect(report.detail == "it was claimed too late; \(range)")
        #expect(try await self.jobs.why(job.id, at: .monday(0, 31)).outcome == .notNamed)
    }

    @Test("A pause is told with its end and its reason, before its instants come and after")
    func paused() async throws {
        let job = try await self.job()
        _ = try await self.jobs.pause(job.id, Pause(until: .monday(2), reason: "db migration"))
        let coming = try await self.jobs.why(job.id, at: .monday(1))
        #expect(coming.outcome == .paused && coming.cause == "paused" && coming.version == 2)
        let words = "paused until 2026-03-02T02:00:00Z (db migration)"
        #expect(coming.detail == "the schedule names it, but the job is \(words)")
        try await self.account(for: job, to: .monday(1, 30))
        let past = try await self.jobs.why(job.id, at: .monday(1))
        guard case .gap(let gap) = past.outcome else {
            Issue.record("\(past.outcome)")
            return
        }
        #expect(gap.reason == .paused && past.cause == "paused" && !past.hasFired)
        #expect(past.detail.hasPrefix("the job was \(words); "))
        #expect(try await self.jobs.why(job.id, at: .monday(2)).outcome == .future)
    }

    @Test("An instant is to come until it has come; then it waits for the slot's owner, who is named")
    func notYet() async throws {
        let job = try await self.job()
        let coming = try await self.jobs.why(job.id, at: .monday(0, 10))
        #expect(coming.outcome == .future && coming.isNamed == true && !coming.hasFired)
        #expect(coming.previous == .monday(0, 5) && coming.next == .monday(0, 15))
        self.clock.now = Instant.monday(0, 10).date
        let late = try await self.jobs.why(job.id, at: .monday(0, 10))
        #expect(late.outcome == .unaccounted && late.slot?.accountedUntil == .monday())
        let words = "it has come, but the slot of the job, which worker w-1 owns, is accounted for only until"
        #expect(late.detail == "\(words) 2026-03-02T00:00:00Z")
    }

    @Test("Before its creation a job had no instants; the ends of time are answered like any other time")
    func beforeCreation() async throws {
        let job = try await self.job()
        for instant in [Instant.monday(-1), .monday(), .distantPast] {
            let report = try await self.jobs.why(job.id, at: instant)
            #expect(report.outcome == .beforeCreation && report.version == nil && report.isNamed == nil)
            #expect(report.detail == "the job did not exist yet: its schedule counts from 2026-03-02T00:00:01Z on")
        }
        #expect(try await self.jobs.why(job.id, at: .distantFuture).outcome == .notNamed)
    }

    @Test("After its removal a job has no instants; those before that nobody has accounted for still wait")
    func removed() async throws {
        let job = try await self.job()
        self.clock.now = Instant.monday(1).date
        _ = try await self.jobs.remove(job.id)
        for instant in [Instant.monday(1), .monday(2)] {
            let report = try await self.jobs.why(job.id, at: instant)
            #expect(report.outcome == .removed && report.version == nil)
            #expect(report.detail == "the job was removed at 2026-03-02T01:00:00Z")
        }
        #expect(try await self.jobs.why(job.id, at: .monday(0, 30)).outcome == .unaccounted)
    }

    @Test("A schedule that has ended says what ended it")
    func ended() async throws {
        let timed = try await self.job { $0.policies.endsAt = .monday(1) }
        let late = try await self.jobs.why(timed.id, at: .monday(1))
        #expect(late.outcome == .ended && late.detail == "the schedule ended at 2026-03-02T01:00:00Z")
        #expect(try await self.jobs.why(timed.id, at: .monday(0, 55)).next == nil)
        let counted = try await self.job { $0.policies.maxRuns = 1 }
        try await self.account(for: counted, to: .monday(0, 5)) { claim in
            claim.versionEnds = [VersionEnd(job: counted.id, version: 1, effectiveTo: .monday(0, 5, 1))]
        }
        let report = try await self.jobs.why(counted.id, at: .monday(0, 10))
        #expect(report.outcome == .ended && report.detail == "the job had had as many runs as it may have, 1")
    }

    @Test("A time that the schedule does not name is told with the nearest that it does, and the field that differs")
    func notNamed() async throws {
        let job = try await self.job()
        let report = try await self.jobs.why(job.id, at: .monday(0, 7))
        #expect(report.outcome == .notNamed && report.isNamed == false)
        let nearest = "2026-03-02T00:05:00Z and 2026-03-02T00:10:00Z"
        #expect(report.detail == "the schedule does not name it; the nearest that it names are \(nearest)")
        #expect(report.fields.filter { !$0.isNamed }.map(\.field) == [.minute])
        let first = try await self.jobs.why(job.id, at: .monday(0, 2))
        #expect(first.previous == nil, "the schedule was not in force then")
        #expect(first.detail.hasSuffix("the first that it names is 2026-03-02T00:05:00Z"))
    }

    @Test("Of the time before an edit only rows tell, and nothing is made up")
    func earlierVersion() async throws {
        let job = try await self.job()
        let gap = self.gap(of: job)
        try await self.account(for: job, to: .monday(1)) { $0.gaps = [gap] }
        _ = try await self.jobs.update(job.id) { job in
            var request = JobRequest(job)
            request.schedule = "@hourly"
            return request
        }
        let inside = try await self.jobs.why(job.id, at: .monday(0, 30))
        #expect(inside.outcome == .gap(gap) && inside.version == 1 && inside.schedule == nil && inside.isNamed == nil)
        #expect(try await self.jobs.why(job.id, at: .monday(0, 5)).isNamed == true)
        let outside = try await self.jobs.why(job.id, at: .monday(0, 2))
        #expect(outside.outcome == .earlierVersion && outside.version == nil && outside.fields.isEmpty)
    }

    @Test("An instant that was accounted for and has no row any more is told as that, not as one that never came")
    func forgotten() async throws {
        let job = try await self.job()
        try await self.account(for: job, to: .monday(1))
        #expect(try await self.jobs.why(job.id, at: .monday(0, 30)).outcome == .forgotten)
    }

    @Test("A run that somebody asked for in that second is told where the schedule has none")
    func manualRun() async throws {
        let job = try await self.job()
        self.clock.now = Instant.monday(0, 3).date
        let run = try await self.jobs.run(job.id)
        let report = try await self.jobs.why(job.id, at: .monday(0, 3))
        #expect(report.outcome == .run(run) && report.isNamed == false && !report.hasFired)
        #expect(report.detail == "somebody asked for a run in this second: its run waits to be claimed")
    }

    @Test("A job that there never was is not found")
    func unknown() async throws {
        let error = await #expect(throws: JobStoreError.self) { try await self.jobs.why(.test(1), at: .monday()) }
        #expect(error?.code == .notFound)
    }
}
