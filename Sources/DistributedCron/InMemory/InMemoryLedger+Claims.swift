#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension InMemoryLedger {
    // MARK: Slots

    package mutating func assign(
        _ owners: [SlotID: WorkerID],
        token: LeaderToken,
        above: Epoch = .zero,
        now: Date
    ) throws(JobStoreError) -> [Slot] {
        for id in owners.keys {
            guard self.slots[try self.index(of: id)].slot.leaderToken <= token else {
                throw JobStoreError(.fenced, message: "leader \(token) was followed by another")
            }
        }
        return owners.keys.sorted().map { id in
            self.slots[id.index].slot.worker = owners[id]
            self.slots[id.index].slot.epoch = max(above.next, self.slots[id.index].slot.epoch.next(at: now))
            self.slots[id.index].slot.leaderToken = token
            self.note(slot: id.index)
            return self.slots[id.index].slot
        }
    }

    package func contents(of id: SlotID, after revision: Revision, limit: Int) throws(JobStoreError) -> SlotContents {
        let row = self.slots[try self.index(of: id)]
        let watermark = row.slot.accountedUntil
        let first = row.changes.partitionPoint { $0.revision <= revision }
        // One more than is asked for tells whether there is more.
        let changed = row.changes[first...].lazy.compactMap { change -> JobRow? in
            guard let job = self.jobs[change.job], job.revision == change.revision else { return nil }
            return revision == .zero && job.isSilent(after: watermark) ? nil : job
        }.prefix(limit + 1)
        let found = Array(changed)
        let open = row.open.sorted().compactMap { id -> OpenRun? in
            guard let run = self.run(id)?.run, let version = self.jobs[id.job]?.version(run.version) else { return nil }
            return OpenRun(run: run, definition: version.definition)
        }
        return SlotContents(
            slot: row.slot,
            jobs: found.prefix(limit).map { $0.slotJob(after: watermark) },
            revision: found.count > limit ? found[limit - 1].revision : row.slot.revision,
            open: open
        )
    }

    func index(of id: SlotID) throws(JobStoreError) -> Int {
        guard id.pool == .default, self.slots.indices.contains(id.index) else {
            throw JobStoreError(.notFound, message: "there is no slot \(id)")
        }
        return id.index
    }

    // MARK: Claims

    package mutating func claim(_ claims: [SlotClaim], now: Date) -> [ClaimOutcome] {
        var added: [RunID] = []
        let outcomes = claims.map { claim in
            let outcome = self.claim(claim, now: now)
            if outcome == .committed { added += claim.runs.lazy.map(\.id) }
            return outcome
        }
        self.arrange(added)
        return outcomes
    }

    private mutating func claim(_ claim: SlotClaim, now: Date) -> ClaimOutcome {
        guard let index = try? self.index(of: claim.slot) else { return .refused }
        let slot = self.slots[index].slot
        let isCurrent =
            slot.worker == claim.worker && slot.epoch == claim.epoch && slot.revision == claim.revision
            && slot.accountedUntil == claim.from
        guard isCurrent, claim.to == claim.from || (claim.to > claim.from && claim.to.date <= now + 1),
            claim.taken.allSatisfy({ self.canTake($0) }),
            claim.runs.allSatisfy({ self.canInsert($0.id) })
        else { return .refused }
        self.slots[index].slot.accountedUntil = claim.to
        self.slots[index].slot.claimSequence += 1
        self.note(slot: index)
        for run in claim.runs { self.insert(run) }
        for run in claim.taken { self.modifyRun(run.id) { $0.run = run } }
        for cancellation in claim.cancellations {
            self.modifyRun(cancellation.run) { _ = $0.run.cancel(cancellation.reason) }
        }
        for gap in claim.gaps { self.add(gap) }
        self.endVersions(claim.versionEnds)
        for job in claim.exhausted { self.modifyJob(job) { $0.progress.isExhausted = true } }
        return .committed
    }

    /// Ends versions that are still current.
    mutating func endVersions(_ ends: [VersionEnd]) {
        for end in ends where self.jobs[end.job]?.current.number == end.version {
            self.endVersion(of: end.job, at: end.effectiveTo)
        }
    }

    /// Whether a pending run is still as a claim has found it: a claim that comes late may know an earlier attempt.
    private func canTake(_ taken: Run) -> Bool {
        guard let run = self.run(taken.id)?.run, run.state == .pending else { return false }
        return taken.attempt == (taken.state == .claimed ? run.attempt + 1 : run.attempt)
    }

    package mutating func adopt(
        _ adoptions: [RunAdoption],
        slot: SlotID,
        worker: WorkerID,
        epoch: Epoch
    ) -> ClaimOutcome {
        guard let index = try? self.index(of: slot) else { return .refused }
        let row = self.slots[index]
        guard row.slot.worker == worker, row.slot.epoch == epoch,
            adoptions.allSatisfy({ adoption in
                guard let run = self.run(adoption.before.id)?.run else { return false }
                return run.state == adoption.before.state && AttemptKey(of: run) == AttemptKey(of: adoption.before)
                    && run.worker == adoption.before.worker && run.cancellation == adoption.before.cancellation
            })
        else { return .refused }
        self.slots[index].slot.claimSequence += 1
        self.note(slot: index)
        for adoption in adoptions { self.modifyRun(adoption.after.id) { $0.run = adoption.after } }
        return .committed
    }

    // MARK: Attempts

    package mutating func markStarting(_ attempts: [AttemptKey]) -> Set<AttemptKey> {
        var marked: Set<AttemptKey> = []
        for key in attempts {
            self.modifyRun(key.run) { row in
                guard AttemptKey(of: row.run) == key, row.run.state == .claimed else { return }
                row.run.state = .starting
                marked.insert(key)
            }
        }
        return marked
    }

    package mutating func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) -> Set<AttemptKey> {
        var taken: Set<AttemptKey> = []
        for key in attempts {
            guard let run = self.run(key.run)?.run, AttemptKey(of: run) == key, run.isInProgress else { continue }
            if run.worker == worker, run.state != .claimed {
                taken.insert(key)
            } else if run.worker == predecessor || run.worker == worker {
                self.modifyRun(key.run) { $0.run.handOver(to: worker) }
                taken.insert(key)
            }
        }
        return taken
    }

    @discardableResult
    package mutating func record(starts: [AttemptKey: Date], ends: [Attempt]) -> Set<RunID> {
        var missing: Set<RunID> = []
        for (key, date) in starts {
            self.modifyRun(key.run) { row in
                guard AttemptKey(of: row.run) == key, row.run.state.mayBecome(.running) else { return }
                row.run.state = .running
                row.run.startedAt = date
            }
        }
        for var attempt in ends {
            guard let run = self.run(attempt.run)?.run, !run.isBehind(AttemptKey(of: attempt)) else {
                missing.insert(attempt.run)
                continue
            }
            // A job that was removed while its run went on is not tried again.
            if self.jobs[attempt.run.job]?.progress.isRemoved == true { attempt.retryAt = nil }
            self.insert(attempt) { _ = $0.record(attempt) }
        }
        return missing
    }

    /// Adds an attempt to its run's history, unless it is there, and does to the run what follows from it.
    mutating func insert(_ attempt: Attempt, _ apply: (inout Run) -> Void = { _ in }) {
        var isNew = false
        self.modifyRun(attempt.run) { row in
            // The attempts are few, and in their order; an end may come late.
            let order = { (attempt: Attempt) in (attempt.number, attempt.epoch) }
            let place = row.attempts.firstIndex { order($0) >= order(attempt) } ?? row.attempts.count
            guard place == row.attempts.count || order(row.attempts[place]) != order(attempt) else { return }
            apply(&row.run)
            row.attempts.insert(attempt, at: place)
            isNew = true
        }
        guard isNew else { return }
        if self.changes.isRecording { self.changes.attempts.append(attempt) }
        self.keepOutput(of: attempt)
    }
}

extension InMemoryLedger.JobRow {
    /// Whether the job has nothing for its slot's owner to do after the watermark.
    func isSilent(after watermark: Instant) -> Bool {
        self.progress.isExhausted || self.current.effectiveTo.map { $0 - 1 <= watermark } ?? false
    }

    /// The job as its slot's owner needs to know it.
    func slotJob(after watermark: Instant) -> SlotJob {
        SlotJob(
            id: self.id,
            // The current one is told even if its own end has passed, so that the owner can say that it is exhausted.
            versions: self.versions.filter { version in
                version.lastSecond > watermark || (version.effectiveTo == nil && version.number == self.current.number)
            },
            isExhausted: self.progress.isExhausted,
            startedRuns: self.progress.startedRuns
        )
    }
}
