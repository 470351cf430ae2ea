#if MariaDB
public import DistributedCron

extension MariaDBJobStore {
    /// Puts back what the store has forgotten of a slot.
    public func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome {
        guard let number = try await self.number(of: restoration.slot), restoration.to >= restoration.from else {
            return .refused
        }
        return try await self.work.write { session in
            let to = SQLValue.instant(restoration.to)
            let matched = try session.execute(
                """
                UPDATE slots SET accounted_until = ?, claim_sequence = GREATEST(claim_sequence, ?), unit = ?
                WHERE id = ? AND worker = ? AND epoch = ? AND accounted_until = ?
                """,
                [
                    to, .uint(restoration.claimSequence), try self.newUnit(session), .int(number),
                    .text(restoration.worker.rawValue),
                    .uint(restoration.epoch.rawValue), .instant(restoration.from),
                ]
            )
            guard matched == 1 else { return .refused }
            try session.restore(restoration, number: number)
            return .committed
        }
    }
}

/// What a restoration has to know of a job.
private struct KnownJob {
    let version: Int
    let isRemoved: Bool
    let versions: Set<Int>
}

extension Session {
    fileprivate func restore(_ restoration: SlotRestoration, number: Int) throws {
        var jobs: [JobID: KnownJob] = [:]
        let named =
            restoration.runs.map(\.id.job) + restoration.gaps.map(\.job) + restoration.attempts.map(\.run.job)
            + restoration.versionEnds.map(\.job)
        for job in Set(named) { jobs[job] = try self.knownJob(job, slot: number) }
        var added: [Run] = []
        var changes: [(before: Run, after: Run)] = []
        for truth in restoration.runs {
            guard let job = jobs[truth.id.job] else { continue }
            // A version that was forgotten with the change that made it cannot be referred to.
            var truth = job.versions.contains(truth.version) ? truth : truth.under(version: job.version)
            if job.isRemoved, truth.state == .pending { _ = truth.cancel(.removed) }
            if let known = try self.run(truth.id, lock: true) {
                guard let run = known.restored(to: truth) else { continue }
                try self.replace(known, by: run, slot: number)
                changes.append((known, run))
                continue
            }
            try self.execute(RunRows.insertion, try RunRows.values(truth, slot: number))
            // What has been attempted counts as started and as ended, like any run that has come so far.
            var first = truth
            if truth.state.isTerminal, truth.attempt > 0 { first.state = .claimed }
            added.append(first)
            changes.append((first, truth))
            if truth.id.trigger.kind != .schedule { try self.rememberTrigger(of: truth.id) }
        }
        if !added.isEmpty { try self.countStarts(of: added) }
        try self.noteEnds(changes)
        let gaps = try restoration.gaps.filter { gap in try jobs[gap.job] != nil && !self.isThere(gap) }
        if !gaps.isEmpty { try self.insert(gaps) }
        for end in restoration.versionEnds where jobs[end.job] != nil { try self.end(end) }
        for attempt in restoration.attempts where jobs[attempt.run.job] != nil {
            guard try self.run(attempt.run) != nil, try !self.isRecorded(attempt) else { continue }
            try self.insert([attempt])
        }
    }

    private func knownJob(_ job: JobID, slot: Int) throws -> KnownJob? {
        let rows = try self.query(
            """
            SELECT j.version, j.is_removed, v.number FROM jobs j JOIN versions v ON v.job = j.id
            WHERE j.id = ? AND j.slot = ? LOCK IN SHARE MODE
            """,
            [.job(job), .int(slot)]
        ) { (current: try $0.int(0), isRemoved: try $0.bool(1), number: try $0.int(2)) }
        return rows.first.map {
            KnownJob(version: $0.current, isRemoved: $0.isRemoved, versions: Set(rows.map(\.number)))
        }
    }

    private func isThere(_ gap: Gap) throws -> Bool {
        try !self.query(
            "SELECT 1 FROM gaps WHERE job = ? AND first_at = ? AND version = ?",
            [.job(gap.job), .instant(gap.first), .int(gap.version)]
        ) { try $0.int(0) }.isEmpty
    }

    /// Writes down which request has made a run, or that it has made another after those before.
    func rememberTrigger(of run: RunID) throws {
        try self.execute(
            """
            INSERT INTO manual_runs (job, trigger_id, scheduled_at) VALUES (?, ?, ?)
            ON DUPLICATE KEY UPDATE scheduled_at = GREATEST(scheduled_at, VALUES(scheduled_at))
            """,
            [.job(run.job), .uint(run.trigger.rawValue), .instant(run.scheduledAt)]
        )
    }
}
#endif
