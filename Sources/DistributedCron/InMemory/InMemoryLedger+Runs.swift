#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InMemoryLedger {
    mutating func requestRun(
        of job: JobID,
        trigger: TriggerID,
        request: RunRequest,
        now: Date
    ) throws(JobStoreError) -> Run {
        guard let row = self.jobs[job] else { throw JobStoreError(.notFound, message: "there is no job \(job)") }
        if let known = row.runs.last(where: { $0.run.id.trigger == trigger }) {
            guard known.run.request == request else {
                throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
            }
            return known.run
        }
        guard !row.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(job) was removed") }
        let policies = row.current.definition.policies
        let openRuns = row.progress.openRuns - self.openBackfills(of: row)
        guard policies.concurrency != .skip || openRuns == 0 else {
            throw JobStoreError(.overlap, message: "job \(job) has a run in progress and does not allow another")
        }
        guard openRuns <= JobPolicies.queueLimit || policies.concurrency == .allow else {
            throw JobStoreError(.overlap, message: "\(openRuns) runs of job \(job) wait already")
        }
        let id = RunID(job: job, scheduledAt: Instant(floor: now), trigger: trigger)
        let run = Run(id: id, version: row.current.number, state: .pending, request: request)
        self.insert(run)
        self.arrange([run.id])
        self.raiseRevision(of: job, now: now)
        return run
    }

    mutating func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest,
        now: Date
    ) throws(JobStoreError) -> [Run] {
        guard let row = self.jobs[job] else { throw JobStoreError(.notFound, message: "there is no job \(job)") }
        let known = row.runs.map(\.run).filter { $0.id.trigger == trigger }
        guard known.isEmpty else {
            guard known.allSatisfy({ $0.request == request }) else {
                throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
            }
            return known
        }
        guard !row.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(job) was removed") }
        let waiting = self.openBackfills(of: row)
        guard waiting + instants.count <= JobPolicies.backfillLimit else {
            throw JobStoreError(.overlap, message: "\(waiting) backfilled runs of job \(job) wait already")
        }
        let runs = instants.map { instant in
            let id = RunID(job: job, scheduledAt: instant, trigger: trigger)
            return Run(id: id, version: row.current.number, state: .pending, request: request)
        }
        self.insert(runs, of: job)
        self.arrange(runs.map(\.id))
        self.raiseRevision(of: job, now: now)
        return runs
    }

    /// How many backfilled runs of a job have not ended.
    private func openBackfills(of row: JobRow) -> Int {
        guard row.progress.openRuns > 0 else { return 0 }
        return self.slots[row.slot.index].open.count { $0.job == row.id && $0.trigger.isBackfill }
    }

    mutating func cancelRun(_ id: RunID, reason: RunReason, now: Date) throws(JobStoreError) -> Run {
        guard let row = self.run(id) else { throw JobStoreError(.notFound, message: "there is no run \(id)") }
        guard !row.run.state.isTerminal else { throw JobStoreError(.ended, message: "run \(id) has ended") }
        var run = row.run
        guard run.cancel(reason) else { return row.run }
        self.modifyRun(id) { $0.run = run }
        self.raiseRevision(of: id.job, now: now)
        return run
    }

    package func run(_ id: RunID) -> RunRow? {
        guard let runs = self.jobs[id.job]?.runs else { return nil }
        let index = runs.lowerBound(id)
        return index < runs.count && runs[index].run.id == id ? runs[index] : nil
    }

    /// Whether the job is there and such a run of it is not.
    func canInsert(_ id: RunID) -> Bool {
        guard let runs = self.jobs[id.job]?.runs else { return false }
        let index = runs.lowerBound(id)
        return index == runs.count || runs[index].run.id != id
    }

    /// Adds a run that is not there yet; ``arrange(_:)`` has to be told of it before the call ends.
    mutating func insert(_ run: Run) {
        let historyLimit = self.historyLimit
        var dropped: [RunID] = []
        var slot: SlotID?
        self.modifyJob(run.id.job) { row in
            slot = row.slot
            row.runs.insert(RunRow(run: run), at: row.runs.lowerBound(run.id))
            if !run.state.isTerminal { row.progress.openRuns += 1 }
            if !run.state.isTerminal, run.id.trigger == .schedule { row.progress.startedRuns += 1 }
            dropped = row.trimRuns(to: historyLimit)
        }
        self.runCount += 1 - dropped.count
        if self.changes.isRecording {
            self.changes.runs.insert(run.id)
            self.changes.droppedRuns += dropped
        }
        guard !run.state.isTerminal, let slot else { return }
        self.slots[slot.index].open.insert(run.id)
    }

    /// Adds pending runs of one job that are not there yet, all at once: each belongs into the midst of the others.
    private mutating func insert(_ runs: [Run], of job: JobID) {
        let historyLimit = self.historyLimit
        var dropped: [RunID] = []
        var slot: SlotID?
        self.modifyJob(job) { row in
            slot = row.slot
            row.runs += runs.map { RunRow(run: $0) }
            row.runs.sort { $0.run.id < $1.run.id }
            row.progress.openRuns += runs.count
            dropped = row.trimRuns(to: historyLimit)
        }
        self.runCount += runs.count - dropped.count
        if self.changes.isRecording {
            self.changes.runs.formUnion(runs.map(\.id))
            self.changes.droppedRuns += dropped
        }
        if let slot { self.slots[slot.index].open.formUnion(runs.map(\.id)) }
    }

    /// Puts new runs into the order of all runs, many at once because each belongs somewhere in its midst.
    mutating func arrange(_ added: [RunID]) {
        guard !added.isEmpty else { return }
        self.runOrder.merge(added.sorted())
        self.forgetOldRuns()
    }

    /// Changes a run, and with it what follows from its state.
    mutating func modifyRun(_ id: RunID, _ change: (inout RunRow) -> Void) {
        var hasEnded = false
        var slot: SlotID?
        if self.changes.isRecording { self.changes.runs.insert(id) }
        self.modifyJob(id.job) { row in
            let index = row.runs.lowerBound(id)
            guard index < row.runs.count, row.runs[index].run.id == id else { return }
            slot = row.slot
            let wasOpen = !row.runs[index].run.state.isTerminal
            change(&row.runs[index])
            hasEnded = wasOpen && row.runs[index].run.state.isTerminal
            if hasEnded { row.progress.runEnded(row.runs[index].run.state) }
        }
        guard hasEnded, let slot else { return }
        self.slots[slot.index].open.remove(id)
    }

    /// Forgets the oldest runs of all, above the limit for all jobs together; those that have not ended stay.
    private mutating func forgetOldRuns() {
        let slack = 4_096
        let isFull = self.runCount > self.totalLimit + slack
        guard isFull || self.runOrder.count > 2 * self.runCount + slack else { return }
        for id in self.runOrder.prefix(isFull ? slack : 0) {
            guard let row = self.run(id), row.run.state.isTerminal else { continue }
            self.forget(id)
        }
        self.arrangeForgotten()
    }

    /// Drops a run that has ended; ``arrangeForgotten()`` has to be called before the call ends.
    mutating func forget(_ id: RunID) {
        self.modifyJob(id.job) { $0.runs.remove(at: $0.runs.lowerBound(id)) }
        self.runCount -= 1
        if self.changes.isRecording { self.changes.droppedRuns.append(id) }
    }

    /// Takes runs that were dropped out of the order of all runs, many at once because that touches all.
    mutating func arrangeForgotten() {
        let kept = self.runOrder.filter { self.run($0) != nil }
        self.runOrder = kept
    }
}
