#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The state of an in-memory job store: pure and synchronous, the present always passed in.
///
/// A method that throws has changed nothing.
struct InMemoryLedger: Sendable {
    struct JobRow: Sendable {
        let id: JobID
        let slot: SlotID
        var name: String?
        /// Oldest first and never empty; the last one is current, unless the job was removed.
        var versions: [JobVersion]
        var progress = JobProgress()
        /// The slot's revision at the job's last change.
        var revision: Revision
        let createdAt: Date
        var updatedAt: Date
        /// In the order of their identities, that is, of their instants.
        var runs: [RunRow] = []
        var gaps: [Gap] = []

        func version(_ number: Int) -> JobVersion? { self.versions.first { $0.number == number } }
    }

    struct RunRow: Sendable {
        var run: Run
        var attempts: [Attempt] = []
    }

    struct SlotRow: Sendable {
        var slot: Slot
        var jobs: [JobID] = []
        var open: Set<RunID> = []
    }

    let cluster: Cluster
    /// How many of a job's newest runs, and how many of its newest gaps, are kept; runs that have not ended stay.
    let historyLimit: Int
    var jobs: [JobID: JobRow] = [:]
    /// Every job, in the order of the identities.
    var order: [JobID] = []
    /// The jobs that are not removed, by name.
    var names: [String: JobID] = [:]
    var slots: [SlotRow]

    init(cluster: Cluster, historyLimit: Int, now: Date) {
        self.cluster = cluster
        self.historyLimit = historyLimit
        self.slots = (0..<cluster.slotCount).map { index in
            SlotRow(slot: Slot(id: SlotID(index: index), accountedUntil: Instant(floor: now)))
        }
    }

    // MARK: Jobs

    mutating func createJob(_ draft: JobDraft, now: Date) throws(JobStoreError) -> Job {
        guard self.jobs[draft.id] == nil else {
            throw JobStoreError(.conflict, message: "job \(draft.id) exists already")
        }
        if let name = draft.name, let other = self.names[name] {
            throw JobStoreError(.nameTaken, message: "job \(other) is called that already")
        }
        let slot = SlotID(of: draft.id, count: self.cluster.slotCount)
        let start = self.boundary(in: slot, now: now)
        let version = JobVersion(number: 1, effectiveFrom: start, definition: draft.definition)
        let row = JobRow(
            id: draft.id,
            slot: slot,
            name: draft.name,
            versions: [version],
            revision: self.raiseRevision(of: slot),
            createdAt: now,
            updatedAt: now
        )
        self.jobs[draft.id] = row
        self.order.insert(draft.id, at: self.order.lowerBound(draft.id))
        self.slots[slot.index].jobs.append(draft.id)
        if let name = draft.name { self.names[name] = draft.id }
        return row.job
    }

    func jobs(after cursor: JobID?, limit: Int) -> [Job] {
        let start = cursor.map { self.order.lowerBound(JobID(rawValue: $0.rawValue &+ 1)) } ?? 0
        return self.order[start...].prefix(limit).compactMap { self.jobs[$0]?.job }
    }

    mutating func removeJob(_ id: JobID, now: Date) -> Job? {
        guard var row = self.jobs[id], !row.progress.isRemoved else { return self.jobs[id]?.job }
        let boundary = self.boundary(in: row.slot, now: now)
        let current = row.versions.count - 1
        row.versions[current].effectiveTo = max(boundary, row.versions[current].effectiveFrom)
        row.progress.isRemoved = true
        row.updatedAt = now
        row.revision = self.raiseRevision(of: row.slot)
        if let name = row.name { self.names[name] = nil }
        self.jobs[id] = row
        for run in row.runs where run.run.state == .pending {
            self.modifyRun(run.run.id) { row in
                row.run.state = .cancelled
                row.run.reason = .removed
            }
        }
        return self.jobs[id]?.job
    }

    /// The first second that is neither past nor accounted for already: where versions begin and end.
    private func boundary(in slot: SlotID, now: Date) -> Instant {
        max(Instant(ceiling: now), self.slots[slot.index].slot.accountedUntil + 1)
    }

    private mutating func raiseRevision(of slot: SlotID) -> Revision {
        let raised = self.slots[slot.index].slot.revision.next
        self.slots[slot.index].slot.revision = raised
        return raised
    }

    // MARK: Runs

    mutating func requestRun(of job: JobID, trigger: TriggerID, now: Date) throws(JobStoreError) -> Run {
        guard var row = self.jobs[job], let version = row.versions.last else {
            throw JobStoreError(.notFound, message: "there is no job \(job)")
        }
        let id = RunID(job: job, scheduledAt: Instant(floor: now), trigger: trigger)
        if let known = row.runs.last(where: { $0.run.id.trigger == trigger }) { return known.run }
        guard !row.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(job) was removed") }
        guard version.definition.policies.concurrency == .allow || row.progress.openRuns == 0 else {
            throw JobStoreError(.overlap, message: "job \(job) has a run in progress and does not allow another")
        }
        row.revision = self.raiseRevision(of: row.slot)
        self.jobs[job] = row
        let run = Run(id: id, version: version.number, state: .pending)
        self.insert(run)
        return run
    }

    func run(_ id: RunID) -> RunRow? {
        guard let runs = self.jobs[id.job]?.runs else { return nil }
        let index = runs.lowerBound(id)
        return index < runs.count && runs[index].run.id == id ? runs[index] : nil
    }

    func runs(of job: JobID, before cursor: RunID?, limit: Int) -> [Run] {
        guard let runs = self.jobs[job]?.runs else { return [] }
        let end = cursor.map { runs.lowerBound($0) } ?? runs.count
        return runs[..<end].suffix(limit).reversed().map(\.run)
    }

    /// Adds a run that is not there yet.
    mutating func insert(_ run: Run) {
        let historyLimit = self.historyLimit
        self.modifyJob(run.id.job) { row in
            row.runs.insert(RunRow(run: run), at: row.runs.lowerBound(run.id))
            if !run.state.isTerminal { row.progress.openRuns += 1 }
            row.trimRuns(to: historyLimit)
        }
        guard !run.state.isTerminal, let slot = self.jobs[run.id.job]?.slot else { return }
        self.slots[slot.index].open.insert(run.id)
    }

    /// Changes a run, and with it what follows from its state.
    mutating func modifyRun(_ id: RunID, _ change: (inout RunRow) -> Void) {
        var hasEnded = false
        self.modifyJob(id.job) { row in
            let index = row.runs.lowerBound(id)
            guard index < row.runs.count, row.runs[index].run.id == id else { return }
            let wasOpen = !row.runs[index].run.state.isTerminal
            change(&row.runs[index])
            hasEnded = wasOpen && row.runs[index].run.state.isTerminal
            if hasEnded { row.progress.runEnded(row.runs[index].run.state) }
        }
        guard hasEnded, let slot = self.jobs[id.job]?.slot else { return }
        self.slots[slot.index].open.remove(id)
    }

    /// Changes a job's row in place, without a copy of its history.
    mutating func modifyJob(_ id: JobID, _ change: (inout JobRow) -> Void) {
        guard let index = self.jobs.index(forKey: id) else { return }
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
            version: self.versions[self.versions.count - 1],
            progress: self.progress,
            createdAt: self.createdAt,
            updatedAt: self.updatedAt
        )
    }

    /// Drops the oldest runs above the limit, up to the first that has not ended.
    mutating func trimRuns(to limit: Int) {
        let excess = self.runs.count - limit
        guard excess > 0 else { return }
        let kept = self.runs[..<excess].firstIndex { !$0.run.state.isTerminal } ?? excess
        self.runs.removeFirst(kept)
    }
}

extension Array where Element == JobID {
    /// Where an identity is, or would have to be inserted.
    func lowerBound(_ id: JobID) -> Int { self.partitionPoint { $0 < id } }
}

extension Array where Element == InMemoryLedger.RunRow {
    /// Where a run is, or would have to be inserted.
    func lowerBound(_ id: RunID) -> Int { self.partitionPoint { $0.run.id < id } }
}

extension Array {
    /// The first index whose element does not satisfy a predicate that holds for a prefix; new rows go to the end, so
    /// the end is looked at first.
    fileprivate func partitionPoint(_ belongsBefore: (Element) -> Bool) -> Int {
        guard let last = self.last, !belongsBefore(last) else { return self.count }
        var (lower, upper) = (0, self.count - 1)
        while lower < upper {
            let middle = (lower + upper) / 2
            if belongsBefore(self[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
