import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// Why instants did not run, and runs ended as they did: V9. Rows are read at one moment, without a wait, so that the order
// of what the cluster does is what it would be if nobody looked.
extension Judge {
    private func report(_ problem: String?) {
        if let problem { self.violated("V9 at least one", problem) }
    }

    /// What the outcomes of a job's runs are held against; nil if the store has forgotten a version, so that others have
    /// decided by policies that nobody knows any more.
    private func rules(of job: JobID) -> ReasonRules? {
        self.state.withLock { state in
            guard !state.forgotten.contains(job), let history = state.jobs[job] else { return nil }
            return ReasonRules(history.versions)
        }
    }

    /// Takes note of what has not ended just before something is written of some slots: whatever ends does so in a write.
    ///
    /// - Returns: Such runs, of the jobs of which a claim ends some or wants them to.
    func noteOpen(before change: StoreChange) -> [JobID: [Run]] {
        if case .assignment = change { return [:] }
        guard let ledger = self.store?.copy().ledger else { return [:] }
        var judged: Set<JobID> = []
        if case .claims(let claims) = change { judged.formUnion(claims.flatMap(\.jobsToJudge)) }
        var busy: Set<JobID> = []
        var found: [JobID: [Run]] = [:]
        for slot in change.slots(of: ledger.slots.count) where ledger.slots.indices.contains(slot.index) {
            for id in ledger.slots[slot.index].open {
                busy.insert(id.job)
                guard judged.contains(id.job), let run = ledger.run(id)?.run else { continue }
                found[id.job, default: []].append(run)
            }
        }
        let (jobs, now) = (busy, self.engine.now)
        self.state.withLock { state in
            for job in jobs { state.busyAt[job] = now }
        }
        return found
    }

    /// A claim was committed: its gaps were late, and what it refuses or ends had to be.
    func checkReasons(of claim: SlotClaim, over open: [JobID: [Run]]) {
        let now = self.now
        for gap in claim.gaps {
            self.report(self.rules(of: gap.job)?.problem(of: gap, claimedThrough: claim.to, at: now))
        }
        for run in claim.runs {
            self.report(self.rules(of: run.id.job)?.problem(ofAdded: run, claimedThrough: claim.to))
        }
        for run in claim.runs + claim.taken where run.state.isTerminal {
            let scene = self.scene(of: run.id.job, claim, open, at: now)
            self.report(self.rules(of: run.id.job)?.problem(ofRefused: run, in: scene))
        }
        for cancellation in claim.cancellations {
            let job = cancellation.run.job
            guard cancellation.reason == .replaced else {
                self.report("a claim asks for the end of \(cancellation.run): \(cancellation.reason)")
                continue
            }
            let scene = self.scene(of: job, claim, open, at: now)
            // A claim that comes late may ask for the end of what has ended since, of which nothing comes.
            let known = scene.open.map { $0 + scene.added }
            guard known?.contains(where: { $0.id == cancellation.run }) ?? true else { continue }
            self.report(self.rules(of: job)?.problem(ofReplaced: cancellation.run, in: scene))
        }
    }

    private func scene(
        of job: JobID,
        _ claim: SlotClaim,
        _ open: [JobID: [Run]],
        at now: Date
    ) -> ReasonRules.Scene {
        // Where the store has forgotten something, a worker may know of runs that the ledger does not, or not any more.
        let isCertain = !self.hasForgotten(claim.slot)
        let busyAt = self.state.withLock { $0.busyAt[job] }
        return ReasonRules.Scene(
            now: now,
            added: claim.runs.filter { $0.id.job == job },
            open: isCertain ? open[job] ?? [] : nil,
            busyAt: busyAt.map { self.date($0) }
        )
    }

    /// What was put back was late when it was claimed, or when it was planned again; why there is a gap and no run depends
    /// on how far that reached.
    func checkReasons(of restoration: SlotRestoration) {
        let now = self.now
        for gap in restoration.gaps { self.report(self.rules(of: gap.job)?.problem(ofLatenessOf: gap, at: now)) }
    }

    /// A dead worker's run was written as its new owner leaves it.
    func checkReason(of adoption: RunAdoption) {
        let rules = self.rules(of: adoption.after.id.job)
        self.report(rules?.problem(ofAdopted: adoption.before, as: adoption.after))
    }

    /// The end of a run's present attempt has changed the run.
    func checkReason(of end: Attempt, _ before: Run, _ after: Run) {
        let (isCertain, isRemoved) = self.state.withLock { state in
            let slot = SlotID(of: end.run.job, count: state.slots.count)
            return (!state.regressed.contains(slot), state.jobs[end.run.job]?.isRemoved ?? false)
        }
        let problem = self.rules(of: end.run.job)?
            .problem(of: end, before: before, after: after, isCertain: isCertain, isRemoved: isRemoved)
        self.report(problem)
    }

    /// Every run that has ended has an outcome and a reason that can be.
    func checkOutcomes() {
        guard let ledger = self.store?.copy().ledger else { return }
        let state = self.state.withLock { $0 }
        for job in state.jobOrder {
            guard let rules = self.rules(of: job), let history = state.jobs[job] else { continue }
            let runs = ledger.jobs[job]?.runs.map(\.run) ?? []
            // A manual run that was put back without its row is put under a version that may not have been its own, and
            // whoever claims may count runs that the store has forgotten.
            let isCertain = !state.regressed.contains(SlotID(of: job, count: state.slots.count))
            var evidence = ReasonRules.Evidence()
            evidence.isRemoved = history.isRemoved
            let made = runs.count { $0.id.trigger == .schedule && $0.reason != .maxRuns }
            evidence.scheduledRuns = isCertain ? made : .max
            for run in runs where run.state.isTerminal && (isCertain || run.id.trigger == .schedule) {
                let fence = run.epoch.fence(attempt: run.attempt)
                evidence.hasSucceeded = (state.byRun[run.id] ?? []).contains { number in
                    state.executions[number].fence == fence && state.executions[number].exit == .code(0)
                }
                evidence.wasCancelled = state.cancelled.contains(run.id)
                self.report(rules.problem(ofEnded: run, evidence))
            }
        }
    }
}

extension SlotClaim {
    /// The jobs of which runs are refused, or are to end.
    fileprivate var jobsToJudge: Set<JobID> {
        let ended = (self.runs + self.taken).lazy.filter(\.state.isTerminal).map(\.id.job)
        return Set(ended).union(self.cancellations.map(\.run.job))
    }
}
