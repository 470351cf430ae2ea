/// What a worker has to do about the runs of a slot.
package struct SlotOrders: Sendable {
    /// Attempts to launch.
    package var permits: [LaunchPermit] = []
    /// Runs in progress to end.
    package var cancellations: [RunCancellation] = []
    /// Other workers that have runs in progress to end, in a slot that was theirs.
    package var elsewhere: Set<WorkerID> = []
}

extension SlotReplica {
    /// Takes over a claim that was committed.
    ///
    /// - Returns: The permits to launch its runs, and the runs that are to be ended.
    package mutating func commit(_ committed: CommittedClaim) -> SlotOrders {
        let claim = committed.claim
        let waiting = Dictionary(uniqueKeysWithValues: self.pending.map { ($0.run.id, $0.definition) })
        let permits = committed.permits { waiting[$0.id] ?? self.definition(of: $0) }
        self.slot.accountedUntil = claim.to
        self.slot.claimSequence += 1
        self.spent.removeAll()
        self.updatePending(claim)
        self.updateRows(claim)
        for permit in permits {
            self.open[permit.run.id.job, default: []].insert(permit.run.id)
            self.permitted[permit.run.id] = AttemptKey(of: permit.run)
        }
        self.dropCancelled(claim.cancellations)
        let cancellations = claim.cancellations.filter { self.permitted[$0.run] != nil }
        let elsewhere = self.holders(of: Set(claim.cancellations.map(\.run)))
        self.cancelling.formUnion(claim.cancellations.map(\.run))
        self.refreshNextDue()
        return SlotOrders(permits: permits, cancellations: cancellations, elsewhere: elsewhere)
    }

    /// The other workers that have some runs in progress.
    func holders(of runs: Set<RunID>) -> Set<WorkerID> {
        runs.isEmpty ? [] : Set(self.foreign.filter { runs.contains($0.run.id) }.compactMap(\.run.worker))
    }

    /// Forgets the runs that had only waited for a retry: cancelling them was their end.
    private mutating func dropCancelled(_ cancellations: [RunCancellation]) {
        guard !cancellations.isEmpty else { return }
        let cancelled = Set(cancellations.lazy.map(\.run))
        let waiting = self.pending.lazy.map(\.run.id).filter { cancelled.contains($0) }
        guard !waiting.isEmpty else { return }
        for run in Array(waiting) { self.vacate(run) }
        self.pending.removeAll { cancelled.contains($0.run.id) }
    }

    func definition(of run: Run) -> JobDefinition? {
        self.index[run.id.job].flatMap { row in
            self.rows[row].versions.first { $0.number == run.version }?.definition
        }
    }

    private mutating func updatePending(_ claim: SlotClaim) {
        let taken = Set(claim.taken.map(\.id))
        if !taken.isEmpty { self.pending.removeAll { taken.contains($0.run.id) } }
        for run in claim.taken where run.state.isTerminal { self.vacate(run.id) }
        let added = claim.runs.filter { $0.state == .pending }.compactMap { run in
            self.definition(of: run).map { OpenRun(run: run, definition: $0) }
        }
        guard !added.isEmpty else { return }
        self.pending += added
        self.sortPending()
    }

    mutating func sortPending() { self.pending.sort { $0.run.id.precedes($1.run.id) } }

    private mutating func updateRows(_ claim: SlotClaim) {
        for run in claim.runs where !run.state.isTerminal {
            if let row = self.index[run.id.job] { self.rows[row].startedRuns += 1 }
        }
        for end in claim.versionEnds {
            if let row = self.index[end.job] { self.remove(row) }
        }
        for row in self.due.indices.reversed() where self.due[row] <= claim.to {
            // The last one stays for as long as there are instants: it is the current one, whether it has any or not.
            self.rows[row].forgetVersions(through: claim.to)
            if let next = Self.next(of: self.rows[row].versions, after: claim.to) {
                self.due[row] = next
            } else {
                self.remove(row)
            }
        }
    }
}
