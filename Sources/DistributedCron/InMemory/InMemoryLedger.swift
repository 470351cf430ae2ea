#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

import DequeModule

/// The state of an in-memory job store: pure and synchronous, the present always passed in.
///
/// A method that throws has changed nothing.
package struct InMemoryLedger: Sendable {
    package struct JobRow: Sendable, Equatable {
        let id: JobID
        let slot: SlotID
        var name: String?
        var description: String?
        var labels: [String: String]
        /// Oldest first and never empty; the last one is current, unless the job was removed.
        package var versions: [JobVersion]
        var progress = JobProgress()
        /// The slot's revision at the job's last change.
        var revision: Revision
        let createdAt: Date
        var updatedAt: Date
        /// In the order of their identities, that is, of their instants.
        package var runs: [RunRow] = []
        /// Oldest first.
        package private(set) var gaps: [Gap] = []

        /// Adds a gap, which may be older than others, and forgets the oldest that are too many.
        mutating func add(_ gap: Gap, limit: Int) {
            let place = self.gaps.lastIndex { ($0.first, $0.version) < (gap.first, gap.version) }
            self.gaps.insert(gap, at: place.map { $0 + 1 } ?? 0)
            self.gaps.removeFirst(max(0, self.gaps.count - limit))
        }

        func version(_ number: Int) -> JobVersion? { self.versions.last { $0.number == number } }

        /// The version in force, or the last one of a removed job.
        var current: JobVersion { self.versions[self.versions.count - 1] }
    }

    package struct RunRow: Sendable, Equatable {
        package var run: Run
        package var attempts: [Attempt] = []
    }

    package struct SlotRow: Sendable {
        package var slot: Slot
        /// The jobs in the order of their changes; an entry is out of date if its job has changed again.
        var changes: [(revision: Revision, job: JobID)] = []
        var jobCount = 0
        package var open: Set<RunID> = []
    }

    /// A job that a request with an idempotency key has made.
    struct KeptRequest: Sendable {
        let fingerprint: [UInt8]
        let job: JobID
        let at: Date
    }

    /// How long idempotency keys are kept.
    static let keyLifetime: TimeInterval = 86_400
    /// The most versions of a job that are kept although nothing needs them any more.
    static let versionLimit = 16

    let cluster: Cluster
    /// How many of a job's newest runs, and how many of its newest gaps, are kept; runs that have not ended stay.
    let historyLimit: Int
    /// How many runs of all jobs together are kept.
    let totalLimit: Int
    package var jobs: [JobID: JobRow] = [:]
    /// Every job, in the order of the identities.
    var order: [JobID] = []
    /// The jobs that are not removed, by name.
    var names: [String: JobID] = [:]
    package var slots: [SlotRow]
    /// Every run, in the order of the identities; runs that are not kept any more may still be in it.
    var runOrder: [RunID] = []
    var runCount = 0
    /// The ends of outputs that are kept in attempts.
    var outputs = KeptOutputs()
    var requests: [String: KeptRequest] = [:]
    /// The leases that workers have in the ledger, and those that were revoked.
    var confirmations: [WorkerID: WorkerConfirmation] = [:]
    var changes = LedgerChanges()
    /// The keys of `requests`, oldest first.
    var requestOrder: Deque<String> = []

    package init(cluster: Cluster, historyLimit: Int, totalLimit: Int, now: Date) {
        self.cluster = cluster
        self.historyLimit = historyLimit
        self.totalLimit = totalLimit
        self.slots = (0..<cluster.slotCount).map { index in
            SlotRow(slot: Slot(id: SlotID(index: index), accountedUntil: Instant(floor: now)))
        }
    }

    // MARK: Jobs

    package mutating func createJob(
        _ draft: JobDraft,
        idempotency key: IdempotencyKey?,
        now: Date
    ) throws(JobStoreError) -> JobCreation {
        if let key, let replay = try self.replay(key, now: now) { return JobCreation(job: replay, isReplay: true) }
        guard self.jobs[draft.id] == nil else {
            throw JobStoreError(.conflict, message: "job \(draft.id) exists already")
        }
        try self.checkName(draft.name, of: draft.id)
        let slot = SlotID(of: draft.id, count: self.cluster.slotCount)
        let start = self.boundary(in: slot, now: now)
        let row = JobRow(
            id: draft.id,
            slot: slot,
            name: draft.name,
            description: draft.description,
            labels: draft.labels,
            versions: [
                JobVersion(number: 1, effectiveFrom: start, definition: draft.definition, pause: draft.pause)
            ],
            revision: .zero,
            createdAt: now,
            updatedAt: now
        )
        self.jobs[draft.id] = row
        self.note(job: draft.id)
        self.order.insert(draft.id, at: self.order.lowerBound(draft.id))
        self.slots[slot.index].jobCount += 1
        self.raiseRevision(of: draft.id, now: now)
        if let name = draft.name { self.names[name] = draft.id }
        if let key {
            self.requests[key.key] = KeptRequest(fingerprint: key.fingerprint, job: draft.id, at: now)
            self.requestOrder.append(key.key)
            if self.changes.isRecording { self.changes.requests.append(key.key) }
        }
        return JobCreation(job: row.job, isReplay: false)
    }

    /// The job that an earlier request with the same key has made.
    mutating func replay(_ key: IdempotencyKey, now: Date) throws(JobStoreError) -> Job? {
        while let oldest = self.requestOrder.first, let kept = self.requests[oldest],
            now.timeIntervalSince(kept.at) > Self.keyLifetime
        {
            self.requests[oldest] = nil
            self.requestOrder.removeFirst()
        }
        guard let kept = self.requests[key.key] else { return nil }
        guard kept.fingerprint == key.fingerprint else {
            throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
        }
        return self.jobs[kept.job]?.job
    }

    private func checkName(_ name: String?, of job: JobID) throws(JobStoreError) {
        guard let name, let other = self.names[name], other != job else { return }
        throw JobStoreError(.nameTaken, message: "job \(other) is called \(name) already")
    }

    package mutating func updateJob(_ draft: JobDraft, ifVersion version: Int, now: Date) throws(JobStoreError) -> Job {
        guard let row = self.jobs[draft.id] else {
            throw JobStoreError(.notFound, message: "there is no job \(draft.id)")
        }
        guard !row.progress.isRemoved else {
            throw JobStoreError(.removed, message: "job \(draft.id) was removed")
        }
        guard row.current.number == version else {
            throw JobStoreError(
                .conflict,
                message: "job \(draft.id) is in version \(row.current.number), not \(version)"
            )
        }
        guard JobDraft(row.job) != draft else { return row.job }
        try self.checkName(draft.name, of: draft.id)
        let start = max(self.boundary(in: row.slot, now: now), row.current.effectiveFrom)
        self.note(job: draft.id)
        self.endVersion(of: draft.id, at: start)
        let watermark = self.slots[row.slot.index].slot.accountedUntil
        self.modifyJob(draft.id) { row in
            row.versions.append(
                JobVersion(
                    number: version + 1,
                    effectiveFrom: start,
                    definition: draft.definition,
                    pause: draft.pause
                )
            )
            row.forgetVersions(above: Self.versionLimit, watermark: watermark)
            row.name = draft.name
            row.description = draft.description
            row.labels = draft.labels
            row.progress.isExhausted = false
            row.updatedAt = now
        }
        if let name = row.name { self.names[name] = nil }
        if let name = draft.name { self.names[name] = draft.id }
        self.raiseRevision(of: draft.id, now: now)
        return self.jobs[draft.id]?.job ?? row.job
    }

    mutating func removeJob(_ id: JobID, now: Date) -> Job? {
        guard let row = self.jobs[id], !row.progress.isRemoved else { return self.jobs[id]?.job }
        let end = max(self.boundary(in: row.slot, now: now), row.current.effectiveFrom)
        self.endVersion(of: id, at: end)
        self.modifyJob(id) { row in
            row.progress.isRemoved = true
            row.updatedAt = now
        }
        if let name = row.name { self.names[name] = nil }
        for run in row.runs where run.run.state == .pending {
            self.modifyRun(run.run.id) { _ = $0.run.cancel(.removed) }
        }
        self.raiseRevision(of: id, now: now)
        return self.jobs[id]?.job
    }

    /// The first second that is neither past nor accounted for already: where versions begin and end.
    private func boundary(in slot: SlotID, now: Date) -> Instant {
        max(Instant(ceiling: now), self.slots[slot.index].slot.accountedUntil + 1)
    }

    /// Ends a job's current version, if it has not ended earlier; what its pause accounts for stays as a gap.
    mutating func endVersion(of job: JobID, at end: Instant) {
        var gap: Gap?
        self.note(job: job)
        self.modifyJob(job) { gap = $0.versions[$0.versions.count - 1].end(at: end, of: job) }
        if let gap { self.add(gap) }
    }

    mutating func add(_ gap: Gap) {
        let limit = self.historyLimit
        if self.changes.isRecording { self.changes.gaps.append(gap) }
        self.modifyJob(gap.job) { $0.add(gap, limit: limit) }
    }

    /// Notes that a slot's row has changed.
    mutating func note(slot index: Int) {
        if self.changes.isRecording { self.changes.slots.insert(index) }
    }

    /// Notes that a job's definition, name or end has changed.
    mutating func note(job: JobID) {
        if self.changes.isRecording { self.changes.jobs.insert(job) }
    }

    /// Raises the revision of a job's slot, because the job has changed.
    mutating func raiseRevision(of job: JobID, now: Date) {
        guard let index = self.jobs[job]?.slot.index else { return }
        let raised = self.slots[index].slot.revision.next(at: now)
        self.slots[index].slot.revision = raised
        self.note(slot: index)
        self.slots[index].changes.append((raised, job))
        self.modifyJob(job) { $0.revision = raised }
        let count = self.slots[index].changes.count
        guard count > 2 * self.slots[index].jobCount + 16 else { return }
        let jobs = self.jobs
        self.slots[index].changes.removeAll { jobs[$0.job]?.revision != $0.revision }
    }

    /// Changes a job's row in place, without a copy of its history.
    mutating func modifyJob(_ id: JobID, _ change: (inout JobRow) -> Void) {
        guard let index = self.jobs.index(forKey: id) else { return }
        if self.changes.isRecording { self.changes.progress.insert(id) }
        change(&self.jobs.values[index])
    }
}

extension InMemoryLedger.JobRow {
    /// The job as the protocol shows it.
    var job: Job {
        Job(
            id: self.id,
            slot: self.slot,
            name: self.name,
            description: self.description,
            labels: self.labels,
            version: self.current,
            progress: self.progress,
            createdAt: self.createdAt,
            updatedAt: self.updatedAt
        )
    }

    /// Drops the oldest versions above the limit that no run in progress refers to and whose instants are all accounted
    /// for.
    mutating func forgetVersions(above limit: Int, watermark: Instant) {
        let excess = self.versions.count - limit
        guard excess > 0 else { return }
        let needed = Set(self.runs.lazy.filter { !$0.run.state.isTerminal }.map(\.run.version))
        let kept = self.versions[..<excess].filter { version in
            needed.contains(version.number) || version.next(after: watermark) != nil
        }
        self.versions.replaceSubrange(..<excess, with: kept)
    }

    /// Drops the oldest runs above the limit that have ended; of those the newest backfilled ones stay, once more as
    /// many, because they are old from the beginning.
    ///
    /// - Returns: What was dropped.
    mutating func trimRuns(to limit: Int) -> [RunID] {
        let excess = self.runs.count - limit
        guard excess > 0 else { return [] }
        var backfills = 0
        var dropped: [RunID] = []
        for index in (0..<excess).reversed() where self.runs[index].run.state.isTerminal {
            let id = self.runs[index].run.id
            if id.trigger.isBackfill { backfills += 1 }
            guard !id.trigger.isBackfill || backfills > limit else { continue }
            self.runs.remove(at: index)
            dropped.append(id)
        }
        return dropped
    }
}
