import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// What users have asked for, and what they were told: V1, V10, V12 and V16.
extension Judge {
    /// The last second with which something may come into force, or end, of which somebody hears now.
    ///
    /// That is the first second that is neither past nor accounted for when it is written, which is before anybody hears of
    /// it; and no watermark is ahead of the store's clock by more than V2 lets it.
    private var latestBoundary: Instant { Instant(ceiling: self.now + 1) + 1 }

    /// A job was acknowledged to the user who posted it, by an idempotency key or without one.
    func acknowledged(_ creation: JobCreation, key: String?) {
        let job = creation.job.id
        self.trace { "client: job \(job) was accepted\(creation.isReplay ? " before" : "")" }
        let (isForgotten, isKnown) = self.state.withLock { ($0.forgotten.contains(job), $0.jobs[job] != nil) }
        guard !isForgotten else { return }
        if !isKnown { self.violated("V10 durable", "job \(job) was acknowledged, and the store never had it") }
        if let key {
            let made = self.state.withLock { $0.created[key] }
            if made != job {
                self.violated(
                    "V10 durable",
                    "job \(job) was acknowledged for the key \(key), which has made \(made.map { "job \($0)" } ?? "none")"
                )
            }
        } else if creation.isReplay || !self.state.withLock({ $0.unkeyed.insert(job).inserted }) {
            self.violated("V10 durable", "a request without a key was answered with job \(job), which was there before")
        }
        self.checkForce(of: creation.job)
    }

    /// A request under a key that another request had was not refused: it has made a job of its own because the store has
    /// forgotten the other, which is judged where the job is made, or was answered with the other's.
    func accepted(_ creation: JobCreation, anotherUnder key: String) {
        guard creation.isReplay else { return }
        self.violated("V10 durable", "job \(creation.job.id) was acknowledged for another request under the key \(key)")
    }

    /// An edit or a pause was acknowledged.
    func acknowledged(_ job: Job) {
        self.trace { "client: job \(job.id) is in version \(job.version.number)" }
        let known = self.state.withLock { state in
            state.jobs[job.id]?.versions.first { $0.number == job.version.number }
        }
        guard !self.state.withLock({ $0.forgotten.contains(job.id) }) else { return }
        guard let known else {
            return self.violated(
                "V10 durable",
                "version \(job.version.number) of job \(job.id) was acknowledged, and the store never had it"
            )
        }
        // It may have ended since.
        let told = job.version
        if known.definition != told.definition || known.pause != told.pause || known.effectiveFrom != told.effectiveFrom
        {
            self.violated(
                "V10 durable",
                "version \(told.number) of job \(job.id) was acknowledged as \(told), and is \(known)"
            )
        }
        self.checkForce(of: job)
    }

    /// What was acknowledged is in force, so that nothing is due any more by what was in force before.
    private func checkForce(of job: Job) {
        guard job.version.effectiveFrom > self.latestBoundary else { return }
        self.violated(
            "V12 old definition",
            "version \(job.version.number) of job \(job.id) was acknowledged, and begins only at \(job.version.effectiveFrom)"
        )
    }

    /// Somebody is about to ask for a run of a job, by the same number when it is for the same run.
    func asks(_ number: Int, forRunOf job: JobID, hasKey: Bool) {
        self.state.withLock { $0.requests.send(number, for: job, hasKey: hasKey) }
    }

    /// A manual run was acknowledged to somebody who has asked for it.
    func acknowledged(_ run: Run, askedForBy number: Int) {
        self.trace { "client: run \(run.id) was asked for" }
        let problem = self.state.withLock { $0.requests.answer(number, with: run.id) }
        guard let problem, !self.isExcused(run.id), !self.hasForgotten(run.id) else { return }
        self.violated("V10 durable", problem)
    }

    /// Every manual run in the ledger is of a request that was made, and no request has two.
    func checkRequests() {
        guard let ledger = self.store?.copy().ledger else { return }
        let state = self.state.withLock { $0 }
        for job in state.jobOrder {
            // A run that was forgotten may have been asked for again before it was put back.
            let slot = SlotID(of: job, count: state.slots.count)
            guard !state.forgotten.contains(job), !state.regressed.contains(slot) else { continue }
            let runs = ledger.jobs[job]?.runs.map(\.run.id) ?? []
            if let problem = state.requests.problem(of: runs, of: job) { self.violated("V1 accounted", problem) }
        }
    }

    /// Somebody is about to ask for a run's end.
    func asksForTheEnd(of run: RunID) { self.state.withLock { _ = $0.cancelled.insert(run) } }

    /// A removal was acknowledged.
    func acknowledgedRemoval(of job: JobID) {
        self.trace { "client: job \(job) was removed" }
        let (history, isForgotten) = self.state.withLock { state in
            state.removed.append(job)
            return (state.jobs[job], state.forgotten.contains(job))
        }
        guard !isForgotten else { return }
        let end = history?.versions.last?.effectiveTo
        guard end.map({ $0 > self.latestBoundary }) ?? true else { return }
        self.violated(
            "V12 old definition",
            "the removal of job \(job) was acknowledged, and it ends \(end.map { "only at \($0)" } ?? "never")"
        )
    }

    /// What users were told is in the ledger to the end.
    func checkPromises() async {
        let (requested, removed) = self.state.withLock { ($0.requests.runs, $0.removed) }
        for run in requested where !self.isExcused(run) && !self.hasForgotten(run) {
            guard let store = self.store, (try? await store.run(run)) == nil else { continue }
            self.violated("V10 durable", "run \(run) was acknowledged and is not there")
        }
        for job in removed where !self.state.withLock({ $0.forgotten.contains(job) }) {
            guard self.state.withLock({ $0.jobs[job]?.isRemoved != true }) else { continue }
            self.violated("V12 old definition", "the removal of job \(job) was acknowledged, and it is not removed")
        }
    }

    /// Whether the store has forgotten something of a run's slot, which may be that the run was asked for.
    func hasForgotten(_ run: RunID) -> Bool {
        self.state.withLock { state in state.regressed.contains(SlotID(of: run.job, count: state.slots.count)) }
    }

    /// A user has read a job that was changed just before.
    func read(_ job: Job, after written: Job) {
        guard job.version.number < written.version.number, !self.state.withLock({ $0.forgotten.contains(job.id) })
        else {
            return
        }
        self.violated(
            "V16 honest status",
            "job \(job.id) was read in version \(job.version.number) after \(written.version.number) was acknowledged"
        )
    }
}
