import DequeModule

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The records of a journal: images of a ledger's rows, which say how a row is and not how it came about.
///
/// So reading a journal needs none of the rules by which it was written, and reading a row twice does no harm.
enum LedgerRecord: UInt8 {
    case cluster = 1
    case slot = 2
    case job = 3
    case progress = 4
    case run = 5
    case attempt = 6
    case gap = 7
    case request = 8
    case droppedRun = 9
    case droppedJob = 10
    case confirmation = 11
}

extension RecordWriter {
    mutating func record(_ kind: LedgerRecord, _ write: (inout Self) -> Void) { self.record(kind.rawValue, write) }

    mutating func cluster(_ cluster: Cluster) {
        self.record(.cluster) { writer in
            writer.text(cluster.id.rawValue)
            writer.int(cluster.slotCount)
        }
    }

    mutating func job(_ row: InMemoryLedger.JobRow) {
        self.record(.job) { writer in
            writer.id(row.id)
            writer.optional(row.name) { $0.text($1) }
            writer.optional(row.description) { $0.text($1) }
            writer.texts(row.labels)
            writer.date(row.createdAt)
            writer.date(row.updatedAt)
            writer.list(row.versions) { $0.version($1) }
            writer.laterPolicies(of: row.versions)
        }
    }

    mutating func progress(_ row: InMemoryLedger.JobRow) {
        self.record(.progress) { writer in
            writer.id(row.id)
            writer.bool(row.progress.isRemoved)
            writer.bool(row.progress.isExhausted)
            writer.bool(row.progress.isFailing)
            writer.int(row.progress.startedRuns)
            writer.unsigned(row.revision.rawValue)
        }
    }

    mutating func confirmation(of worker: WorkerID, _ row: WorkerConfirmation) {
        self.record(.confirmation) { writer in
            writer.text(worker.rawValue)
            writer.optional(row.confirmedAt) { $0.date($1) }
            writer.duration(row.length)
            writer.int(row.revocations)
            writer.date(row.writtenAt)
        }
    }

    mutating func request(_ key: String, _ kept: InMemoryLedger.KeptRequest) {
        self.record(.request) { writer in
            writer.text(key)
            writer.data(kept.fingerprint)
            writer.id(kept.job)
            writer.date(kept.at)
        }
    }
}

extension InMemoryLedger {
    /// The records of what has changed since this was last asked.
    mutating func takeChanges() -> [UInt8] {
        let changes = self.changes
        guard !changes.isEmpty else { return [] }
        self.changes.clear()
        var writer = RecordWriter()
        for index in changes.slots.sorted() { writer.record(.slot) { $0.slot(self.slots[index].slot) } }
        for id in changes.jobs { if let row = self.jobs[id] { writer.job(row) } }
        for id in changes.progress.union(changes.jobs) { if let row = self.jobs[id] { writer.progress(row) } }
        for id in changes.runs { if let row = self.run(id) { writer.record(.run) { $0.run(row.run) } } }
        for attempt in changes.attempts { writer.record(.attempt) { $0.attempt(attempt) } }
        for gap in changes.gaps { writer.record(.gap) { $0.gap(gap) } }
        for key in changes.requests { if let kept = self.requests[key] { writer.request(key, kept) } }
        for worker in changes.confirmations.sorted() {
            if let row = self.confirmations[worker] { writer.confirmation(of: worker, row) }
        }
        for id in changes.droppedJobs { writer.record(.droppedJob) { $0.id(id) } }
        for id in changes.droppedRuns { writer.record(.droppedRun) { $0.id(id) } }
        return writer.bytes
    }

    /// All records of the ledger, a piece at a time: first the slots, then the jobs with all that belongs to them.
    ///
    /// - Parameter cursor: The last job of the piece before, or nil to begin.
    /// - Returns: The piece, and the last job in it; nil after the last piece.
    func snapshotPiece(after cursor: JobID?) -> (bytes: [UInt8], last: JobID)? {
        let start = cursor.map { self.order.lowerBound(JobID(rawValue: $0.rawValue &+ 1)) } ?? 0
        var writer = RecordWriter()
        var last = cursor ?? JobID(rawValue: 0)
        if cursor == nil {
            writer.cluster(self.cluster)
            for row in self.slots { writer.record(.slot) { $0.slot(row.slot) } }
            for key in self.requestOrder { if let kept = self.requests[key] { writer.request(key, kept) } }
            for (worker, row) in self.confirmations { writer.confirmation(of: worker, row) }
        } else if start == self.order.count {
            return nil
        }
        for id in self.order[start...].prefix(2_000) {
            guard writer.bytes.count < 1 << 20 else { break }
            last = id
            guard let row = self.jobs[id] else { continue }
            writer.job(row)
            writer.progress(row)
            for run in row.runs {
                writer.record(.run) { $0.run(run.run) }
                for attempt in run.attempts { writer.record(.attempt) { $0.attempt(attempt) } }
            }
            for gap in row.gaps { writer.record(.gap) { $0.gap(gap) } }
        }
        return (writer.bytes, last)
    }
}
