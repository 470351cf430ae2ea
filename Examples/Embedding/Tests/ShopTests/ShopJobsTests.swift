import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@testable import Shop

@Suite("What the shop does by the clock", .timeLimit(.minutes(1)))
struct ShopJobsTests {
    /// Gives a test the shop's jobs and an empty directory of reports.
    private func withShop(
        at instant: String,
        _ test: (CronService, CronClock, Sessions, URL) async throws -> Void
    ) async throws {
        let reports = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID())")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: reports) }
        try await withCron(at: instant, timeZone: "Europe/Stockholm") { cron, clock in
            let sessions = Sessions()
            try await ShopJobs.declare(on: cron, sessions: sessions, reports: reports.path())
            try await test(cron, clock, sessions, reports)
        }
    }

    @Test("A session is purged at the first quarter of an hour after it was idle for one")
    func purge() async throws {
        try await self.withShop(at: "2026-03-01T12:00:00Z") { cron, clock, sessions, _ in
            await sessions.touch("a", at: clock.wallClock.now)
            try await clock.advance(to: "2026-03-01T13:14:59Z")
            #expect(await sessions.count == 1)
            try await clock.advance(to: "2026-03-01T13:15:00Z")
            #expect(await sessions.count == 0)
            let run = try #require(try await cron.runs(of: "purge-sessions").first)
            #expect(try await cron.jobs.output(of: run.id)?.bytes() == Array("purged 1\n".utf8))
        }
    }

    @Test("In the night that has no 02:30 the report is written once, when the clocks have changed")
    func reportInSpring() async throws {
        try await self.withShop(at: "2026-03-28T12:00:00Z") { cron, clock, _, reports in
            try await clock.advance(to: "2026-03-29T12:00:00Z")
            let runs = try await cron.runs(of: "nightly-report")
            #expect(runs.map(\.state) == [.succeeded])
            #expect(runs.map { "\($0.id.scheduledAt)" } == ["2026-03-29T01:00:00Z"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: reports.path()) == ["report-\(runs[0].id)"])
        }
    }

    @Test("In the night that has 02:30 twice the report is written once, the first time")
    func reportInAutumn() async throws {
        try await self.withShop(at: "2026-10-24T12:00:00Z") { cron, clock, _, _ in
            try await clock.advance(to: "2026-10-25T12:00:00Z")
            let runs = try await cron.runs(of: "nightly-report")
            #expect(runs.map { "\($0.id.scheduledAt)" } == ["2026-10-25T00:30:00Z"])
        }
    }
}
