#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import Foundation

/// Pages of 100 jobs and of 100 runs by every filter, from anywhere in the list.
struct PageMeasurement {
    private static let size = 100
    private static let pages = 500
    /// A filter that has the server read everything is not asked for so often.
    private static let patience = 10.0

    let database: Database
    let ids: [JobID]
    private var store: MariaDBJobStore { self.database.store }

    func run() async throws {
        for (name, filter) in self.jobFilters {
            try await self.measure("jobs, \(name)") {
                _ = try await self.store.jobs(matching: filter, after: self.ids.randomElement(), limit: Self.size)
            }
        }
        let newest = try await self.store.now()
        for (name, filter) in self.runFilters {
            try await self.measure("runs, \(name)") {
                let cursor = RunID(
                    job: filter.job ?? self.ids[self.ids.count / 2],
                    scheduledAt: Instant(floor: newest) + -Int64.random(in: 0...Int64(2 * self.ids.count))
                )
                _ = try await self.store.runs(matching: filter, before: cursor, limit: Self.size)
            }
        }
    }

    private func measure(_ label: String, _ page: () async throws -> Void) async throws {
        let start = ContinuousClock.now
        var times: [Double] = []
        var bare: [Double] = []
        // The first pages find the server's cache without them.
        for number in 0..<(Self.pages + 20) {
            let seconds = try await Report.seconds(page)
            if number >= 20 || seconds > 1 { times.append(seconds * 1_000) }
            // In turns, because a page waits for whatever else the machine does: the peer says how much that is.
            bare.append(try await Report.seconds(self.bareReading) * 1_000)
            if (ContinuousClock.now - start) / .seconds(1) > Self.patience { break }
        }
        Report.line(
            "page of \(label)",
            times.percentile99,
            "ms",
            "aim: 10 ms; 99th percentile of \(times.count), median \(Report.microseconds(times.median)); "
                + "peer \(Report.microseconds(bare.percentile99)), median \(Report.microseconds(bare.median))"
        )
    }

    /// The rows of 100 jobs in a row, whole, and nothing else.
    private func bareReading() async throws {
        let digits = String(self.ids[Int.random(in: 0..<self.ids.count)].rawValue, radix: 16)
        let padded = String(repeating: "0", count: 32 - digits.count) + digits
        try self.database.bare.command("SELECT * FROM jobs WHERE id > X'\(padded)' ORDER BY id LIMIT \(Self.size)")
    }

    private var jobFilters: [(String, JobFilter)] {
        var filters: [(String, JobFilter)] = [("all", JobFilter())]
        func add(_ name: String, _ change: (inout JobFilter) -> Void) {
            var filter = JobFilter()
            change(&filter)
            filters.append((name, filter))
        }
        add("one name") { $0.name = "nightly-report-\(self.ids.count / 2)" }
        for status in JobStatus.allCases { add("status \(status)") { $0.status = status } }
        add("kind command") { $0.kind = .command }
        add("kind closure, 1 in 1,000") { $0.kind = .closure }
        add("kind script, none") { $0.kind = .script }
        add("paused, 1 in 100") { $0.isPaused = true }
        add("not paused") { $0.isPaused = false }
        add("a label that all have") { $0.labels = ["team": "billing"] }
        add("a label that 1 in 10,000 has") { $0.labels = ["tier": "gold"] }
        add("both labels") { $0.labels = ["team": "billing", "tier": "gold"] }
        add("a label that none has") { $0.labels = ["tier": "silver"] }
        add("kind command and paused") {
            $0.kind = .command
            $0.isPaused = true
        }
        add("kind closure and failing, none") {
            $0.kind = .closure
            $0.status = .error
        }
        add("text in all") { $0.query = "report" }
        add("text in 1 in 1,000") { $0.query = "777" }
        add("text in none") { $0.query = "no such text" }
        return filters
    }

    private var runFilters: [(String, RunFilter)] {
        var filters: [(String, RunFilter)] = [("all", RunFilter())]
        func add(_ name: String, _ change: (inout RunFilter) -> Void) {
            var filter = RunFilter()
            change(&filter)
            filters.append((name, filter))
        }
        add("of a job") { $0.job = self.ids[0] }
        add("of a job, failed, 1 in 10,000") {
            $0.job = self.ids[0]
            $0.states = [.failed]
        }
        add("succeeded") { $0.states = [.succeeded] }
        add("failed, 1 in 1,000") { $0.states = [.failed] }
        add("lost, 1 in 10,000") { $0.states = [.lost] }
        add("running, none") { $0.states = [.running] }
        add("of a worker, 1 in 16") { $0.worker = WorkerID(rawValue: "w-" + String(repeating: "0", count: 31) + "3") }
        add("of a worker, 1 in 10,000") {
            $0.worker = WorkerID(rawValue: "w-" + String(repeating: "0", count: 30) + "99")
        }
        add("of the schedule") { $0.trigger = .schedule }
        add("by hand, 1 in 10,000") { $0.trigger = .manual }
        return filters
    }
}
#endif
