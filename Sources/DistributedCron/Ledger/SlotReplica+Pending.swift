// Runs that wait: for their worker, for another run to end, or for a retry.
extension SlotReplica {
    /// What a pending run may do.
    private enum Turn {
        case start
        case wait
        /// It is refused, because of another run of its job.
        case skip
        /// It waits for the end of those that it takes the place of.
        case replace
    }

    /// The earliest second at which something can be done about a pending run.
    var nextPending: Instant {
        var next = Instant.distantFuture
        var backfilled: Set<JobID> = []
        for open in self.pending where self.isInLine(open.run.id, &backfilled) {
            next = min(next, self.readiness(of: open))
        }
        return next
    }

    /// When the worker has to look at the slot although no schedule is due.
    package var nextWake: Instant { self.spent.isEmpty ? self.nextPending : .distantPast }

    /// From when on something can be done about a pending run.
    private func readiness(of open: OpenRun) -> Instant {
        let ready = open.run.notBefore ?? .distantPast
        if self.canRun(open.definition) {
            switch self.turn(of: open) {
            case .start, .skip: return ready
            case .replace where !self.isReplacing(open.run.id): return ready
            case .replace, .wait: break
            }
        }
        guard let deadline = open.definition.policies.deadline, !open.run.id.trigger.isBackfill else {
            return .distantFuture
        }
        return open.run.id.scheduledAt + (deadline.components.seconds + 1)
    }

    /// Whether a pending run has to be looked at: of the backfilled ones of a job only the first, because the others
    /// wait for it.
    private func isInLine(_ run: RunID, _ backfilled: inout Set<JobID>) -> Bool {
        !run.trigger.isBackfill || backfilled.insert(run.job).inserted
    }

    /// What a pending run may do, whose time has come.
    ///
    /// Backfilled runs go one after the other, whatever their job permits, and while none of the others is in progress
    /// unless it permits that. The others wait for the end of a backfilled one: nobody has asked for either to give way.
    private func turn(of open: OpenRun, after started: RunID? = nil) -> Turn {
        let run = open.run.id
        let concurrency = open.definition.policies.concurrency
        guard concurrency != .allow || run.trigger.isBackfill else { return .start }
        let others = (self.open[run.job] ?? []).filter { self.isInTheWay($0, of: run) }
        if run.trigger.isBackfill {
            let isFree = concurrency == .allow ? !others.contains { $0.trigger.isBackfill } : others.isEmpty
            return isFree && (concurrency == .allow || started == nil) ? .start : .wait
        }
        guard started != nil || !others.isEmpty else { return .start }
        guard started != nil || !others.allSatisfy(\.trigger.isBackfill) else { return .wait }
        switch concurrency {
        case .skip: return .skip
        case .replace: return .replace
        case .queue, .allow: return .wait
        }
    }

    /// Whether another run of the same job is in progress, or waits for its next attempt and goes first: of those that
    /// wait one has to, or they would wait for one another.
    private func isInTheWay(_ other: RunID, of run: RunID) -> Bool {
        other != run && (other.precedes(run) || !self.isPending(other))
    }

    private func isPending(_ run: RunID) -> Bool { self.pending.contains { $0.run.id == run } }

    /// Whether a backfilled run of a job is in progress.
    func isBackfilling(_ job: JobID) -> Bool {
        self.open[job]?.contains { $0.trigger.isBackfill && !self.isPending($0) } ?? false
    }

    /// Whether a run of a job that was not backfilled is in progress, or waits for its next attempt.
    func isBusy(_ job: JobID) -> Bool { self.open[job]?.contains { !$0.trigger.isBackfill } ?? false }

    /// Whether everything that a run takes the place of was asked to end.
    private func isReplacing(_ run: RunID) -> Bool {
        (self.open[run.job] ?? []).filter { $0 < run && !$0.trigger.isBackfill }.isSubset(of: self.cancelling)
    }

    /// Decides about pending runs in their order: they start, go on waiting, or are refused.
    ///
    /// - Returns: A run of each job of which one is now claimed; a backfilled one only if it is the only one.
    func takePending(limit: Int, now: Instant, into claim: inout SlotClaim) -> [JobID: RunID] {
        var started: [JobID: RunID] = [:]
        var backfilled: Set<JobID> = []
        for open in self.pending where self.isInLine(open.run.id, &backfilled) {
            guard claim.taken.count < limit else { break }
            var run = open.run
            if run.isExpired(at: now, under: open.definition.policies) {
                run.state = .missed
                run.reason = .deadline
                run.notBefore = nil
            } else if run.notBefore ?? .distantPast > now || !self.canRun(open.definition) {
                continue
            } else {
                // An instant that is due goes before what is backfilled.
                if run.id.trigger.isBackfill, self.isDue(run.id.job, at: now) { continue }
                switch self.turn(of: open, after: started[run.id.job]) {
                case .start:
                    self.markClaimed(&run)
                    if started[run.id.job] == nil { started[run.id.job] = run.id }
                case .skip:
                    run.state = .skipped
                    run.reason = .overlap
                case .replace:
                    self.cancelOpen(run.id.job, before: run.id, into: &claim)
                    continue
                case .wait: continue
                }
            }
            claim.taken.append(run)
        }
        return started
    }

    private func isDue(_ job: JobID, at now: Instant) -> Bool { self.index[job].map { self.due[$0] <= now } ?? false }

    /// Asks for the end of a job's runs in progress, of those that are older than `run` if there is one; nothing takes
    /// the place of a backfilled one.
    func cancelOpen(_ job: JobID, before run: RunID?, into claim: inout SlotClaim) {
        for other in (self.open[job] ?? []).subtracting(self.cancelling).sorted() {
            guard run.map({ other < $0 }) ?? true, !other.trigger.isBackfill else { continue }
            let cancellation = RunCancellation(run: other, reason: .replaced)
            if !claim.cancellations.contains(cancellation) { claim.cancellations.append(cancellation) }
        }
    }

    /// Ends a job's waiting runs that are older than `run`.
    func cancelWaiting(_ job: JobID, before run: RunID, into claim: inout SlotClaim) {
        let taken = Set(claim.taken.map(\.id))
        for open in self.pending where open.run.id.job == job && open.run.id < run && !taken.contains(open.run.id) {
            var other = open.run
            guard other.attempt == 0, !other.id.trigger.isBackfill, other.cancel(.replaced) else { continue }
            claim.taken.append(other)
        }
    }
}
