import DistributedCron

/// What the shop does by the clock.
enum ShopJobs {
    /// Declares all of it.
    ///
    /// - Parameters:
    ///   - cron: What runs it.
    ///   - sessions: What is purged.
    ///   - reports: The directory of the nightly reports.
    /// - Throws: What is wrong with a declaration, or with the storage.
    static func declare(on cron: CronService, sessions: Sessions, reports: String) async throws {
        try await cron.job("purge-sessions", "*/15 * * * *") { run in
            let count = await sessions.purge(before: run.scheduledAt.addingTimeInterval(-3_600))
            run.log("purged \(count)")
        }
        try await cron.command(
            "nightly-report",
            "30 2 * * *",
            run: "date -u >\"report-$DISTCRON_RUN_ID\"",
            retry: .exponential(max: 5),
            timeout: .seconds(600)
        ) {
            $0.workingDirectory = reports
        }
    }
}
