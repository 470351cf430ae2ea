#if MariaDB
public import DistributedCron

extension MariaDBJobStore {
    /// Accounts for spans of time.
    ///
    /// All claims are written together. Only if a row of one is not as the claim has it, each is written by itself, and
    /// the one is refused.
    public func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome] {
        var numbered: [NumberedClaim] = []
        for (place, claim) in claims.enumerated() {
            guard let slot = try await self.number(of: claim.slot) else { continue }
            numbered.append(NumberedClaim(claim: claim, slot: slot, place: place))
        }
        // In one order everywhere, so that nobody waits in a circle.
        numbered.sort { $0.slot < $1.slot }
        var outcomes = Array(repeating: ClaimOutcome.refused, count: claims.count)
        guard !numbered.isEmpty else { return outcomes }
        for claim in try await self.write(numbered) { outcomes[claim.place] = .committed }
        return outcomes
    }

    /// Writes claims.
    ///
    /// - Returns: Those that were written.
    private func write(_ claims: [NumberedClaim]) async throws -> [NumberedClaim] {
        do {
            return try await self.work.write { session in
                let unit = try self.newUnit(session)
                let fitting = try session.moveWatermarks(claims, unit: unit)
                guard !fitting.isEmpty else { return [] }
                try session.write(fitting)
                return fitting
            }
        } catch is Misfit {
            guard claims.count > 1 else { return [] }
            var written: [NumberedClaim] = []
            for claim in claims { written += try await self.write([claim]) }
            return written
        }
    }

    /// Writes a dead worker's runs as their new owner leaves them.
    public func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) async throws -> ClaimOutcome {
        guard let number = try await self.number(of: slot) else { return .refused }
        do {
            return try await self.work.write { session in
                let owned = try session.execute(
                    "UPDATE slots SET claim_sequence = claim_sequence + 1 WHERE id = ? AND worker = ? AND epoch = ?",
                    [.int(number), .text(worker.rawValue), .uint(epoch.rawValue)]
                )
                guard owned == 1 else { throw Misfit() }
                let known = try session.lockRuns(adoptions.map(\.before.id))
                for adoption in adoptions {
                    guard let run = known[adoption.before.id], run.state == adoption.before.state,
                        run.attempt == adoption.before.attempt, run.epoch == adoption.before.epoch,
                        run.worker == adoption.before.worker, run.cancellation == adoption.before.cancellation
                    else { throw Misfit() }
                    try session.replace(run, by: adoption.after, slot: number)
                }
                try session.noteEnds(adoptions.map { ($0.before, $0.after) })
                return .committed
            }
        } catch is Misfit {
            return .refused
        }
    }
}

/// A claim, the number of its slot's row, and its place among those of the call.
private struct NumberedClaim: Sendable {
    let claim: SlotClaim
    let slot: Int
    let place: Int
}

/// A row is not as a claim or an adoption has it.
private struct Misfit: Error {}

extension Session {
    /// Moves the watermarks of the slots that are as their claims have them.
    ///
    /// - Returns: The claims of those.
    fileprivate func moveWatermarks(_ claims: [NumberedClaim], unit: SQLValue) throws -> [NumberedClaim] {
        let matched = try self.executeBatch(
            """
            UPDATE slots SET accounted_until = ?, claim_sequence = claim_sequence + 1, unit = ?
            WHERE id = ? AND worker = ? AND epoch = ? AND revision = ? AND accounted_until = ?
                AND (accounted_until = ? OR accounted_until < ? AND ? * 1000000 <= \(Self.nowExpression) + 1000000)
            """,
            claims.map { numbered in
                let claim = numbered.claim
                let to = SQLValue.instant(claim.to)
                return [
                    to, unit, .int(numbered.slot), .text(claim.worker.rawValue), .uint(claim.epoch.rawValue),
                    .uint(claim.revision.rawValue), .instant(claim.from), to, to, to,
                ]
            }
        )
        if matched == claims.count { return claims }
        guard matched > 0 else { return [] }
        let written = Set(try self.query("SELECT id FROM slots WHERE unit = ?", [unit]) { try $0.int(0) })
        return claims.filter { written.contains($0.slot) }
    }

    /// Writes the rows of claims whose watermarks were moved.
    fileprivate func write(_ claims: [NumberedClaim]) throws {
        try self.insertRuns(claims)
        let taken = claims.flatMap { claim in claim.claim.taken.map { (claim.slot, $0) } }
        if !taken.isEmpty { try self.take(taken) }
        for claim in claims {
            for cancellation in claim.claim.cancellations { try self.cancel(cancellation, slot: claim.slot) }
        }
        let gaps = claims.flatMap(\.claim.gaps)
        if !gaps.isEmpty { try self.insert(gaps) }
        for end in claims.flatMap(\.claim.versionEnds) { try self.end(end) }
        let exhausted = claims.flatMap(\.claim.exhausted)
        if !exhausted.isEmpty {
            try self.executeBatch("UPDATE jobs SET is_exhausted = TRUE WHERE id = ?", exhausted.map { [.job($0)] })
        }
    }

    private func insertRuns(_ claims: [NumberedClaim]) throws {
        let runs = claims.flatMap { claim in claim.claim.runs.map { (claim.slot, $0) } }
        guard !runs.isEmpty else { return }
        try self.countStarts(of: runs.lazy.map(\.1))
        do {
            try self.executeBatch(RunRows.insertion, try runs.map { try RunRows.values($1, slot: $0) })
        } catch let error as MariaDBError where error.isDuplicate {
            throw Misfit()
        }
    }

    /// Counts the runs that the schedule starts, or makes wait, in their jobs, which have to be there.
    func countStarts(of runs: some Sequence<Run>) throws {
        var starts: [JobID: Int] = [:]
        for run in runs {
            starts[run.id.job, default: 0] += run.id.trigger == .schedule && !run.state.isTerminal ? 1 : 0
        }
        // Nearly always one run of each: many jobs in one statement, which is much less work than a statement for each.
        var matched = 0
        for (count, jobs) in Dictionary(grouping: starts.keys, by: { starts[$0, default: 0] }).sorted(by: {
            $0.key < $1.key
        }) {
            matched += try self.execute(
                "UPDATE jobs FORCE INDEX (PRIMARY) SET started_runs = started_runs + ? WHERE id IN",
                [.int(count)],
                of: jobs
            )
        }
        guard matched == starts.count else { throw Misfit() }
    }

    /// Takes pending runs that are still as their claims have found them: one that comes late may know an earlier attempt.
    private func take(_ taken: [(slot: Int, run: Run)]) throws {
        let known = try self.lockRuns(taken.map(\.run.id))
        for (slot, run) in taken {
            guard let before = known[run.id], before.state == .pending,
                run.attempt == (run.state == .claimed ? before.attempt + 1 : before.attempt)
            else { throw Misfit() }
            try self.replace(before, by: run, slot: slot)
        }
    }

    private func cancel(_ cancellation: RunCancellation, slot: Int) throws {
        guard let run = try self.run(cancellation.run, lock: true) else { return }
        var cancelled = run
        if cancelled.cancel(cancellation.reason) { try self.replace(run, by: cancelled, slot: slot) }
    }

    /// Ends a version, if it is still the current one.
    func end(_ end: VersionEnd) throws {
        let found = try self.query(
            "SELECT \(VersionRows.columns) FROM jobs j JOIN versions v ON v.job = j.id AND v.number = j.version "
                + "WHERE j.id = ? AND j.version = ?",
            [.job(end.job), .int(end.version)]
        ) { try VersionRows.read($0, Schedules()) }
        if let version = found.first { try self.endVersion(version, of: end.job, at: end.effectiveTo) }
    }

    /// Notes in their jobs what follows from runs that have ended, oldest news first.
    func noteEnds(_ changes: [(before: Run, after: Run)]) throws {
        var isFailing: [JobID: Bool] = [:]
        for change in changes where !change.before.state.isTerminal && change.after.state.isTerminal {
            var progress = JobProgress()
            for wasFailing in [false, true] {
                progress.isFailing = wasFailing
                progress.runEnded(change.after.state)
                // Runs that were refused or cancelled say nothing about the job.
                if progress.isFailing != wasFailing { isFailing[change.after.id.job] = progress.isFailing }
            }
        }
        try self.note(isFailing)
    }

    /// Writes which jobs are failing, where that is news.
    func note(_ isFailing: [JobID: Bool]) throws {
        guard !isFailing.isEmpty else { return }
        for value in [false, true] {
            let jobs = isFailing.keys.filter { isFailing[$0] == value }
            try self.execute(
                "UPDATE jobs FORCE INDEX (PRIMARY) SET is_failing = ? WHERE is_failing <> ? AND id IN",
                [.bool(value), .bool(value)],
                of: jobs
            )
        }
    }
}
#endif
