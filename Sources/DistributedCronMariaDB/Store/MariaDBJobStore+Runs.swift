#if MariaDB
public import DistributedCron

extension MariaDBJobStore {
    /// Adds a pending run.
    public func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run {
        let slot = try await self.slotNumber(of: job)
        return try await self.work.write { session in
            let locked = try session.lockSlot(slot)
            guard let known = try session.job(job, self.schedules) else {
                throw JobStoreError(.notFound, message: "there is no job \(job)")
            }
            if let run = try session.run(of: job, trigger: trigger) {
                guard run.request == request else {
                    throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
                }
                return run
            }
            try Self.checkRoom(for: known, backfills: session.openBackfills(of: known, slot: slot))
            let id = RunID(job: job, scheduledAt: Instant(floor: locked.now), trigger: trigger)
            let run = Run(id: id, version: known.version.number, state: .pending, request: request)
            try session.rememberTrigger(of: id)
            try session.execute(RunRows.insertion, try RunRows.values(run, slot: slot))
            try session.raiseRevision(of: job, in: locked, number: slot)
            return run
        }
    }

    /// Whether a job takes one more manual run, of whose open runs some are backfilled.
    private static func checkRoom(for job: Job, backfills: Int) throws(JobStoreError) {
        guard !job.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(job.id) was removed") }
        let concurrency = job.definition.policies.concurrency
        let openRuns = job.progress.openRuns - backfills
        guard concurrency != .skip || openRuns == 0 else {
            throw JobStoreError(.overlap, message: "job \(job.id) has a run in progress and does not allow another")
        }
        guard openRuns <= JobPolicies.queueLimit || concurrency == .allow else {
            throw JobStoreError(.overlap, message: "\(openRuns) runs of job \(job.id) wait already")
        }
    }

    /// Adds a pending run for each of some instants of the past.
    ///
    /// They are written in one transaction, many rows in one statement.
    public func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run] {
        let slot = try await self.slotNumber(of: job)
        return try await self.work.write { session in
            let locked = try session.lockSlot(slot)
            guard let known = try session.job(job, self.schedules) else {
                throw JobStoreError(.notFound, message: "there is no job \(job)")
            }
            let earlier = try session.backfilledRuns(of: job, trigger: trigger)
            guard earlier.isEmpty else {
                guard earlier.allSatisfy({ $0.request == request }) else {
                    throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
                }
                return earlier
            }
            guard !known.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(job) was removed") }
            let waiting = try session.openBackfills(of: known, slot: slot)
            guard waiting + instants.count <= JobPolicies.backfillLimit else {
                throw JobStoreError(.overlap, message: "\(waiting) backfilled runs of job \(job) wait already")
            }
            let runs = instants.map { instant in
                let id = RunID(job: job, scheduledAt: instant, trigger: trigger)
                return Run(id: id, version: known.version.number, state: .pending, request: request)
            }
            if let last = runs.last { try session.rememberTrigger(of: last.id) }
            try session.executeBatch(RunRows.insertion, try runs.map { try RunRows.values($0, slot: slot) })
            try session.raiseRevision(of: job, in: locked, number: slot)
            return runs
        }
    }

    /// Ends a pending run, or asks for the end of one that may have started.
    public func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run {
        let slot = try await self.slotNumber(of: id.job)
        return try await self.work.write { session in
            let locked = try session.lockSlot(slot)
            guard let run = try session.run(id, lock: true) else {
                throw JobStoreError(.notFound, message: "there is no run \(id)")
            }
            guard !run.state.isTerminal else { throw JobStoreError(.ended, message: "run \(id) has ended") }
            var cancelled = run
            guard cancelled.cancel(reason) else { return run }
            try session.replace(run, by: cancelled, slot: slot)
            try session.raiseRevision(of: id.job, in: locked, number: slot)
            return cancelled
        }
    }

    /// Finds a run.
    public func run(_ id: RunID) async throws -> Run? { try await self.work.read { try $0.run(id) } }

    /// Lists a run's attempts.
    public func attempts(of run: RunID) async throws -> [Attempt] {
        try await self.work.read { session in
            try session.query(
                """
                \(AttemptRows.selection) WHERE a.job = ? AND a.scheduled_at = ? AND a.trigger_id = ?
                ORDER BY a.number, a.epoch
                """,
                SQLValue.key(run)
            ) { try AttemptRows.read($0, of: run) }
        }
    }

    /// Lists a job's gaps.
    public func gaps(of job: JobID, limit: Int) async throws -> [Gap] {
        let slot = try await self.slotNumber(of: job)
        return try await self.work.read(ofOneMoment: true) { session in
            var gaps = try session.query(
                """
                SELECT first_at, last_at, count, reason, version FROM gaps WHERE job = ?
                ORDER BY first_at DESC, version DESC LIMIT ?
                """,
                [.job(job), .int(limit)]
            ) { row in
                Gap(
                    job: job,
                    first: try row.instant(0),
                    last: try row.instant(1),
                    count: try row.int(2),
                    reason: RunReason(rawValue: try row.text(3)),
                    version: try row.int(4)
                )
            }
            // A pause that goes on is a gap up to the slot's watermark.
            let watermark = try session.query("SELECT accounted_until FROM slots WHERE id = ?", [.int(slot)]) {
                try $0.instant(0)
            }
            if let watermark = watermark.first, let version = try session.job(job, self.schedules)?.version,
                version.effectiveTo == nil, let gap = version.pauseGap(of: job, through: watermark)
            {
                gaps.insert(gap, at: 0)
            }
            return Array(gaps.prefix(limit))
        }
    }
}

extension Session {
    /// The run that a manual request has made before.
    fileprivate func run(of job: JobID, trigger: TriggerID) throws -> Run? {
        try self.lastRunID(of: job, trigger: trigger).flatMap { try self.run($0) }
    }

    /// The runs that a backfill has made before, oldest first.
    fileprivate func backfilledRuns(of job: JobID, trigger: TriggerID) throws -> [Run] {
        guard let last = try self.lastRunID(of: job, trigger: trigger) else { return [] }
        return try self.query(
            "SELECT \(RunRows.columns) FROM runs r FORCE INDEX (PRIMARY) "
                + "WHERE r.job = ? AND r.scheduled_at <= ? AND r.trigger_id = ? ORDER BY r.scheduled_at",
            SQLValue.key(last)
        ) { try RunRows.read($0) }
    }

    /// The last run that a request has made before; it may be purged, and those before it not.
    private func lastRunID(of job: JobID, trigger: TriggerID) throws -> RunID? {
        try self.query(
            "SELECT scheduled_at FROM manual_runs WHERE job = ? AND trigger_id = ?",
            [.job(job), .uint(trigger.rawValue)]
        ) { RunID(job: job, scheduledAt: try $0.instant(0), trigger: trigger) }.first
    }

    /// How many backfilled runs of a job have not ended.
    fileprivate func openBackfills(of job: Job, slot: Int) throws -> Int {
        guard job.progress.openRuns > 0 else { return 0 }
        return try self.query(
            "SELECT COUNT(*) FROM runs r FORCE INDEX (open) WHERE r.open_slot = ? AND r.job = ? AND r.trigger_id >= ?",
            [.int(slot), .job(job.id), .uint(TriggerID.firstBackfill.rawValue)]
        ) { try $0.int(0) }.first ?? 0
    }
}
#endif
