/// What the owner of a slot knows of it, and the claims that follow from that.
///
/// Pure: the present is passed in, and what is planned happens only in a store. The instants of a job are found once
/// each; planning looks at one number a job to find those that are due.
package struct SlotReplica: Sendable {
    /// An instant claimed later than this many seconds after its time is misfired.
    package static let misfireSeconds: Int64 = 60

    private struct Row: Sendable {
        let id: JobID
        var versions: [JobVersion]
    }

    /// The slot's row as this owner last saw or made it.
    package private(set) var slot: Slot
    /// The earliest instant that is not accounted for; ``Instant/distantFuture`` if there is none.
    package private(set) var nextDue = Instant.distantFuture
    /// Runs that other workers left unfinished.
    package private(set) var foreign: [OpenRun] = []
    /// The runs that have been claimed and have not ended, by job.
    private var open: [JobID: Set<RunID>] = [:]
    /// Runs for which a permit was given and that have not ended.
    private var permitted: Set<RunID> = []
    /// Jobs that turned out to have no instant to come, which the ledger does not know yet.
    private var spent: Set<JobID> = []
    /// Pending runs, oldest first.
    private var pending: [OpenRun] = []
    private var rows: [Row] = []
    /// The next instant of each row, apart from the rows because planning reads all of them.
    private var due: [Instant] = []
    private var index: [JobID: Int] = [:]

    /// Begins to know a slot, of which the contents are still to come.
    package init(slot: Slot) {
        self.slot = slot
        self.slot.revision = .zero
    }

    /// Whether there may be something to claim at `now`.
    package func isDue(at now: Instant) -> Bool {
        self.nextDue <= now || !self.pending.isEmpty || !self.spent.isEmpty
    }

    /// The schedules that may still have instants to come.
    package var schedules: Set<Schedule> {
        Set(self.rows.lazy.flatMap { row in row.versions.lazy.map(\.definition.schedule) })
    }

    // MARK: Loading

    /// Takes over what a store says of the slot.
    ///
    /// Runs that are claimed under this worker and epoch although nobody was permitted to launch them were adopted, or
    /// come from a claim whose COMMIT was not heard of.
    ///
    /// - Parameters:
    ///   - contents: What has changed since the revision that is known.
    ///   - worker: This worker.
    /// - Returns: The permits for those runs.
    package mutating func load(_ contents: SlotContents, as worker: WorkerID) -> [LaunchPermit] {
        let watermark = self.slot.accountedUntil
        self.slot = contents.slot
        self.slot.revision = contents.revision
        if watermark != self.slot.accountedUntil { self.refreshDue() }
        for job in contents.jobs { self.update(job) }
        self.pending = contents.open.filter { $0.run.state == .pending }
        self.foreign = contents.open.filter { $0.run.state != .pending && $0.run.worker != worker }
        self.open.removeAll(keepingCapacity: true)
        for open in contents.open where open.run.state != .pending {
            self.open[open.run.id.job, default: []].insert(open.run.id)
        }
        self.refreshNextDue()
        let permits = contents.open.compactMap { open -> LaunchPermit? in
            guard !self.permitted.contains(open.run.id) else { return nil }
            return LaunchPermit(found: open, in: self.slot, of: worker)
        }
        self.permitted.formUnion(permits.map(\.run.id))
        return permits
    }

    /// Finds the next instants anew, because the watermark is not where it was.
    private mutating func refreshDue() {
        for row in self.rows.indices.reversed() {
            if let next = Self.next(of: self.rows[row].versions, after: self.slot.accountedUntil) {
                self.due[row] = next
            } else {
                self.remove(row)
            }
        }
    }

    private mutating func update(_ job: SlotJob) {
        let next = job.isExhausted ? nil : Self.next(of: job.versions, after: self.slot.accountedUntil)
        self.spent.remove(job.id)
        if next == nil, !job.isExhausted, !job.versions.isEmpty { self.spent.insert(job.id) }
        switch (self.index[job.id], next) {
        case (let row?, let next?):
            self.rows[row].versions = job.versions
            self.due[row] = next
        case (nil, let next?):
            self.index[job.id] = self.rows.count
            self.rows.append(Row(id: job.id, versions: job.versions))
            self.due.append(next)
        case (let row?, nil):
            self.remove(row)
        case (nil, nil):
            break
        }
    }

    private mutating func remove(_ row: Int) {
        self.index[self.rows[row].id] = nil
        let last = self.rows.count - 1
        if row != last {
            self.rows[row] = self.rows[last]
            self.due[row] = self.due[last]
            self.index[self.rows[row].id] = row
        }
        self.rows.removeLast()
        self.due.removeLast()
    }

    private mutating func refreshNextDue() {
        self.nextDue = self.due.min() ?? .distantFuture
    }

    // MARK: Planning

    /// The claim of everything that is due, or nil if nothing is.
    ///
    /// It reaches to `now`, or as far as `rowLimit` rows go, but always accounts for one instant at least: a backlog
    /// makes more claims and never a stuck slot.
    package func plan(now: Instant, rowLimit: Int = 2_000) -> SlotClaim? {
        let watermark = self.slot.accountedUntil
        guard self.isDue(at: now), let worker = self.slot.worker else { return nil }
        var candidates = self.due.indices.filter { self.due[$0] <= now }
        candidates.sort { (self.due[$0], self.rows[$0].id) < (self.due[$1], self.rows[$1].id) }
        var claim = SlotClaim(
            slot: self.slot.id,
            worker: worker,
            epoch: self.slot.epoch,
            revision: self.slot.revision,
            from: watermark,
            to: max(now, watermark)
        )
        claim.exhausted = self.spent.sorted()
        let taken = self.takePending(limit: rowLimit, into: &claim)
        guard let first = candidates.first.map({ self.due[$0] }) else { return claim }
        while true {
            for row in candidates { self.account(for: row, into: &claim, now: now, started: taken) }
            guard claim.rowCount > rowLimit, claim.to > first else { return claim }
            // Halve what is looked at and reach only to just before the first instant that is left out.
            let kept = candidates.count / 2
            claim.to = kept == 0 ? first : max(first, self.due[candidates[kept]] - 1)
            candidates = candidates.filter { self.due[$0] <= claim.to }
            claim.runs.removeAll(keepingCapacity: true)
            claim.gaps.removeAll(keepingCapacity: true)
            claim.exhausted = self.spent.sorted()
        }
    }

    /// Takes pending runs, refusing those that may not run beside another.
    ///
    /// - Returns: The jobs of which a run is now claimed.
    private func takePending(limit: Int, into claim: inout SlotClaim) -> Set<JobID> {
        var started: Set<JobID> = []
        for open in self.pending.prefix(limit) {
            var run = open.run
            let job = run.id.job
            let isBusy = started.contains(job) || self.open[job] != nil
            if isBusy, open.definition.policies.concurrency == .skip {
                run.state = .skipped
                run.reason = .overlap
            } else {
                self.markClaimed(&run)
                started.insert(job)
            }
            claim.taken.append(run)
        }
        return started
    }

    private func markClaimed(_ run: inout Run) {
        run.state = .claimed
        run.attempt = 1
        run.worker = self.slot.worker
        run.epoch = self.slot.epoch
    }

    /// Adds the rows that account for one job's instants up to the claim's end.
    private func account(for row: Int, into claim: inout SlotClaim, now: Instant, started: Set<JobID>) {
        let job = self.rows[row]
        var isBusy = self.open[job.id] != nil || started.contains(job.id)
        for version in job.versions {
            guard let first = version.next(after: claim.from), first <= claim.to else { continue }
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
            for instant in instants {
                var run = Run(
                    id: RunID(job: job.id, scheduledAt: instant),
                    version: version.number,
                    state: .skipped,
                    reason: .overlap
                )
                if !isBusy || version.definition.policies.concurrency == .allow {
                    run.reason = nil
                    self.markClaimed(&run)
                    isBusy = true
                }
                claim.runs.append(run)
            }
        }
        if Self.next(of: job.versions, after: claim.to) == nil { claim.exhausted.append(job.id) }
    }

    // MARK: Committing

    /// Takes over a claim that was committed.
    ///
    /// - Returns: The permits to launch its runs.
    package mutating func commit(_ committed: CommittedClaim) -> [LaunchPermit] {
        let claim = committed.claim
        let taken = Dictionary(uniqueKeysWithValues: self.pending.map { ($0.run.id, $0.definition) })
        let permits = committed.permits { run in
            taken[run.id]
                ?? self.index[run.id.job].flatMap { row in
                    self.rows[row].versions.first { $0.number == run.version }?.definition
                }
        }
        self.slot.accountedUntil = claim.to
        self.slot.claimSequence += 1
        self.pending.removeFirst(claim.taken.count)
        self.spent.removeAll()
        for permit in permits {
            self.open[permit.run.id.job, default: []].insert(permit.run.id)
            self.permitted.insert(permit.run.id)
        }
        for row in self.due.indices.reversed() where self.due[row] <= claim.to {
            self.rows[row].versions.removeAll { $0.lastSecond <= claim.to }
            if let next = Self.next(of: self.rows[row].versions, after: claim.to) {
                self.due[row] = next
            } else {
                self.remove(row)
            }
        }
        self.refreshNextDue()
        return permits
    }

    /// Takes note that a run has ended.
    package mutating func runEnded(_ run: RunID) {
        self.permitted.remove(run)
        self.open[run.job]?.remove(run)
        if self.open[run.job]?.isEmpty == true { self.open[run.job] = nil }
    }

    // MARK: Adopting

    /// What becomes of the unfinished runs of workers that are dead.
    package func adoptions(from departed: Set<WorkerID>) -> [RunAdoption] {
        guard let worker = self.slot.worker else { return [] }
        return self.foreign.compactMap { open in
            guard let owner = open.run.worker, departed.contains(owner),
                let adoption = Adoption.decide(open.run.state, under: open.definition.policies.recovery)
            else { return nil }
            let after = adoption.applied(to: open.run, by: worker, epoch: self.slot.epoch)
            return RunAdoption(before: open.run, after: after)
        }
    }

    // MARK: Instants of versions

    private static func next(of versions: [JobVersion], after instant: Instant) -> Instant? {
        for version in versions {
            if let next = version.next(after: instant) { return next }
        }
        return nil
    }

    private static func previous(of versions: [JobVersion], atOrBefore instant: Instant) -> Instant? {
        for version in versions.reversed() {
            if let previous = version.previous(atOrBefore: instant) { return previous }
        }
        return nil
    }
}
