// Runs that wait: for their worker, for another run to end, or for a retry.
extension SlotReplica {
    /// The earliest second at which something can be done about a pending run.
    var nextPending: Instant {
        var next = Instant.distantFuture
        for open in self.pending { next = min(next, self.readiness(of: open)) }
        return next
    }

    /// When the worker has to look at the slot although no schedule is due.
    package var nextWake: Instant { self.spent.isEmpty ? self.nextPending : .distantPast }

    /// From when on something can be done about a pending run.
    private func readiness(of open: OpenRun) -> Instant {
        let policies = open.definition.policies
        let ready = open.run.notBefore ?? .distantPast
        if self.canRun(open.definition) {
            let isFree = policies.concurrency == .allow || !self.isBusy(for: open.run.id)
            if isFree || policies.concurrency == .skip { return ready }
            if policies.concurrency == .replace, !self.isReplacing(open.run.id) { return ready }
        }
        guard let deadline = policies.deadline else { return .distantFuture }
        return open.run.id.scheduledAt + (deadline.components.seconds + 1)
    }

    /// Whether another run of the same job is in progress, or has waited for its next attempt for longer.
    private func isBusy(for run: RunID) -> Bool {
        guard let others = self.open[run.job] else { return false }
        // Of those that wait the oldest goes first: they must not wait for one another.
        return others.contains { other in
            other < run || (other > run && !self.pending.contains { $0.run.id == other })
        }
    }

    /// Whether everything that a run takes the place of was asked to end.
    private func isReplacing(_ run: RunID) -> Bool {
        (self.open[run.job] ?? []).filter { $0 < run }.isSubset(of: self.cancelling)
    }

    /// Decides about pending runs, oldest first: they start, go on waiting, or are refused.
    ///
    /// - Returns: The jobs of which a run is now claimed.
    func takePending(limit: Int, now: Instant, into claim: inout SlotClaim) -> Set<JobID> {
        var started: Set<JobID> = []
        for open in self.pending {
            guard claim.taken.count < limit else { break }
            var run = open.run
            let policies = open.definition.policies
            let isBusy = started.contains(run.id.job) || self.isBusy(for: run.id)
            if run.isExpired(at: now, under: policies) {
                run.state = .missed
                run.reason = .deadline
                run.notBefore = nil
            } else if run.notBefore ?? .distantPast > now || !self.canRun(open.definition) {
                continue
            } else if !isBusy || policies.concurrency == .allow {
                self.markClaimed(&run)
                started.insert(run.id.job)
            } else if policies.concurrency == .skip {
                run.state = .skipped
                run.reason = .overlap
            } else {
                if policies.concurrency == .replace { self.cancelOpen(run.id.job, before: run.id, into: &claim) }
                continue
            }
            claim.taken.append(run)
        }
        return started
    }

    /// Asks for the end of a job's runs in progress, of those that are older than `run` if there is one.
    func cancelOpen(_ job: JobID, before run: RunID?, into claim: inout SlotClaim) {
        for other in (self.open[job] ?? []).subtracting(self.cancelling).sorted() where run.map({ other < $0 }) ?? true
        {
            let cancellation = RunCancellation(run: other, reason: .replaced)
            if !claim.cancellations.contains(cancellation) { claim.cancellations.append(cancellation) }
        }
    }

    /// Ends a job's waiting runs that are older than `run`.
    func cancelWaiting(_ job: JobID, before run: RunID, into claim: inout SlotClaim) {
        let taken = Set(claim.taken.map(\.id))
        for open in self.pending where open.run.id.job == job && open.run.id < run && !taken.contains(open.run.id) {
            var other = open.run
            guard other.attempt == 0, other.cancel(.replaced) else { continue }
            claim.taken.append(other)
        }
    }
}
