extension InMemoryLedger {
    mutating func restore(_ restoration: SlotRestoration) -> ClaimOutcome {
        guard let index = try? self.index(of: restoration.slot) else { return .refused }
        let slot = self.slots[index].slot
        guard slot.worker == restoration.worker, slot.epoch == restoration.epoch,
            slot.accountedUntil == restoration.from, restoration.to >= restoration.from
        else { return .refused }
        self.slots[index].slot.accountedUntil = restoration.to
        self.slots[index].slot.claimSequence = max(slot.claimSequence, restoration.claimSequence)
        self.note(slot: index)
        let added = restoration.runs.filter { self.restore($0, in: restoration.slot) }
        self.arrange(added.map(\.id))
        for gap in restoration.gaps where self.isMissing(gap) { self.add(gap) }
        self.endVersions(restoration.versionEnds)
        for attempt in restoration.attempts { self.insert(attempt) }
        return .committed
    }

    /// Adds a run, or moves it forward.
    ///
    /// - Returns: Whether it was added.
    private mutating func restore(_ truth: Run, in slot: SlotID) -> Bool {
        guard let job = self.jobs[truth.id.job], job.slot == slot else { return false }
        // A version that was forgotten with the change that made it cannot be referred to.
        var truth = job.version(truth.version) == nil ? truth.under(version: job.current.number) : truth
        if job.progress.isRemoved, truth.state == .pending { _ = truth.cancel(.removed) }
        if let known = self.run(truth.id)?.run {
            guard let run = known.restored(to: truth) else { return false }
            self.modifyRun(truth.id) { $0.run = run }
            return false
        }
        // What has been attempted counts as started and as ended, like any run that has come so far.
        var first = truth
        if truth.state.isTerminal, truth.attempt > 0 { first.state = .claimed }
        self.insert(first)
        if first != truth { self.modifyRun(truth.id) { $0.run = truth } }
        return true
    }

    private func isMissing(_ gap: Gap) -> Bool {
        guard let job = self.jobs[gap.job] else { return false }
        return !job.gaps.contains { $0.first == gap.first && $0.version == gap.version }
    }
}
