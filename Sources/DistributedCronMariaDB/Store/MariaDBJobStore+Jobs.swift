#if MariaDB
public import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MariaDBJobStore {
    /// The most versions of a job that are kept although nothing needs them any more.
    private static let versionLimit = 16

    /// Finds the job that a request has made.
    public func job(madeBy key: IdempotencyKey) async throws -> Job? {
        try await self.work.read { try $0.job(madeBy: key, self.schedules) }
    }

    /// Finds a job.
    public func job(_ id: JobID) async throws -> Job? {
        try await self.work.read { try $0.job(id, self.schedules) }
    }

    /// Puts a new version of a job in force.
    public func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job {
        let slot = try await self.slotNumber(of: draft.id)
        return try await self.work.write { session in
            let locked = try session.lockSlot(slot)
            guard let job = try session.job(draft.id, self.schedules) else {
                throw JobStoreError(.notFound, message: "there is no job \(draft.id)")
            }
            guard !job.progress.isRemoved else {
                throw JobStoreError(.removed, message: "job \(draft.id) was removed")
            }
            guard job.version.number == version else {
                throw JobStoreError(
                    .conflict,
                    message: "job \(draft.id) is in version \(job.version.number), not \(version)"
                )
            }
            guard JobDraft(job) != draft else { return job }
            let start = max(locked.boundary, job.version.effectiveFrom)
            try session.endVersion(job.version, of: job.id, at: start)
            let next = JobVersion(
                number: version + 1,
                effectiveFrom: start,
                definition: draft.definition,
                pause: draft.pause
            )
            try session.execute(VersionRows.insertion, try VersionRows.values(next, of: job.id))
            try self.write(draft, over: job, at: locked.now, session)
            try session.forgetVersions(of: job.id, before: version + 2 - Self.versionLimit, slot: slot, locked.slot)
            try session.raiseRevision(of: job.id, in: locked, number: slot)
            guard let updated = try session.job(job.id, self.schedules) else { throw Superseded() }
            return updated
        }
    }

    private func write(_ draft: JobDraft, over job: Job, at now: Date, _ session: Session) throws {
        let matched: Int
        do {
            matched = try session.execute(
                """
                UPDATE jobs SET name = ?, reserved_name = ?, description = ?, labels = ?, kind = ?, has_pause = ?,
                    version = ?, ends_at = NULL, is_exhausted = FALSE, updated_at = ?
                WHERE id = ? AND version = ? AND NOT is_removed
                """,
                [
                    .text(draft.name), .text(draft.name), .text(draft.description), try .texts(draft.labels),
                    .text(draft.definition.executable.kind.rawValue), .bool(draft.pause != nil),
                    .int(job.version.number + 1), .date(now), .job(job.id), .int(job.version.number),
                ]
            )
        } catch let error as MariaDBError where error.isDuplicate {
            throw try session.refusal(of: error, to: draft)
        }
        guard matched == 1 else { throw Superseded() }
        guard draft.labels != job.labels else { return }
        try session.execute("DELETE FROM labels WHERE job = ?", [.job(job.id)])
        let labels = JobRows.labelValues(draft.labels, of: job.id)
        if !labels.isEmpty { try session.executeBatch(JobRows.labelInsertion, labels) }
    }

    /// Removes a job.
    public func removeJob(_ id: JobID) async throws -> Job? {
        let slot = try await self.slotNumber(of: id)
        return try await self.work.write { session in
            let locked = try session.lockSlot(slot)
            guard let job = try session.job(id, self.schedules), !job.progress.isRemoved else {
                return try session.job(id, self.schedules)
            }
            let end = max(locked.boundary, job.version.effectiveFrom)
            try session.endVersion(job.version, of: id, at: end)
            let matched = try session.execute(
                """
                UPDATE jobs SET is_removed = TRUE, reserved_name = NULL, updated_at = ?
                WHERE id = ? AND version = ? AND NOT is_removed
                """,
                [.date(locked.now), .job(id), .int(job.version.number)]
            )
            guard matched == 1 else { throw Superseded() }
            // As they are now, and not as they were when the job was read.
            for run in try session.openRuns(of: id, slot: slot, lock: true) where run.state == .pending {
                var cancelled = run
                if cancelled.cancel(.removed) { try session.replace(run, by: cancelled, slot: slot) }
            }
            try session.raiseRevision(of: id, in: locked, number: slot)
            return try session.job(id, self.schedules)
        }
    }
}

extension Session {
    /// Finds a job with its current version.
    func job(_ id: JobID, _ schedules: Schedules) throws -> Job? {
        try self.query("\(JobRows.selection()) WHERE j.id = ?", [.job(id)]) { try JobRows.read($0, schedules) }.first
    }

    /// The runs of a job that have not ended.
    func openRuns(of job: JobID, slot: Int, lock: Bool = false) throws -> [Run] {
        try self.query(
            """
            SELECT \(RunRows.columns) FROM runs r FORCE INDEX (open) WHERE r.open_slot = ? AND r.job = ?
            ORDER BY r.scheduled_at, r.trigger_id \(lock ? "FOR UPDATE" : "")
            """,
            [.int(slot), .job(job)]
        ) { try RunRows.read($0) }
    }

    /// Ends a job's current version, if it has not ended earlier; what its pause accounts for stays as a gap.
    func endVersion(_ version: JobVersion, of job: JobID, at end: Instant) throws {
        var ended = version
        let gap = ended.end(at: end, of: job)
        let matched = try self.execute(
            "UPDATE versions SET effective_to = ? WHERE job = ? AND number = ? AND effective_to <=> ?",
            [.instant(ended.effectiveTo), .job(job), .int(version.number), .instant(version.effectiveTo)]
        )
        guard matched == 1 else { throw Superseded() }
        try self.execute("UPDATE jobs SET ends_at = ? WHERE id = ?", [.instant(ended.effectiveTo), .job(job)])
        if let gap { try self.insert([gap]) }
    }

    /// Adds ranges of instants that are not run.
    func insert(_ gaps: [Gap]) throws {
        try self.executeBatch(
            "INSERT INTO gaps (job, first_at, version, last_at, count, reason) VALUES (?, ?, ?, ?, ?, ?)",
            gaps.map { gap in
                [
                    .job(gap.job), .instant(gap.first), .int(gap.version), .instant(gap.last), .int(gap.count),
                    .reason(gap.reason),
                ]
            }
        )
    }

    /// Drops versions before a number that no run in progress refers to and whose instants are all accounted for.
    fileprivate func forgetVersions(of job: JobID, before number: Int, slot: Int, _ row: Slot) throws {
        guard number > 1 else { return }
        try self.execute(
            """
            DELETE FROM versions WHERE job = ? AND number < ? AND effective_to - 1 <= ? AND number NOT IN
                (SELECT r.version FROM runs r WHERE r.open_slot = ? AND r.job = ?)
            """,
            [.job(job), .int(number), .instant(row.accountedUntil), .int(slot), .job(job)]
        )
    }
}
#endif
