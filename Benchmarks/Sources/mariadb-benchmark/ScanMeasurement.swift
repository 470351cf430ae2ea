#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import Foundation

/// What a worker and the API read of many jobs.
struct ScanMeasurement {
    private static let pageSize = 500

    let database: Database
    let ids: [JobID]
    private var store: MariaDBJobStore { self.database.store }

    /// What has changed in a slot since a moment ago, where one of its jobs has.
    func measureChanges() async throws {
        var times: [Double] = []
        var bare: [Double] = []
        for _ in 0..<520 {
            let job = try await self.store.job(self.ids[Int.random(in: 0..<self.ids.count)])
            guard let job, !job.progress.isRemoved else { continue }
            let before = try await self.store.contents(of: job.slot, after: Revision(rawValue: .max >> 1), limit: 2_000)
            var draft = JobDraft(job)
            draft.description = "changed \(Int.random(in: 0...Int.max))"
            _ = try await self.store.updateJob(draft, ifVersion: job.version.number)
            var found = 0
            let seconds = try await Report.seconds {
                found = try await self.store.contents(of: job.slot, after: before.slot.revision, limit: 2_000).jobs
                    .count
            }
            precondition(found == 1, "the changes of a slot are not one job")
            times.append(seconds * 1_000)
            // In turns, because a call waits for whatever else the machine does: the peer says how much that is.
            bare.append(try await Report.seconds(self.bareAnswers) * 1_000)
        }
        times.removeFirst(20)
        bare.removeFirst(20)
        Report.line(
            "a slot's changes",
            times.percentile99,
            "ms",
            "aim: 5 ms; 99th percentile of \(times.count), median \(Report.microseconds(times.median)); "
                + "peer \(Report.microseconds(bare.percentile99)), median \(Report.microseconds(bare.median))"
        )
    }

    /// As many answers as the store waits for, to questions that are no work.
    private func bareAnswers() async throws {
        for _ in 0..<5 { try self.database.bare.command("SELECT 1") }
    }

    /// All jobs in pages, as `GET /jobs` reads them.
    func measureWalk() async throws {
        ResidentMemory.forgetPeak()
        let before = ResidentMemory.current
        var count = 0
        let seconds = try await Report.seconds {
            var last: JobID?
            repeat {
                let page = try await self.store.jobs(after: last, limit: Self.pageSize)
                count += page.count
                last = page.count == Self.pageSize ? page.last?.id : nil
            } while last != nil
        }
        Report.line("walk over \(count) jobs in pages of \(Self.pageSize)", seconds, "s")
        Report.line(
            "its memory, at its peak",
            ResidentMemory.mebibytes(ResidentMemory.peak - before),
            "MiB",
            "aim: 64 MiB"
        )
    }
}
#endif
