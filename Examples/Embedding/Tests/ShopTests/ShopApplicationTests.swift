import DistributedCron
import Foundation
import HummingbirdTesting
import Testing

@testable import Shop

@Suite("The shop's application", .timeLimit(.minutes(1)))
struct ShopApplicationTests {
    @Test("It runs its closure and its command, and its API tells of both")
    func jobs() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        let cron = try await CronService(.directory(directory.path()), timeZone: "Europe/Stockholm")
        let sessions = Sessions()
        try await ShopJobs.declare(on: cron, sessions: sessions, reports: directory.path())
        try await ShopApplication.make(cron: cron, sessions: sessions, port: 0).test(.live) { client in
            try await client.execute(uri: "/?token=a", method: .get) { #expect($0.status == .ok) }
            for name in ["purge-sessions", "nightly-report"] {
                let job = try #require(try await cron.job(named: name))
                // Asks for a run, and waits for its end.
                try await client.execute(
                    uri: "/cron/jobs/\(job.id)/runs",
                    method: .post,
                    headers: [.init("Prefer")!: "wait=30"]
                ) { response in
                    #expect(response.status == .ok)
                    #expect(String(buffer: response.body).contains(#""state":"succeeded""#))
                }
            }
            #expect(await sessions.count == 1)
        }
        await cron.close()
    }
}
