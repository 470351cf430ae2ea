import DistributedCron
import Foundation
import Hummingbird

/// A web shop that needs no crontab.
@main
enum Shop {
    static func main() async throws {
        let directory = CommandLine.arguments.dropFirst().first ?? ".shop"
        let cron = try await CronService(.directory(directory), timeZone: "Europe/Stockholm")
        let sessions = Sessions()
        let reports = URL(filePath: directory).appending(path: "reports")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        try await ShopJobs.declare(on: cron, sessions: sessions, reports: reports.path())
        try await ShopApplication.make(cron: cron, sessions: sessions, port: 8_080).runService()
    }
}
