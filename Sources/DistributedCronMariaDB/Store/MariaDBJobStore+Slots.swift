#if MariaDB
public import DistributedCron

extension MariaDBJobStore {
    /// Every slot.
    public func slots() async throws -> [Slot] {
        try await self.work.read { session in
            try session.query("SELECT \(SlotRows.columns) FROM slots s ORDER BY s.pool, s.place") {
                try SlotRows.read($0)
            }
        }
    }

    /// Gives slots to workers.
    public func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot] {
        var rows: [(number: Int, worker: WorkerID)] = []
        for (slot, worker) in owners {
            guard let number = try await self.number(of: slot) else {
                throw JobStoreError(.notFound, message: "there is no slot \(slot)")
            }
            rows.append((number, worker))
        }
        // In one order everywhere, so that nobody waits in a circle.
        rows.sort { $0.number < $1.number }
        let (numbers, workers) = (rows.map(\.number), rows.map(\.worker))
        guard !rows.isEmpty else { return [] }
        return try await self.work.write { session in
            let matched = try session.executeBatch(
                """
                UPDATE slots SET worker = ?, epoch = GREATEST(epoch + 1, FLOOR(UNIX_TIMESTAMP(NOW(6)) * 1000), ?),
                    leader_incarnation = ?, leader_sequence = ?
                WHERE id = ? AND (leader_incarnation < ? OR leader_incarnation = ? AND leader_sequence <= ?)
                """,
                zip(numbers, workers).map { number, worker in
                    [
                        .text(worker.rawValue), .uint(above.next.rawValue), .uint(token.incarnation),
                        .uint(token.sequence), .int(number), .uint(token.incarnation), .uint(token.incarnation),
                        .uint(token.sequence),
                    ]
                }
            )
            guard matched == numbers.count else {
                throw JobStoreError(.fenced, message: "leader \(token) was followed by another")
            }
            let isEvery = numbers.count > 64
            let places = Array(repeating: "?", count: numbers.count).joined(separator: ", ")
            let slots = try session.query(
                "SELECT \(SlotRows.columns) FROM slots s \(isEvery ? "" : "WHERE s.id IN (\(places))") ORDER BY s.id",
                isEvery ? [] : numbers.map { .int($0) }
            ) { try SlotRows.read($0) }
            return isEvery ? slots.filter { owners[$0.id] != nil } : slots
        }
    }

    /// The workers of runs that are claimed and have not ended.
    public func workersOfOpenRuns() async throws -> Set<WorkerID> {
        try await self.work.read { session in
            Set(
                try session.query(
                    """
                    SELECT DISTINCT worker FROM runs FORCE INDEX (open)
                    WHERE open_slot IS NOT NULL AND state <> 'pending' AND worker IS NOT NULL
                    """
                ) { WorkerID(rawValue: try $0.text(0)) }
            )
        }
    }

    /// Loads what has changed in a slot.
    public func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents {
        guard let number = try await self.number(of: slot) else {
            throw JobStoreError(.notFound, message: "there is no slot \(slot)")
        }
        return try await self.work.read(ofOneMoment: true) { session in
            let found = try session.query("SELECT \(SlotRows.columns) FROM slots s WHERE s.id = ?", [.int(number)]) {
                try SlotRows.read($0)
            }
            guard let row = found.first else { throw JobStoreError(.notFound, message: "there is no slot \(slot)") }
            var changed = try session.changedJobs(in: number, row, after: revision, limit: limit, self.schedules)
            let isAll = changed.count <= limit
            if !isAll { changed.removeLast() }
            return SlotContents(
                slot: row,
                jobs: changed.map(\.job),
                revision: isAll ? row.revision : changed.last?.revision ?? row.revision,
                open: try session.openRuns(in: number, self.schedules)
            )
        }
    }
}

/// A job of a slot, and the slot's revision at its last change.
private struct ChangedJob: Comparable {
    let job: SlotJob
    let revision: Revision

    /// Orders by change, then puts the versions of a job one after the other.
    static func < (lhs: Self, rhs: Self) -> Bool {
        guard lhs.revision == rhs.revision, lhs.job.id == rhs.job.id else {
            return (lhs.revision, lhs.job.id) < (rhs.revision, rhs.job.id)
        }
        return (lhs.job.versions.first?.number ?? 0) < (rhs.job.versions.first?.number ?? 0)
    }
}

extension Session {
    /// The jobs of a slot that have changed, one more than is asked for if there are more.
    fileprivate func changedJobs(
        in number: Int,
        _ slot: Slot,
        after revision: Revision,
        limit: Int,
        _ schedules: Schedules
    ) throws -> [ChangedJob] {
        // Whoever begins wants no job that has nothing to come.
        let silent = "AND NOT is_exhausted AND (ends_at IS NULL OR ends_at - 1 > ?)"
        var values: [SQLValue] = [.int(number), .uint(revision.rawValue)]
        if revision == .zero { values.append(.instant(slot.accountedUntil)) }
        values += [.int(limit + 1), .instant(slot.accountedUntil)]
        // Sorted here: the server would write the rows, with their long texts, into a table on disk first.
        let rows = try self.query(
            """
            SELECT j.id, j.revision, j.is_exhausted, j.started_runs, j.version, \(VersionRows.columns)
            FROM (SELECT id, revision, is_exhausted, started_runs, version FROM jobs
                WHERE slot = ? AND revision > ? \(revision == .zero ? silent : "") ORDER BY revision LIMIT ?) j
            LEFT JOIN versions v ON v.job = j.id AND (v.effective_to IS NULL OR v.effective_to - 1 > ?)
            """,
            values
        ) { row in try Self.readChange(row, slot, schedules) }.sorted()
        var changed: [ChangedJob] = []
        for row in rows {
            if let last = changed.last, last.job.id == row.job.id {
                changed[changed.count - 1] = ChangedJob(
                    job: SlotJob(
                        id: row.job.id,
                        versions: last.job.versions + row.job.versions,
                        isExhausted: row.job.isExhausted,
                        startedRuns: row.job.startedRuns
                    ),
                    revision: row.revision
                )
            } else {
                changed.append(row)
            }
        }
        return changed
    }

    private static func readChange(_ row: ResultRow, _ slot: Slot, _ schedules: Schedules) throws -> ChangedJob {
        var versions: [JobVersion] = []
        if !row.isNull(5) {
            let version = try VersionRows.read(row, at: 5, schedules)
            let isCurrent = try version.effectiveTo == nil && version.number == row.int(4)
            // The current one is told even if its own end has passed, so that the owner can say that it is exhausted.
            if version.lastSecond > slot.accountedUntil || isCurrent { versions.append(version) }
        }
        return ChangedJob(
            job: SlotJob(
                id: try row.job(0),
                versions: versions,
                isExhausted: try row.bool(2),
                startedRuns: try row.int(3)
            ),
            revision: Revision(rawValue: try row.uint64(1))
        )
    }

    /// Every run of a slot that has not ended, with what it is to do.
    fileprivate func openRuns(in number: Int, _ schedules: Schedules) throws -> [OpenRun] {
        try self.query(
            """
            SELECT \(RunRows.columns), \(VersionRows.columns)
            FROM runs r FORCE INDEX (open) JOIN versions v ON v.job = r.job AND v.number = r.version
            WHERE r.open_slot = ? ORDER BY r.scheduled_at, r.trigger_id, r.job
            """,
            [.int(number)]
        ) { row in
            OpenRun(
                run: try RunRows.read(row),
                definition: try VersionRows.readDefinition(row, at: RunRows.width, schedules)
            )
        }
    }
}
#endif
