#if MariaDB
public import DistributedCron

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension MariaDBJobStore {
    /// Marks attempts as about to start.
    public func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey> {
        guard !attempts.isEmpty else { return [] }
        let distinct = Array(Set(attempts)).sorted { $0.run < $1.run }
        return try await self.work.write { session in
            Set(
                try distinct.filter { key in
                    try session.execute(
                        """
                        UPDATE runs SET state = 'starting' WHERE job = ? AND scheduled_at = ? AND trigger_id = ?
                            AND attempt = ? AND epoch = ? AND state = 'claimed'
                        """,
                        SQLValue.key(key)
                    ) == 1
                }
            )
        }
    }

    /// Makes attempts that a dead worker has left running the attempts of another.
    ///
    /// By keys and conditions alone, in the order of the runs. That a row was found says that the attempt is the worker's,
    /// whether this call has made it so or an earlier one.
    public func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey> {
        guard !attempts.isEmpty else { return [] }
        let distinct = Array(Set(attempts)).sorted { $0.run < $1.run }
        return try await self.work.write { session in
            Set(
                try distinct.filter { key in
                    try session.execute(
                        """
                        UPDATE runs SET worker = ?, state = IF(state = 'claimed', 'starting', state)
                        WHERE job = ? AND scheduled_at = ? AND trigger_id = ? AND attempt = ? AND epoch = ?
                            AND state IN ('claimed', 'starting', 'running') AND worker IN (?, ?)
                        """,
                        [.text(worker.rawValue)] + SQLValue.key(key)
                            + [.text(predecessor.rawValue), .text(worker.rawValue)]
                    ) == 1
                }
            )
        }
    }

    /// Records starts and ends of attempts.
    ///
    /// What ends as it almost always does, is written by conditions alone. Only if one of them does not hold, everything is
    /// read and judged one by one.
    @discardableResult
    public func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID> {
        guard !starts.isEmpty || !ends.isEmpty else { return [] }
        let plain =
            ends.allSatisfy { $0.retryAt == nil && $0.cancellation != .lapsed }
            && Set(ends.lazy.map(\.run)).count == ends.count
        if plain {
            // A start is written by the end that comes with it, unless that end could not follow a start.
            let ended = Set(
                ends.lazy.filter { RunState.running.mayBecome($0.report.outcome.runState) }.map { AttemptKey(of: $0) }
            )
            do {
                return try await self.work.write { session in
                    try session.record(starts.filter { !ended.contains($0.key) })
                    try session.recordAsExpected(ends)
                    return []
                }
            } catch is Unexpected {}
        }
        let slotCount = try await self.cluster().slotCount
        return try await self.work.write { session in
            try session.record(starts)
            return try session.recordOneByOne(ends, slotCount: slotCount)
        }
    }
}

/// An attempt's run is not as the attempt has it.
private struct Unexpected: Error {}

extension Session {
    fileprivate func record(_ starts: [AttemptKey: Date]) throws {
        guard !starts.isEmpty else { return }
        try self.executeBatch(
            """
            UPDATE runs SET state = 'running', started_at = ? WHERE job = ? AND scheduled_at = ? AND trigger_id = ?
                AND attempt = ? AND epoch = ? AND state IN ('claimed', 'starting')
            """,
            starts.sorted { $0.key.run < $1.key.run }.map { [.date($1)] + SQLValue.key($0) }
        )
    }

    /// Writes ends that are their runs' as well, if all of them are.
    fileprivate func recordAsExpected(_ ends: [Attempt]) throws {
        guard !ends.isEmpty else { return }
        let ends = ends.sorted { $0.run < $1.run }
        let matched = try self.executeBatch(
            """
            UPDATE runs SET state = ?, open_slot = NULL, reason = ?, detail = ?, exit_code = ?, failures = failures + ?,
                started_at = ?, finished_at = ?, not_before = NULL, cancellation = NULL
            WHERE job = ? AND scheduled_at = ? AND trigger_id = ? AND attempt = ? AND epoch = ?
                AND state IN ('claimed', 'starting', ?)
            """,
            ends.map { attempt in
                // What the pure rule makes of a run that is as the attempt has it.
                var run = Run(id: attempt.run, version: 0, state: .claimed, attempt: attempt.number)
                run.epoch = attempt.epoch
                let hasChanged = run.record(attempt)
                let mayRun = RunState.running.mayBecome(run.state)
                return [
                    hasChanged ? .text(run.state.rawValue) : .null, .reason(run.reason), .text(run.detail),
                    run.exitCode.map { .int(Int64($0)) } ?? .null, .int(run.failures), .date(run.startedAt),
                    .date(run.finishedAt),
                ] + SQLValue.key(AttemptKey(of: attempt)) + [.text(mayRun ? "running" : "claimed")]
            }
        )
        guard matched == ends.count else { throw Unexpected() }
        do {
            try self.insert(ends)
        } catch let error as MariaDBError where error.isDuplicate {
            throw Unexpected()
        }
        try self.noteEnds(
            ends.map { attempt in
                let before = Run(id: attempt.run, version: 0, state: .running)
                var after = before
                after.state = attempt.report.outcome.runState
                return (before, after)
            }
        )
    }

    /// Judges each end by its run as it is.
    ///
    /// - Returns: The runs that are not there, or not in the attempt.
    fileprivate func recordOneByOne(_ ends: [Attempt], slotCount: Int) throws -> Set<RunID> {
        var missing: Set<RunID> = []
        var changes: [(before: Run, after: Run)] = []
        for var attempt in ends {
            guard let run = try self.run(attempt.run, lock: true), !run.isBehind(AttemptKey(of: attempt)) else {
                missing.insert(attempt.run)
                continue
            }
            guard try !self.isRecorded(attempt) else { continue }
            // A job that was removed while its run went on is not tried again.
            if attempt.retryAt != nil, try !self.countRetry(of: attempt.run.job) { attempt.retryAt = nil }
            var recorded = run
            if recorded.record(attempt) {
                try self.replace(run, by: recorded, slot: SlotID(of: run.id.job, count: slotCount).index)
                changes.append((run, recorded))
            }
            try self.insert([attempt])
        }
        try self.noteEnds(changes)
        return missing
    }

    func isRecorded(_ attempt: Attempt) throws -> Bool {
        try !self.query(
            """
            SELECT 1 FROM attempts
            WHERE job = ? AND scheduled_at = ? AND trigger_id = ? AND number = ? AND epoch = ?
            """,
            SQLValue.key(AttemptKey(of: attempt))
        ) { try $0.int(0) }.isEmpty
    }

    /// Counts a retry in its job, unless that is removed.
    ///
    /// Only to read whether it is would not do: a removal that is under way, on another node for instance, would not see
    /// the retry, and the retry not the removal.
    ///
    /// - Returns: Whether there may be one.
    private func countRetry(of job: JobID) throws -> Bool {
        try self.execute("UPDATE jobs SET retries = retries + 1 WHERE id = ? AND NOT is_removed", [.job(job)]) == 1
    }
}
#endif
