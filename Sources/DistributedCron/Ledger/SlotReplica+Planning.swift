extension SlotReplica {
    /// The claim of everything that is due, or nil if nothing is.
    ///
    /// It reaches to `now`, or as far as `rowLimit` rows go, but always accounts for one instant at least: a backlog
    /// makes more claims and never a stuck slot.
    package func plan(now: Instant, rowLimit: Int = 2_000) -> SlotClaim? {
        let watermark = self.slot.accountedUntil
        guard self.isDue(at: now), let worker = self.slot.worker else { return nil }
        var base = SlotClaim(
            slot: self.slot.id,
            worker: worker,
            epoch: self.slot.epoch,
            revision: self.slot.revision,
            from: watermark,
            to: max(now, watermark)
        )
        base.exhausted = self.spent.sorted()
        let started = self.takePending(limit: rowLimit, now: now, into: &base)
        guard self.nextDue <= now else { return base }
        var candidates = self.due.indices.filter { self.due[$0] <= now }
        candidates.sort { (self.due[$0], self.rows[$0].id) < (self.due[$1], self.rows[$1].id) }
        let first = self.due[candidates[0]]
        while true {
            var claim = base
            for row in candidates { self.account(for: row, into: &claim, now: now, started: started) }
            guard claim.rowCount > rowLimit, claim.to > first else { return claim }
            // Halve what is looked at and reach only to just before the first instant that is left out.
            let kept = candidates.count / 2
            base.to = kept == 0 ? first : max(first, self.due[candidates[kept]] - 1)
            candidates = candidates.filter { self.due[$0] <= base.to }
        }
    }

    func markClaimed(_ run: inout Run) {
        run.state = .claimed
        run.reason = nil
        run.detail = nil
        run.notBefore = nil
        run.startedAt = nil
        run.finishedAt = nil
        run.exitCode = nil
        run.attempt += 1
        run.worker = self.slot.worker
        run.epoch = self.slot.epoch
    }

    /// Whether this process has what a definition needs to run.
    func canRun(_ definition: JobDefinition) -> Bool {
        guard case .closure(let name) = definition.executable else { return true }
        return self.handlers?.contains(name) ?? true
    }

    // MARK: Instants

    /// Adds the rows that account for one job's instants up to the claim's end.
    private func account(for row: Int, into claim: inout SlotClaim, now: Instant, started: [JobID: RunID]) {
        let job = self.rows[row]
        let taken = started[job.id]
        var line = JobLine(
            isBusy: self.isBusy(job.id) || taken.map { !$0.trigger.isBackfill } ?? false,
            isBackfilling: self.isBackfilling(job.id) || taken?.trigger.isBackfill ?? false,
            // What is backfilled comes last among them.
            waiting: self.pending.lazy.prefix { !$0.run.id.trigger.isBackfill }
                .filter { $0.run.id.job == job.id && $0.run.attempt == 0 }.count,
            startedRuns: job.startedRuns
        )
        for version in job.versions {
            guard let first = version.next(after: claim.from), first <= claim.to else { continue }
            let policies = version.definition.policies
            // One that has an end needs none: what it has too many is skipped up to there. It may be the last that is
            // known here and not the job's, because those after it have nothing to come.
            let isOpen = version.effectiveTo == nil
            // Up to the first instant that does not run, so that what a pause accounts for stays in the version.
            if isOpen, let end = line.end(of: version, in: job.id, from: first - 1) {
                claim.versionEnds.append(end)
                claim.exhausted.append(job.id)
                return
            }
            let instants = self.instants(of: version, from: first, job: job, claim: &claim, now: now)
            for instant in instants {
                var run = Run(id: RunID(job: job.id, scheduledAt: instant), version: version.number, state: .pending)
                if !isOpen, line.hasHadAll(of: version) {
                    run.state = .skipped
                    run.reason = .maxRuns
                } else if run.isExpired(at: now, under: policies) {
                    run.state = .missed
                    run.reason = .deadline
                } else {
                    self.settle(&run, version.definition, &line, &claim)
                }
                line.note(run, at: claim.runs.count)
                claim.runs.append(run)
                if isOpen, let end = line.end(of: version, in: job.id, from: instant) {
                    claim.versionEnds.append(end)
                    claim.exhausted.append(job.id)
                    return
                }
            }
        }
        if Self.next(of: job.versions, after: claim.to) == nil, Self.isOver(job.versions) {
            claim.exhausted.append(job.id)
        }
    }

    /// The instants of a version that get a row each, oldest first; the others of the span are in gaps then.
    private func instants(
        of version: JobVersion,
        from first: Instant,
        job: Row,
        claim: inout SlotClaim,
        now: Instant
    ) -> [Instant] {
        let last = min(claim.to, version.lastSecond)
        let lateEnd = min(last, now - (Self.misfireSeconds + 1))
        var instants: [Instant] = []
        if first <= lateEnd {
            let span = MisfireSpan(version: version, job: job.id, from: claim.from, through: lateEnd)
            let newest = Self.previous(of: job.versions, atOrBefore: now)
            instants = span.settle(newest: newest, now: now, gaps: &claim.gaps)
        }
        var next = version.next(after: max(claim.from, lateEnd))
        while let instant = next, instant <= last {
            instants.append(instant)
            next = version.next(after: instant)
        }
        return instants
    }

    /// Decides about a run whose instant has come: it starts, waits, or is refused.
    private func settle(
        _ run: inout Run,
        _ definition: JobDefinition,
        _ line: inout JobLine,
        _ claim: inout SlotClaim
    ) {
        guard self.canRun(definition) else { return line.wait(&run, for: .noHandler) }
        let isBusy = line.isBusy || line.waiting > 0
        switch definition.policies.concurrency {
        case .skip where isBusy:
            run.state = .skipped
            run.reason = .overlap
        case .queue where isBusy:
            line.wait(&run, for: .queued)
        case .replace where isBusy:
            self.replace(with: &run, &line, &claim)
        case .skip where line.isBackfilling, .queue where line.isBackfilling, .replace where line.isBackfilling:
            line.wait(&run, for: .queued)
        case .allow, .skip, .queue, .replace:
            self.markClaimed(&run)
        }
    }

    /// Puts a run in the place of those of its job that came before it.
    private func replace(with run: inout Run, _ line: inout JobLine, _ claim: inout SlotClaim) {
        if let latest = line.latest {
            // Nothing of this claim has started yet.
            let isClaimed = claim.runs[latest].state == .claimed
            claim.runs[latest] = Run(id: claim.runs[latest].id, version: claim.runs[latest].version, state: .skipped)
            claim.runs[latest].reason = .replaced
            line.startedRuns -= 1
            if isClaimed { return self.markClaimed(&run) }
        } else {
            self.cancelOpen(run.id.job, before: nil, into: &claim)
            self.cancelWaiting(run.id.job, before: run.id, into: &claim)
        }
        run.reason = .queued
    }
}

/// What a job's runs are up to while a claim is planned.
private struct JobLine {
    /// Whether a run is in progress that was not backfilled.
    var isBusy: Bool
    /// Whether a backfilled run is in progress.
    let isBackfilling: Bool
    /// How many runs wait for their first attempt, without those that are backfilled.
    var waiting: Int
    var startedRuns: Int
    /// Where in the claim the newest run is that starts or waits.
    var latest: Int?

    /// Makes a run wait, if there is room for one more.
    mutating func wait(_ run: inout Run, for reason: RunReason) {
        if self.waiting < JobPolicies.queueLimit {
            run.reason = reason
        } else {
            run.state = .skipped
            run.reason = .queueFull
        }
    }

    /// Takes note of a run that is added to the claim.
    mutating func note(_ run: Run, at index: Int) {
        switch run.state {
        case .claimed: self.isBusy = true
        case .pending: self.waiting += 1
        default: return
        }
        self.latest = index
        self.startedRuns += 1
    }

    /// Whether the job has had as many runs as a version permits.
    func hasHadAll(of version: JobVersion) -> Bool {
        version.definition.policies.maxRuns.map { self.startedRuns >= $0 } ?? false
    }

    /// The end of a version that has had all its runs, after the instant of the last one.
    func end(of version: JobVersion, in job: JobID, from instant: Instant) -> VersionEnd? {
        guard self.hasHadAll(of: version) else { return nil }
        return VersionEnd(job: job, version: version.number, effectiveTo: max(version.effectiveFrom, instant + 1))
    }
}
