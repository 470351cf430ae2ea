import DistributedCron
import Foundation

/// Jobs such as a large company has: each with a command and a name of its own, most of them far from due.
package struct Fleet: Sendable {
    /// When the measurements begin.
    package static let start = Instant("2026-03-01T02:59:00Z") ?? .distantPast
    /// How many jobs are due at the same second, once a day: three in the morning.
    package static let dueCount = 10_000

    package let count: Int
    private let identities = IdentitySource()

    package init(count: Int) { self.count = count }

    /// The jobs, one after the other.
    package func draft(_ number: Int) throws -> JobDraft {
        // The others are due in January, at every minute of every hour.
        let schedule =
            number < Self.dueCount ? "0 3 * * *" : "\(number % 60) \(number / 60 % 24) \(number / 1_440 % 31 + 1) 1 *"
        return JobDraft(
            id: self.identities.jobID(at: Self.start.date.addingTimeInterval(TimeInterval(number) / 1_000)),
            name: "nightly-report-\(number)",
            labels: ["team": "billing"],
            definition: JobDefinition(
                schedule: try Schedule(schedule),
                executable: .command("/usr/local/bin/report --customer \(number)")
            )
        )
    }

    /// Creates all jobs, many at a time.
    package func create(in store: some JobStore, concurrency: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 0..<concurrency {
                group.addTask {
                    for number in stride(from: first, to: self.count, by: concurrency) {
                        _ = try await store.createJob(try self.draft(number), idempotency: nil)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
