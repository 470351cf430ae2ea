#if MariaDB
public import DistributedCron

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension MariaDBJobStore {
    /// How many rows one transaction removes.
    private static let batch = 1_000

    /// Removes jobs that are over for good.
    ///
    /// A job itself goes at once, with its versions, labels and gaps, of which there are few; its runs after it, some at a
    /// time: nobody can find them any more.
    public func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID> {
        var purged: Set<JobID> = []
        for job in jobs {
            let slot = try await self.slotNumber(of: job)
            let isGone = try await self.work.write(locksGaps: false) { session in
                let watermark = try session.lockSlot(slot).slot.accountedUntil
                guard try session.isPurgeable(job, watermark: watermark, idleSince: time, self.schedules) else {
                    return false
                }
                // Written, so that a claim on another node is in its way.
                try session.execute("UPDATE slots SET unit = ? WHERE id = ?", [try self.newUnit(session), .int(slot)])
                try session.execute("DELETE FROM jobs WHERE id = ?", [.job(job)])
                for table in ["versions", "labels", "gaps"] {
                    try session.execute("DELETE FROM \(table) WHERE job = ?", [.job(job)])
                }
                return true
            }
            if isGone { purged.insert(job) }
        }
        for job in purged {
            // The runs last: what is left if this is broken off is found by them.
            for table in ["full_outputs", "attempts", "manual_runs", "runs"] {
                try await self.deleteAll("DELETE FROM \(table) WHERE job = ? LIMIT \(Self.batch)", [.job(job)])
            }
        }
        return purged
    }

    /// Forgets runs that ended long ago, and with them what is kept only for a time: the identities of units of work and
    /// of requests.
    public func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int {
        let old = try await self.work.read { session in
            try session.query(
                """
                SELECT job, scheduled_at, trigger_id FROM runs FORCE INDEX (newest)
                WHERE scheduled_at < ? AND open_slot IS NULL AND (finished_at IS NULL OR finished_at < ?)
                ORDER BY scheduled_at, trigger_id, job LIMIT ?
                """,
                [.instant(Instant(ceiling: time)), .date(time), .int(limit)]
            ) { try $0.runID(0) }
        }
        if old.count < limit { try await self.purgeIdentities() }
        guard !old.isEmpty else { return 0 }
        let runs = old.sorted()
        let keys = runs.map { SQLValue.key($0) }
        let requests = Set(runs.filter { $0.trigger != .schedule }.map { AskedRuns(of: $0) })
        return try await self.work.write(locksGaps: false) { session in
            for table in ["attempts", "full_outputs"] {
                try session.executeBatch(
                    "DELETE FROM \(table) WHERE job = ? AND scheduled_at = ? AND trigger_id = ?",
                    keys
                )
            }
            let count = try session.executeBatch(
                "DELETE FROM runs WHERE job = ? AND scheduled_at = ? AND trigger_id = ? AND open_slot IS NULL",
                keys
            )
            if !requests.isEmpty { try session.forgetThoseWithoutRuns(of: requests) }
            return count
        }
    }

    private func purgeIdentities() async throws {
        let now = try await self.now()
        let forgotten = self.work.identities.jobID(at: now.addingTimeInterval(-(UnitOfWork.memory / .seconds(1))))
        try await self.deleteAll("DELETE FROM units WHERE id < ? LIMIT \(Self.batch)", [.job(forgotten)])
        let expired = now.addingTimeInterval(-JobCreator.keyLifetime)
        try await self.deleteAll("DELETE FROM requests WHERE made_at < ? LIMIT \(Self.batch)", [.date(expired)])
        let unneeded = now.addingTimeInterval(-WorkerConfirmation.memory)
        try await self.deleteAll(
            "DELETE FROM confirmations WHERE written_at < ? LIMIT \(Self.batch)",
            [.date(unneeded)]
        )
    }

    /// Removes rows in batches, so that nobody waits for long.
    private func deleteAll(_ sql: String, _ values: [SQLValue]) async throws {
        while try await self.work.write(locksGaps: false, { try $0.execute(sql, values) }) == Self.batch {
            try Task.checkCancellation()
        }
    }
}

/// The runs that one request has made.
private struct AskedRuns: Hashable {
    let job: JobID
    let trigger: TriggerID

    init(of run: RunID) {
        self.job = run.job
        self.trigger = run.trigger
    }
}

extension Session {
    /// Forgets requests none of whose runs is left: those of a backfill do not all go at once.
    fileprivate func forgetThoseWithoutRuns(of requests: Set<AskedRuns>) throws {
        try self.executeBatch(
            """
            DELETE FROM manual_runs WHERE job = ? AND trigger_id = ? AND NOT EXISTS (
                SELECT 1 FROM runs FORCE INDEX (PRIMARY) WHERE runs.job = manual_runs.job
                    AND runs.scheduled_at <= manual_runs.scheduled_at AND runs.trigger_id = manual_runs.trigger_id
            )
            """,
            requests.map { [.job($0.job), .uint($0.trigger.rawValue)] }
        )
    }

    fileprivate func isPurgeable(
        _ id: JobID,
        watermark: Instant,
        idleSince time: Date,
        _ schedules: Schedules
    ) throws -> Bool {
        guard let job = try self.job(id, schedules), job.progress.isOver, job.updatedAt < time else { return false }
        if !job.progress.isExhausted {
            let versions = try self.query(
                "SELECT \(VersionRows.columns) FROM versions v WHERE v.job = ? ORDER BY v.number",
                [.job(id)]
            ) { try VersionRows.read($0, schedules) }
            guard SlotReplica.next(of: versions, after: watermark) == nil else { return false }
        }
        let recent = try self.query(
            """
            SELECT 1 FROM runs WHERE job = ? AND (finished_at >= ? OR scheduled_at >= ?) LIMIT 1
            """,
            [.job(id), .date(time), .instant(Instant(ceiling: time))]
        ) { try $0.int(0) }
        return recent.isEmpty
    }
}
#endif
