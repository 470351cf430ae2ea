#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The records of a worker's journal on disk, one for each entry: its date, then what its fact consists of.
///
/// The numbers are those of a job store's records without the first, with which its journal has to begin and a worker's
/// must not: so neither takes the other's directory for its own, whose contents its next snapshot would replace.
enum WorkerJournalRecord: UInt8 {
    case claimed = 2
    case adopted = 3
    case launching = 4
    case ended = 5
    case recorded = 6
    case takenOver = 7
}

// MARK: Writing

extension RecordWriter {
    /// Adds a record for each entry.
    mutating func entries(_ entries: [WorkerJournalEntry]) {
        for entry in entries { self.entry(entry) }
    }

    private mutating func entry(_ entry: WorkerJournalEntry) {
        switch entry.fact {
        case .claimed(let claim, let sequence):
            self.record(.claimed, at: entry.date) { writer in
                writer.unsigned(sequence)
                writer.claim(claim)
            }
        case .adopted(let runs, let slot):
            self.record(.adopted, at: entry.date) { writer in
                // A store's own slots are all of one pool, which is why a slot's fields do not name it.
                writer.text(slot.id.pool.rawValue)
                writer.sized { $0.slot(slot) }
                writer.runs(runs)
            }
        case .launching(let keys): self.record(.launching, at: entry.date) { $0.keys(keys) }
        case .takenOver(let keys, let worker):
            self.record(.takenOver, at: entry.date) { writer in
                writer.keys(keys)
                writer.text(worker.rawValue)
            }
        case .ended(let attempt): self.record(.ended, at: entry.date) { $0.attempt(attempt) }
        case .recorded(let keys): self.record(.recorded, at: entry.date) { $0.keys(keys) }
        }
    }

    private mutating func record(_ kind: WorkerJournalRecord, at date: Date, _ write: (inout Self) -> Void) {
        self.record(kind.rawValue) { writer in
            writer.date(date)
            write(&writer)
        }
    }

    private mutating func claim(_ claim: SlotClaim) {
        self.text(claim.slot.pool.rawValue)
        self.int(claim.slot.index)
        self.text(claim.worker.rawValue)
        self.unsigned(claim.epoch.rawValue)
        self.unsigned(claim.revision.rawValue)
        self.instant(claim.from)
        self.instant(claim.to)
        self.runs(claim.runs)
        self.list(claim.gaps) { writer, gap in writer.sized { $0.gap(gap) } }
        self.runs(claim.taken)
        self.list(claim.cancellations) { writer, cancellation in
            writer.id(cancellation.run)
            writer.text(cancellation.reason.rawValue)
        }
        self.list(claim.versionEnds) { writer, end in
            writer.id(end.job)
            writer.int(end.version)
            writer.instant(end.effectiveTo)
        }
        self.list(claim.exhausted) { writer, job in writer.id(job) }
    }

    private mutating func runs(_ runs: [Run]) {
        self.list(runs) { writer, run in writer.sized { $0.run(run) } }
    }

    mutating func keys(_ keys: [AttemptKey]) {
        self.list(keys) { writer, key in
            writer.id(key.run)
            writer.int(key.number)
            writer.unsigned(key.epoch.rawValue)
        }
    }

    /// Writes fields with their length, so that a later program can have more of them though others follow.
    private mutating func sized(_ write: (inout Self) -> Void) {
        var fields = Self()
        write(&fields)
        self.data(fields.bytes)
    }
}

// MARK: Reading

extension RecordReader {
    /// Reads the entries of one append, or of a piece of a snapshot.
    mutating func entries() throws(Malformed) -> [WorkerJournalEntry] {
        var entries: [WorkerJournalEntry] = []
        while !self.isAtEnd {
            let number = try self.byte()
            var fields = try self.sized()
            guard number != LedgerRecord.cluster.rawValue else {
                throw Malformed(what: "it belongs to a job store and not to a worker")
            }
            // A record of a kind that this program does not know was written by a newer one, for itself.
            guard let kind = WorkerJournalRecord(rawValue: number) else { continue }
            let date = try fields.date()
            entries.append(WorkerJournalEntry(date: date, fact: try fields.fact(kind)))
        }
        return entries
    }

    private mutating func fact(_ kind: WorkerJournalRecord) throws(Malformed) -> WorkerJournalEntry.Fact {
        switch kind {
        case .claimed:
            let sequence = try self.unsigned()
            return .claimed(try self.claim(), sequence: sequence)
        case .adopted:
            let slot = try self.slotOfAnyPool()
            return .adopted(try self.runs(), in: slot)
        case .launching: return .launching(try self.keys())
        case .takenOver:
            let keys = try self.keys()
            return .takenOver(keys, by: WorkerID(rawValue: try self.text()))
        case .ended: return .ended(try self.attempt())
        case .recorded: return .recorded(try self.keys())
        }
    }

    private mutating func slotOfAnyPool() throws(Malformed) -> Slot {
        let pool = PoolID(rawValue: try self.text())
        var fields = try self.sized()
        let slot = try fields.slot()
        return Slot(
            id: SlotID(pool: pool, index: slot.id.index),
            worker: slot.worker,
            epoch: slot.epoch,
            leaderToken: slot.leaderToken,
            accountedUntil: slot.accountedUntil,
            claimSequence: slot.claimSequence,
            revision: slot.revision
        )
    }

    private mutating func claim() throws(Malformed) -> SlotClaim {
        let pool = PoolID(rawValue: try self.text())
        var claim = SlotClaim(
            slot: SlotID(pool: pool, index: try self.int()),
            worker: WorkerID(rawValue: try self.text()),
            epoch: Epoch(rawValue: try self.unsigned()),
            revision: Revision(rawValue: try self.unsigned()),
            from: try self.instant(),
            to: try self.instant()
        )
        claim.runs = try self.runs()
        claim.gaps = try self.list { reader throws(Malformed) -> Gap in
            var fields = try reader.sized()
            return try fields.gap()
        }
        claim.taken = try self.runs()
        claim.cancellations = try self.list { reader throws(Malformed) in
            RunCancellation(run: try reader.runID(), reason: RunReason(rawValue: try reader.text()))
        }
        claim.versionEnds = try self.list { reader throws(Malformed) in
            VersionEnd(job: try reader.id(), version: try reader.int(), effectiveTo: try reader.instant())
        }
        claim.exhausted = try self.list { reader throws(Malformed) in try reader.id() }
        return claim
    }

    private mutating func runs() throws(Malformed) -> [Run] {
        try self.list { reader throws(Malformed) -> Run in
            var fields = try reader.sized()
            return try fields.run()
        }
    }

    mutating func keys() throws(Malformed) -> [AttemptKey] {
        try self.list { reader throws(Malformed) in
            AttemptKey(
                run: try reader.runID(),
                number: try reader.int(),
                epoch: Epoch(rawValue: try reader.unsigned())
            )
        }
    }

    /// A reader of fields that have their length before them.
    private mutating func sized() throws(Malformed) -> Self { Self(try self.data()) }
}
