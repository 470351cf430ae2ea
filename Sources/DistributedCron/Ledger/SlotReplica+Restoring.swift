extension SlotReplica {
    /// A claim of another worker that its task tells of and the store does not.
    package struct ForgottenClaim: Sendable, Hashable {
        /// The worker that claimed.
        package let worker: WorkerID
        package let attempts: [AttemptKey]

        package init(worker: WorkerID, attempts: [AttemptKey]) {
            self.worker = worker
            self.attempts = attempts
        }
    }

    /// What a forgotten span is to hold, of which only some runs are known: planned again as if its end were the
    /// present, and corrected by what is known.
    ///
    /// Runs of forgotten claims may have started: they become `starting` under their old worker and epoch, so that
    /// adoption judges them like those of any dead worker. What else the plan has is to be run as usual.
    ///
    /// - Parameters:
    ///   - end: The end of the span; the restoration may reach less far, where the span has very many rows.
    ///   - known: Runs as they truly are.
    ///   - claims: Claims of dead workers.
    /// - Returns: The restoration, which leaves the claim sequence as it is.
    package func restoration(
        through end: Instant,
        known: [RunID: Run],
        claims: [ForgottenClaim]
    ) -> SlotRestoration? {
        guard let worker = self.slot.worker else { return nil }
        let claim = end > self.slot.accountedUntil ? self.plan(now: end) : nil
        var restoration = SlotRestoration(
            slot: self.slot.id,
            worker: worker,
            epoch: self.slot.epoch,
            from: self.slot.accountedUntil,
            to: max(self.slot.accountedUntil, claim?.to ?? end),
            claimSequence: self.slot.claimSequence
        )
        let isInside = { (run: RunID) in run.trigger != .schedule || run.scheduledAt <= restoration.to }
        var runs: [RunID: Run] = [:]
        for run in (claim?.runs ?? []) + (claim?.taken ?? []) { runs[run.id] = run }
        for run in known.values where isInside(run.id) { runs[run.id] = run }
        for claim in claims {
            for key in claim.attempts where isInside(key.run) {
                if let run = known[key.run], (run.attempt, run.epoch) >= (key.number, key.epoch) { continue }
                guard var run = runs[key.run] ?? self.unknownRun(key.run) else { continue }
                self.markClaimed(&run)
                run.state = .starting
                run.attempt = key.number
                run.worker = claim.worker
                run.epoch = key.epoch
                runs[key.run] = run
            }
        }
        let newest = Self.newestInProgress(known, claims)
        for run in claim?.runs ?? [] where run.state == .claimed && runs[run.id] == run && known[run.id] == nil {
            if let newest = newest[run.id.job] { runs[run.id] = self.held(run, besides: newest) }
        }
        restoration.runs = runs.values.sorted { $0.id < $1.id }
        restoration.versionEnds = claim?.versionEnds ?? []
        let withRuns = Dictionary(grouping: runs.keys.filter { $0.trigger == .schedule }, by: \.job)
        restoration.gaps = (claim?.gaps ?? []).flatMap { gap in
            let instants = withRuns[gap.job]?.map(\.scheduledAt).filter { gap.first...gap.last ~= $0 } ?? []
            return instants.isEmpty ? [gap] : self.parts(of: gap, without: instants.sorted())
        }
        return restoration
    }

    /// What is left of a planned gap when some of its instants turn out to have runs.
    private func parts(of gap: Gap, without instants: [Instant]) -> [Gap] {
        guard let row = self.index[gap.job],
            let schedule = self.rows[row].versions.first(where: { $0.number == gap.version })?.definition.schedule
        else { return [gap] }
        let starts = [gap.first] + instants.map { schedule.next(after: $0) ?? $0 + 1 }
        let ends = instants.map { schedule.previous(before: $0) ?? $0 - 1 } + [gap.last]
        return zip(starts, ends).compactMap { first, last in
            guard first <= last else { return nil }
            let count = schedule.count(after: first - 1, through: last)
            return Gap(job: gap.job, first: first, last: last, count: count, reason: gap.reason, version: gap.version)
        }
    }

    /// The newest run of each job that is known to have been claimed, and not known to have ended.
    private static func newestInProgress(_ known: [RunID: Run], _ claims: [ForgottenClaim]) -> [JobID: RunID] {
        let open = known.values.lazy.filter { !$0.state.isTerminal && $0.state != .pending }.map(\.id)
        let claimed = claims.lazy.flatMap(\.attempts).map(\.run).filter { known[$0]?.state.isTerminal != true }
        return Dictionary((Array(open) + Array(claimed)).map { ($0.job, $0) }) { max($0, $1) }
    }

    /// A run that the plan starts beside one that is known to be in progress: it waits, so that the next claim decides,
    /// if the two must not run at once.
    private func held(_ run: Run, besides other: RunID) -> Run {
        guard let concurrency = self.definition(of: run)?.policies.concurrency, concurrency != .allow else {
            return run
        }
        var held = Run(id: run.id, version: run.version, state: .pending)
        held.reason = .queued
        if concurrency == .replace, other > run.id {
            held.state = .skipped
            held.reason = .replaced
        }
        return held
    }

    /// A run of which nothing but the identity is left.
    private func unknownRun(_ id: RunID) -> Run? {
        guard let row = self.index[id.job] else { return nil }
        let versions = self.rows[row].versions
        let version = versions.last { $0.effectiveFrom <= id.scheduledAt } ?? versions.first
        return version.map { Run(id: id, version: $0.number, state: .pending) }
    }

    /// Forgets what is known of jobs, because it may come from changes that the store has forgotten.
    ///
    /// All of them are to be loaded anew. What was permitted stays permitted.
    package mutating func forgetJobs() {
        self.slot.revision = .zero
        self.spent.removeAll()
        self.rows.removeAll()
        self.due.removeAll()
        self.index.removeAll()
        self.refreshNextDue()
    }
}
