import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("A test moves the time of a whole cron", .timeLimit(.minutes(2)))
struct WithCronTests {
    @Test("Every instant on the way runs, in its order")
    func everyInstant() async throws {
        try await withCron(at: "2026-03-01T09:50:00Z") { cron, clock in
            let seen = Lock<[String]>([])
            try await cron.job("tick", "*/30 * * * *") { run in
                seen.withLock { $0.append("\(run.scheduledInstant)") }
                run.log("tick")
            }
            try await clock.advance(to: "2026-03-01T11:00:00Z")
            #expect(
                seen.withLock { $0 } == ["2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z", "2026-03-01T11:00:00Z"]
            )
            #expect("\(clock.instant)" == "2026-03-01T11:00:00Z")
            let runs = try await cron.runs(of: "tick")
            #expect(runs.map(\.state) == [.succeeded, .succeeded, .succeeded])
            #expect(try await cron.jobs.output(of: runs[0].id)?.bytes() == Array("tick\n".utf8))
        }
    }

    @Test("A time that the clocks skip runs once, at the change (cron(8) of Debian)")
    func clockChange() async throws {
        try await withCron(at: "2026-03-28T23:00:00Z", timeZone: "Europe/Stockholm") { cron, clock in
            try await cron.job("report", "30 2 * * *") { _ in }
            try await clock.advance(to: "2026-03-30T23:00:00Z")
            let instants = try await cron.runs(of: "report").map { "\($0.id.scheduledAt)" }
            #expect(instants == ["2026-03-30T00:30:00Z", "2026-03-29T01:00:00Z"])
        }
    }

    @Test("A year of a daily job passes without waiting")
    func year() async throws {
        try await withCron(at: "2026-01-01T00:00:00Z") { cron, clock in
            try await cron.job("daily", "@daily") { _ in }
            try await clock.advance(to: "2027-01-01T00:00:00Z")
            let runs = try await cron.runs(of: "daily")
            #expect(runs.count == 365)
            #expect(runs.allSatisfy { $0.state == .succeeded })
        }
    }

    @Test("A closure that sleeps on the clock lets time go on, and meets its next instant as its policy says")
    func sleepingClosure() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            try await cron.job("long", "* * * * *") { _ in try await clock.sleep(for: .seconds(90)) }
            try await clock.advance(to: "2026-03-01T00:01:30Z")
            #expect(try await cron.runs(of: "long").map(\.state) == [.running])
            try await clock.advance(to: "2026-03-01T00:02:31Z")
            let runs = try await cron.runs(of: "long")
            #expect(runs.map(\.state) == [.skipped, .succeeded])
            #expect(runs.last?.finishedAt == Instant("2026-03-01T00:02:30Z")?.date)
        }
    }

    @Test("What waits for a place waits until those that sleep in them have ended")
    func capacity() async throws {
        var configuration = CronService.Configuration()
        configuration.capacity = 1
        try await withCron(at: "2026-03-01T00:00:30Z", configuration: configuration) { cron, clock in
            for name in ["a", "b"] {
                try await cron.job(name, "1 0 * * *") { _ in try await clock.sleep(for: .seconds(90)) }
            }
            try await clock.advance(to: "2026-03-01T00:10:00Z")
            let ends = try await (cron.runs(of: "a") + cron.runs(of: "b")).compactMap(\.finishedAt).sorted()
            let expected = ["2026-03-01T00:02:30Z", "2026-03-01T00:04:00Z"]
            #expect(ends.map { "\(Instant(floor: $0))" } == expected)
        }
    }

    @Test("A closure that takes longer than its time-out is ended then, and tried again after its pause")
    func timeoutAndRetry() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            try await cron.job("slow", "@hourly", retry: .exponential(max: 1), timeout: .seconds(30)) { run in
                if run.attempt == 1 { try await clock.sleep(for: .seconds(3_000)) }
            }
            try await clock.advance(to: "2026-03-01T01:00:30Z")
            let run = try #require(try await cron.runs(of: "slow").first)
            #expect((run.state, run.failures) == (.pending, 1))
            try await clock.advance(bySeconds: 10)
            #expect(try await cron.runs(of: "slow").map(\.state) == [.succeeded])
            #expect(try await cron.jobs.attempts(of: run.id).map(\.report.outcome) == [.timedOut, .exited(0)])
        }
    }

    @Test("With `replace` a new run does not wait for the retry of the one that it replaces")
    func replacedRetry() async throws {
        struct Flaw: Error {}
        try await withCron(at: "2026-03-01T00:00:30Z") { cron, clock in
            let retry = RetryPolicy(max: 5, backoffSeconds: 600, maxBackoffSeconds: 600, jitter: 0)
            try await cron.job("j", "* * * * *", concurrency: .replace, retry: retry) { run in
                if run.scheduledInstant == Instant("2026-03-01T00:01:00Z") { throw Flaw() }
            }
            try await clock.advance(to: "2026-03-01T00:02:30Z")
            let runs = try await cron.runs(of: "j")
            #expect(runs.map(\.state) == [.succeeded, .cancelled])
            #expect(runs.last?.reason == .replaced)
        }
    }

    @Test("A closure that throws fails, with the error as the reason, and the job is in error until a run succeeds")
    func failure() async throws {
        struct Empty: Error {}
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            try await cron.job("flaky", "@hourly") { run in
                if run.scheduledInstant == Instant("2026-03-01T01:00:00Z") { throw Empty() }
            }
            try await clock.advance(to: "2026-03-01T01:00:00Z")
            #expect(try await cron.job(named: "flaky")?.status == .error)
            let run = try #require(try await cron.runs(of: "flaky").first)
            #expect((run.state, run.reason, run.detail) == (.failed, .error, "Empty()"))
            try await clock.advance(to: "2026-03-01T02:00:00Z")
            #expect(try await cron.job(named: "flaky")?.status == .scheduled)
        }
    }

    @Test("A command runs as a process, with the instant of the moved clock")
    func command() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            try await cron.command("echo", "@daily", run: "echo $DISTCRON_SCHEDULED_AT $WHO") {
                $0.environment = ["WHO": "me"]
            }
            try await clock.advance(to: "2026-03-02T00:00:00Z")
            let run = try #require(try await cron.runs(of: "echo").first)
            #expect(run.state == .succeeded)
            #expect(
                try await cron.jobs.output(of: run.id)?.bytes() == Array("2026-03-02T00:00:00Z me\n".utf8)
            )
        }
    }

    @Test("A run that was asked for is waited for, and its job can be paused")
    func manualRunAndPause() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            let job = try await cron.job("report", "@hourly") { _ in }
            let run = try await cron.jobs.run(job.id)
            try await clock.settle()
            #expect(try await cron.jobs.run(run.id)?.state == .succeeded)
            _ = try await cron.jobs.pause(job.id, Pause(until: Instant("2026-03-01T03:00:00Z")))
            try await clock.advance(to: "2026-03-01T04:00:00Z")
            let instants = try await cron.runs(of: "report").filter { $0.id.trigger == .schedule }.map {
                "\($0.id.scheduledAt)"
            }
            #expect(instants == ["2026-03-01T04:00:00Z", "2026-03-01T03:00:00Z"])
        }
    }

    @Test("Instants of the past are run oldest first, one at a time, and the schedule goes on meanwhile")
    func backfill() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            let seen = Lock<[String]>([])
            let job = try await cron.job("report", "@hourly") { run in
                seen.withLock { $0.append("\(run.trigger) \(run.scheduledInstant)") }
            }
            let from = try #require(Instant("2026-02-28T22:00:00Z"))
            let runs = try await cron.jobs.backfill(job.id, Backfill(from: from, to: from + 7_200))
            try await clock.settle()
            #expect(seen.withLock { $0 } == ["backfill 2026-02-28T22:00:00Z", "backfill 2026-02-28T23:00:00Z"])
            for run in runs { #expect(try await cron.jobs.run(run.id)?.state == .succeeded) }
            try await clock.advance(to: "2026-03-01T01:00:00Z")
            #expect(seen.withLock { $0.last } == "schedule 2026-03-01T01:00:00Z")
        }
    }

    @Test("Jobs with one instant run in it, all of them")
    func manyJobs() async throws {
        try await withCron(at: "2026-03-01T00:00:00Z") { cron, clock in
            let count = Lock(0)
            for number in 0..<200 {
                try await cron.job("job-\(number)", "@hourly") { _ in count.withLock { $0 += 1 } }
            }
            try await clock.advance(to: "2026-03-01T02:00:00Z")
            #expect(count.withLock { $0 } == 400)
        }
    }
}
