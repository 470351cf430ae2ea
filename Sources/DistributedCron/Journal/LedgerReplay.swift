#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

import DequeModule

/// Makes a ledger of the records of a journal.
struct LedgerReplay {
    /// The rows, or nil before the first record, which says of which cluster they are.
    private var ledger: InMemoryLedger?
    private let historyLimit: Int
    private let totalLimit: Int
    private var schedules = ScheduleCache()

    init(historyLimit: Int, totalLimit: Int) {
        self.historyLimit = historyLimit
        self.totalLimit = totalLimit
    }

    /// Reads the records of one change, or of a piece of a snapshot.
    mutating func read(_ payload: ArraySlice<UInt8>) throws(RecordReader.Malformed) {
        var reader = RecordReader(payload)
        while !reader.isAtEnd {
            let kind = try reader.byte()
            var fields = RecordReader(try reader.data())
            // A record of a kind that this program does not know was written by a newer one, for itself.
            guard let kind = LedgerRecord(rawValue: kind) else { continue }
            if kind == .cluster {
                try self.begin(&fields)
            } else {
                try self.read(kind, &fields)
            }
        }
    }

    private mutating func begin(_ fields: inout RecordReader) throws(RecordReader.Malformed) {
        guard self.ledger == nil else { return }
        let cluster = Cluster(id: ClusterID(rawValue: try fields.text()), slotCount: try fields.int())
        guard cluster.slotCount > 0, cluster.slotCount & (cluster.slotCount - 1) == 0 else {
            throw RecordReader.Malformed(what: "\(cluster.slotCount) is no number of slots")
        }
        self.ledger = InMemoryLedger(
            cluster: cluster,
            historyLimit: self.historyLimit,
            totalLimit: self.totalLimit,
            now: Date(timeIntervalSince1970: 0)
        )
    }

    private mutating func read(
        _ kind: LedgerRecord,
        _ fields: inout RecordReader
    ) throws(RecordReader.Malformed) {
        guard self.ledger != nil else { throw RecordReader.Malformed(what: "the cluster's record is not the first") }
        switch kind {
        case .cluster: break
        case .slot:
            let slot = try fields.slot()
            guard self.ledger?.slots.indices.contains(slot.id.index) == true else {
                throw RecordReader.Malformed(what: "there is no slot \(slot.id)")
            }
            self.ledger?.slots[slot.id.index].slot = slot
        case .job: try self.readJob(&fields)
        case .progress: try self.readProgress(&fields)
        case .run:
            let run = try fields.run()
            self.ledger?.replay(run)
        case .attempt:
            let attempt = try fields.attempt()
            self.ledger?.replay(attempt)
        case .gap:
            let gap = try fields.gap()
            self.ledger?.replay(gap)
        case .request:
            let key = try fields.text()
            let kept = InMemoryLedger.KeptRequest(
                fingerprint: Array(try fields.data()),
                job: try fields.id(),
                at: try fields.date()
            )
            self.ledger?.requests[key] = kept
        case .confirmation:
            let worker = WorkerID(rawValue: try fields.text())
            let confirmation = WorkerConfirmation(
                confirmedAt: try fields.optional { reader throws(RecordReader.Malformed) in try reader.date() },
                length: try fields.duration(),
                revocations: try fields.int(),
                writtenAt: try fields.date()
            )
            self.ledger?.confirmations[worker] = confirmation
        case .droppedJob: self.ledger?.jobs[try fields.id()] = nil
        case .droppedRun:
            let id = try fields.runID()
            self.ledger?.modifyJob(id.job) { row in
                let index = row.runs.lowerBound(id)
                if index < row.runs.count, row.runs[index].run.id == id { row.runs.remove(at: index) }
            }
        }
    }

    private mutating func readJob(_ fields: inout RecordReader) throws(RecordReader.Malformed) {
        let id = try fields.id()
        let name = try fields.optional { reader throws(RecordReader.Malformed) in try reader.text() }
        let description = try fields.optional { reader throws(RecordReader.Malformed) in try reader.text() }
        let labels = try fields.texts()
        let createdAt = try fields.date()
        let updatedAt = try fields.date()
        var schedules = self.schedules
        self.schedules = ScheduleCache()
        var versions = try fields.list { reader throws(RecordReader.Malformed) in try reader.version(&schedules) }
        try fields.laterPolicies(of: &versions)
        self.schedules = schedules
        guard let count = self.ledger?.cluster.slotCount, !versions.isEmpty else {
            throw RecordReader.Malformed(what: "job \(id) has no version")
        }
        let isKnown = self.ledger?.jobs.index(forKey: id) != nil
        if isKnown {
            self.ledger?.modifyJob(id) { row in
                row.name = name
                row.description = description
                row.labels = labels
                row.updatedAt = updatedAt
                row.versions = versions
            }
        } else {
            self.ledger?.jobs[id] = InMemoryLedger.JobRow(
                id: id,
                slot: SlotID(of: id, count: count),
                name: name,
                description: description,
                labels: labels,
                versions: versions,
                revision: .zero,
                createdAt: createdAt,
                updatedAt: updatedAt
            )
        }
    }

    private mutating func readProgress(_ fields: inout RecordReader) throws(RecordReader.Malformed) {
        let id = try fields.id()
        var progress = JobProgress()
        progress.isRemoved = try fields.bool()
        progress.isExhausted = try fields.bool()
        progress.isFailing = try fields.bool()
        progress.startedRuns = try fields.int()
        let revision = Revision(rawValue: try fields.unsigned())
        self.ledger?.modifyJob(id) { row in
            row.progress = progress
            row.revision = revision
        }
    }

    /// The ledger, with everything that follows from its rows; nil if there was no record.
    mutating func finish() -> InMemoryLedger? {
        self.ledger?.rebuild()
        // Handed over and not copied: two owners would copy all of it at the first change.
        return self.ledger.take()
    }
}

extension InMemoryLedger {
    fileprivate mutating func replay(_ run: Run) {
        self.modifyJob(run.id.job) { row in
            let index = row.runs.lowerBound(run.id)
            if index < row.runs.count, row.runs[index].run.id == run.id {
                row.runs[index].run = run
            } else {
                row.runs.insert(RunRow(run: run), at: index)
            }
        }
    }

    fileprivate mutating func replay(_ attempt: Attempt) {
        self.modifyJob(attempt.run.job) { row in
            let index = row.runs.lowerBound(attempt.run)
            guard index < row.runs.count, row.runs[index].run.id == attempt.run else { return }
            let order = { (attempt: Attempt) in (attempt.number, attempt.epoch) }
            let attempts = row.runs[index].attempts
            let place = attempts.firstIndex { order($0) >= order(attempt) } ?? attempts.count
            guard place == attempts.count || order(attempts[place]) != order(attempt) else { return }
            row.runs[index].attempts.insert(attempt, at: place)
        }
    }

    fileprivate mutating func replay(_ gap: Gap) {
        let limit = self.historyLimit
        self.modifyJob(gap.job) { row in
            guard !row.gaps.contains(where: { $0.first == gap.first && $0.version == gap.version }) else { return }
            row.add(gap, limit: limit)
        }
    }

    /// Computes everything that follows from the rows.
    fileprivate mutating func rebuild() {
        var slots = self.slots
        self.slots = []
        self.order.reserveCapacity(self.jobs.count)
        self.names.reserveCapacity(self.jobs.count)
        for index in self.jobs.values.indices {
            Self.rebuild(&self.jobs.values[index], &slots, &self.names, &self.runOrder)
        }
        self.order.append(contentsOf: self.jobs.keys)
        self.order.sort()
        self.runOrder.sort()
        self.runCount = self.runOrder.count
        self.rebuildOutputs()
        for index in slots.indices { slots[index].changes.sort { $0.revision < $1.revision } }
        self.slots = slots
        self.requestOrder = Deque(
            self.requests.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }.map(\.key)
        )
    }

    private mutating func rebuildOutputs() {
        var attempts: [(at: Date, key: AttemptKey, bytes: Int)] = []
        for row in self.jobs.values {
            for run in row.runs {
                for attempt in run.attempts where attempt.report.output.count > 0 {
                    let key = AttemptKey(run: attempt.run, number: attempt.number, epoch: attempt.epoch)
                    attempts.append((attempt.report.finishedAt, key, attempt.report.output.count))
                }
            }
        }
        attempts.sort { $0.at < $1.at }
        for attempt in attempts { self.keepOutput(of: attempt.key, bytes: attempt.bytes) }
    }

    /// Adds what follows from one job, whose row is not copied.
    private static func rebuild(
        _ row: inout JobRow,
        _ slots: inout [SlotRow],
        _ names: inout [String: JobID],
        _ runOrder: inout [RunID]
    ) {
        let slot = row.slot.index
        slots[slot].jobCount += 1
        slots[slot].changes.append((row.revision, row.id))
        row.progress.openRuns = 0
        for run in row.runs {
            runOrder.append(run.run.id)
            guard !run.run.state.isTerminal else { continue }
            row.progress.openRuns += 1
            slots[slot].open.insert(run.run.id)
        }
        if let name = row.name, !row.progress.isRemoved { names[name] = row.id }
    }
}
