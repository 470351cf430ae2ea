#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// Instants: what became of one of them.
extension JobService {
    /// How many of a job's gaps are looked at, the newest.
    private static let gapLimit = 1_000

    /// Says what happened at an instant of a job, or why nothing did.
    ///
    /// It looks at the slots, at single rows and at the newest 1,000 gaps of the job; a gap that is older counts as
    /// ``InstantReport/Outcome/forgotten``.
    ///
    /// - Parameters:
    ///   - id: The job, also one that was removed.
    ///   - instant: Any second, whether the schedule names it or not.
    /// - Returns: What the ledger says.
    /// - Throws: ``JobStoreError`` with code `notFound` or `unavailable`.
    public func why(_ id: JobID, at instant: Instant) async throws -> InstantReport {
        // In this order: what lies before the watermark has had its row since before the rows are read.
        let slots = try await self.store.slots()
        guard let job = try await self.store.job(id) else {
            throw JobStoreError(.notFound, message: "there is no job \(id)")
        }
        var rows = InstantReport.Rows(run: try await self.store.run(RunID(job: id, scheduledAt: instant)))
        if rows.run == nil {
            rows.gaps = try await self.store.gaps(of: id, limit: Self.gapLimit)
            rows.manualRun = try await self.manualRun(of: id, at: instant)
        }
        rows.backfill = try await self.backfilledRun(of: id, at: instant)
        let now = Instant(floor: try await self.store.now())
        return InstantReport(instant, of: job, rows, slot: slots.first { $0.id == job.slot }, now: now)
    }

    /// A run that somebody asked for in one second.
    private func manualRun(of job: JobID, at instant: Instant) async throws -> Run? {
        // Nobody asks for a run at the end of time, after which there is no second.
        guard instant < .distantFuture else { return nil }
        var filter = RunFilter(job: job)
        filter.trigger = .manual
        filter.since = instant
        filter.until = instant + 1
        return try await self.store.runs(matching: filter, before: nil, limit: 1).first
    }

    /// The backfilled run that stands for an instant: one that has not ended, or the one that ended last.
    private func backfilledRun(of job: JobID, at instant: Instant) async throws -> Run? {
        guard instant < .distantFuture else { return nil }
        var filter = RunFilter(job: job)
        filter.trigger = .backfill
        filter.since = instant
        filter.until = instant + 1
        let runs = try await self.store.runs(matching: filter, before: nil, limit: 1_000)
        // What was cancelled before it began has neither.
        let end = { (run: Run) in run.finishedAt ?? (run.state.isTerminal ? .distantPast : .distantFuture) }
        return runs.max { end($0) < end($1) }
    }
}
