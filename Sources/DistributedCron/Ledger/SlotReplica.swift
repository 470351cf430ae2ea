/// What the owner of a slot knows of it, and the claims that follow from that.
///
/// Pure: the present is passed in, and what is planned happens only in a store. The instants of a job are found once
/// each; planning looks at one number a job to find those that are due.
package struct SlotReplica: Sendable, Equatable {
    /// An instant claimed later than this many seconds after its time is misfired.
    package static let misfireSeconds: Int64 = 60

    struct Row: Sendable, Equatable {
        let id: JobID
        /// Oldest first; the last one is the job's current version.
        var versions: [JobVersion] {
            didSet { self.isOngoing = self.versions.contains(where: \.isOngoing) }
        }
        var startedRuns: Int
        /// Whether the job goes on while the coordination service is away.
        private(set) var isOngoing: Bool

        init(id: JobID, versions: [JobVersion], startedRuns: Int) {
            self.id = id
            self.versions = versions
            self.startedRuns = startedRuns
            self.isOngoing = versions.contains(where: \.isOngoing)
        }

        /// Drops the versions whose instants are all accounted for, but for the current one.
        mutating func forgetVersions(through watermark: Instant) {
            guard self.versions.count > 1, let current = self.versions.last?.number else { return }
            self.versions.removeAll { $0.lastSecond <= watermark && $0.number != current }
        }
    }

    /// The slot's row as this owner last saw or made it.
    package internal(set) var slot: Slot
    /// The earliest instant that is not accounted for; ``Instant/distantFuture`` if there is none.
    package internal(set) var nextDue = Instant.distantFuture
    /// Whether something of the slot goes on while the coordination service is away.
    package private(set) var isOngoing = false
    /// Runs that other workers left unfinished.
    package internal(set) var foreign: [OpenRun] = []
    /// The closures that this process can run; nil for all.
    let handlers: Set<String>?
    /// The runs that have been claimed and have not ended, by job; those that wait for a retry are among them.
    var open: [JobID: Set<RunID>] = [:]
    /// The attempts for which a permit was given and that have not ended, by their runs.
    var permitted: [RunID: AttemptKey] = [:]
    /// The attempts that this worker has taken over and that have not ended, by their runs: it runs them without a permit.
    private var held: [RunID: AttemptKey] = [:]
    /// Whether a run was found claimed that is to be launched when another has ended, and the slot to be read again then.
    package private(set) var isHoldingBack = false
    /// Runs in progress whose end was asked for.
    var cancelling: Set<RunID> = []
    /// Jobs that turned out to have no instant to come, which the ledger does not know yet.
    var spent: Set<JobID> = []
    /// Pending runs in the order in which they start: oldest first, but backfilled ones after all others.
    var pending: [OpenRun] = []
    var rows: [Row] = []
    /// The next instant of each row, apart from the rows because planning reads all of them.
    var due: [Instant] = []
    var index: [JobID: Int] = [:]

    /// Begins to know a slot, of which the contents are still to come.
    ///
    /// - Parameters:
    ///   - slot: The slot's row.
    ///   - handlers: The closures that this process can run; it claims no runs of others. Nil for all.
    package init(slot: Slot, handlers: Set<String>? = []) {
        self.slot = slot
        self.slot.revision = .zero
        self.handlers = handlers
    }

    /// Whether there may be something to claim at `now`.
    package func isDue(at now: Instant) -> Bool { self.nextDecision <= now }

    /// When there may be something to claim.
    package var nextDecision: Instant { min(self.nextDue, self.nextWake) }

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
    ///   - holding: The attempts that it has taken over, of whatever slot.
    /// - Returns: The permits for those runs, and the runs that are to be ended.
    package mutating func load(
        _ contents: SlotContents,
        as worker: WorkerID,
        holding: [RunID: AttemptKey] = [:]
    ) -> SlotOrders {
        let watermark = self.slot.accountedUntil
        self.slot = contents.slot
        self.slot.revision = contents.revision
        if watermark != self.slot.accountedUntil { self.refreshDue() }
        for job in contents.jobs { self.update(job) }
        self.pending = contents.open.filter { $0.run.state == .pending }
        self.sortPending()
        let holders = self.foreign.reduce(into: [RunID: WorkerID]()) { $0[$1.run.id] = $1.run.worker }
        self.foreign = contents.open.filter { $0.run.state != .pending && $0.run.worker != worker }
        // Another worker has taken them over, which has not heard what the one before was told.
        let passedOn = self.foreign.map(\.run).filter { run in holders[run.id].map { $0 != run.worker } ?? false }
        self.held = [:]
        for open in contents.open where open.run.worker == worker {
            let key = AttemptKey(of: open.run)
            if holding[key.run] == key { self.held[key.run] = key }
        }
        self.open.removeAll(keepingCapacity: true)
        for open in contents.open where open.run.state != .pending || open.run.attempt > 0 {
            self.open[open.run.id.job, default: []].insert(open.run.id)
        }
        self.refreshNextDue()
        self.isHoldingBack = false
        var permits: [LaunchPermit] = []
        for open in contents.open {
            guard self.permitted[open.run.id] != AttemptKey(of: open.run),
                let permit = LaunchPermit(found: open, in: self.slot, of: worker)
            else { continue }
            guard !self.mustWait(open) else {
                self.isHoldingBack = true
                continue
            }
            permits.append(permit)
            self.permitted[open.run.id] = AttemptKey(of: open.run)
        }
        let cancellations = contents.open.compactMap { open -> RunCancellation? in
            guard let reason = open.run.cancellation, self.hasInHand(open.run.id) else { return nil }
            return RunCancellation(run: open.run.id, reason: reason)
        }
        let asked = Set(contents.open.lazy.filter { $0.run.cancellation != nil }.map(\.run.id))
        let told = self.cancelling.subtracting(passedOn.map(\.id))
        let elsewhere = self.holders(of: asked.subtracting(told))
        self.cancelling = asked
        return SlotOrders(permits: permits, cancellations: cancellations, elsewhere: elsewhere)
    }

    /// Whether a run that was found claimed must not run beside what this worker was permitted to launch.
    ///
    /// That takes a claim which the store has forgotten, and another in its place that came late.
    private func mustWait(_ open: OpenRun) -> Bool {
        guard open.definition.policies.concurrency != .allow else { return false }
        let isInTheWay = { (run: RunID) in run.job == open.run.id.job && run != open.run.id }
        return self.permitted.keys.contains(where: isInTheWay) || self.held.keys.contains(where: isInTheWay)
    }

    /// Whether a run's attempt is this worker's to run: it was permitted to, or has taken it over.
    private func hasInHand(_ run: RunID) -> Bool { self.permitted[run] != nil || self.held[run] != nil }

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
        if next == nil, !job.isExhausted, Self.isOver(job.versions) { self.spent.insert(job.id) }
        switch (self.index[job.id], next) {
        case (let row?, let next?):
            self.rows[row].versions = job.versions
            self.rows[row].startedRuns = job.startedRuns
            self.due[row] = next
        case (nil, let next?):
            self.index[job.id] = self.rows.count
            self.rows.append(Row(id: job.id, versions: job.versions, startedRuns: job.startedRuns))
            self.due.append(next)
        case (let row?, nil):
            self.remove(row)
        case (nil, nil):
            break
        }
    }

    mutating func remove(_ row: Int) {
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

    mutating func refreshNextDue() {
        self.nextDue = self.due.min() ?? .distantFuture
        self.isOngoing =
            self.rows.contains(where: \.isOngoing)
            || self.pending.contains { $0.definition.policies.onOutage == .lease }
    }

    // MARK: Ending

    /// Takes note that an attempt has ended, and with it its run, unless that waits for its next attempt.
    ///
    /// The run's next attempt may have been claimed already, because its ledger knew of the end first; that one goes on.
    package mutating func attemptEnded(_ attempt: AttemptKey) {
        guard self.permitted[attempt.run].map({ $0 == attempt }) ?? true else { return }
        self.permitted[attempt.run] = nil
        self.held[attempt.run] = nil
        self.cancelling.remove(attempt.run)
        self.vacate(attempt.run)
    }

    mutating func vacate(_ run: RunID) {
        self.open[run.job]?.remove(run)
        if self.open[run.job]?.isEmpty == true { self.open[run.job] = nil }
    }

    // MARK: Adopting

    /// What becomes of the unfinished runs of workers that are dead.
    ///
    /// One that would run beside another of its job, which it must not, waits for that one, or has been replaced by it:
    /// what a store had forgotten and was put back may be found so.
    package func adoptions(from departed: Set<WorkerID>) -> [RunAdoption] {
        guard let worker = self.slot.worker else { return [] }
        let orphans = self.foreign.filter { $0.run.worker.map(departed.contains) ?? false }
        guard !orphans.isEmpty else { return [] }
        let others = self.foreign.lazy.map(\.run).filter { !($0.worker.map(departed.contains) ?? false) }
        let inProgress = Array(self.permitted.keys) + Array(self.held.keys) + others.map(\.id)
        // The newest of each job.
        var busy = Dictionary(inProgress.map { ($0.job, $0) }) { max($0, $1) }
        return orphans.compactMap { open in
            let policies = open.definition.policies
            guard let adoption = Adoption.decide(open.run.state, under: policies.recovery) else { return nil }
            var after = adoption.applied(to: open.run, by: worker, epoch: self.slot.epoch)
            guard after.state == .claimed, after.cancellation == nil, policies.concurrency != .allow else {
                return RunAdoption(before: open.run, after: after)
            }
            if let other = busy[after.id.job] {
                after = open.run.waiting(for: .queued)
                let isBackfill = other.trigger.isBackfill || after.id.trigger.isBackfill
                if policies.concurrency == .replace, other > after.id, !isBackfill { _ = after.cancel(.replaced) }
            } else {
                busy[after.id.job] = after.id
            }
            return RunAdoption(before: open.run, after: after)
        }
    }

    // MARK: Instants of versions

    package static func next(of versions: [JobVersion], after instant: Instant) -> Instant? {
        for version in versions {
            if let next = version.next(after: instant) { return next }
        }
        return nil
    }

    /// Whether versions without an instant to come will stay so: a pause without an end may still be ended.
    static func isOver(_ versions: [JobVersion]) -> Bool {
        guard let last = versions.last else { return false }
        return last.effectiveTo != nil || last.pause == nil || last.pause?.until != nil
    }

    static func previous(of versions: [JobVersion], atOrBefore instant: Instant) -> Instant? {
        for version in versions.reversed() {
            if let previous = version.previous(atOrBefore: instant) { return previous }
        }
        return nil
    }
}

extension JobVersion {
    /// Whether it says that its job goes on while the coordination service is away.
    fileprivate var isOngoing: Bool { self.definition.policies.onOutage == .lease }
}
