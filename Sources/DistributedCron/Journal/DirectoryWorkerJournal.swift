import Dispatch
public import Logging

/// A worker's journal in a directory of its node, where it outlives the process and a power cut.
///
/// One process has the directory at a time; the next one reads what the last one wrote. An append is on disk when it
/// returns, and what is appended while the disk is busy shares the next write. After a crash each append is there whole
/// or not at all.
///
/// It keeps ``WorkerJournalEntry/lifetime`` of entries, but no more than its limit of rows, of which each costs about a
/// quarter of a kilobyte of memory: a run or gap of a claim, four attempts that were launched or recorded, or 256 bytes
/// of the output of one that has ended. The disk holds them up to three times: in the last snapshot, in what was
/// appended after it, of which there may be 16 MiB whatever is kept, and in the snapshot that is being written.
public final class DirectoryWorkerJournal: WorkerJournal {
    private let retained: Lock<RetainedEntries>
    private let wallClock: any WallClock
    private let journal: Journal
    private let snapshots: SnapshotTaker

    private init(retained: RetainedEntries, wallClock: any WallClock, journal: Journal, snapshots: SnapshotTaker) {
        self.retained = Lock(retained)
        self.wallClock = wallClock
        self.journal = journal
        self.snapshots = snapshots
    }

    // MARK: Opening and closing

    /// Opens the journal that a directory holds, or begins one there.
    ///
    /// - Parameters:
    ///   - directory: The directory, for this journal alone; made if it is not there, but not its parents.
    ///   - maximumRows: How many rows are kept, the newest; 100,000 by default, which is about 25 MiB in memory.
    ///   - wallClock: Says how old entries are.
    ///   - logger: Hears of what was cut off, and of writes that fail.
    /// - Returns: The journal. It holds the directory until it is closed or let go of.
    /// - Throws: ``JournalError``, with code `locked` if another process uses the directory.
    public static func open(
        directory: String,
        maximumRows: Int = 100_000,
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) async throws -> DirectoryWorkerJournal {
        try await self.open(
            directory: directory,
            maximumRows: maximumRows,
            wallClock: wallClock,
            snapshotBytes: SnapshotTaker.minimumBytes,
            logger: logger
        )
    }

    /// Opens a journal that takes a snapshot whenever it has grown by so many bytes, and by the last one's length.
    static func open(
        directory: String,
        maximumRows: Int = 100_000,
        wallClock: any WallClock,
        snapshotBytes: Int,
        logger: Logger
    ) async throws -> DirectoryWorkerJournal {
        try await withCheckedThrowingContinuation { continuation in
            // Where tasks run, nothing may block.
            DispatchQueue(label: "distcron.journal.open").async {
                let opened = Result {
                    let now = wallClock.now
                    var retained = RetainedEntries(maximumRows: maximumRows)
                    let journal = try Journal(path: directory, logger: logger) { payload in
                        var reader = RecordReader(payload)
                        retained.append(try reader.entries(), now: now)
                    }
                    return DirectoryWorkerJournal(
                        retained: retained,
                        wallClock: wallClock,
                        journal: journal,
                        snapshots: SnapshotTaker(journal: journal, minimumBytes: snapshotBytes, logger: logger)
                    )
                }
                continuation.resume(with: opened)
            }
        }
    }

    /// Writes what is left to write and lets go of the directory; later appends are refused.
    public func close() async {
        await self.snapshots.close()
        await self.journal.close()
    }

    // MARK: Entries

    /// Writes entries at the end of the journal, all of them or none; lets go of those that are too old or too many.
    ///
    /// - Throws: ``JournalError`` with code `unusable` if the journal could not be written. Whether the entries are on
    ///   disk, or will be, is unknown then.
    public func append(_ entries: [WorkerJournalEntry]) async throws {
        guard !entries.isEmpty else { return }
        var writer = RecordWriter()
        writer.entries(entries)
        let records = writer.bytes
        let now = self.wallClock.now
        do throws(JobStoreError) {
            try self.journal.checkAccepting()
            let ticket = self.retained.withLock { retained -> Journal.Ticket in
                retained.append(entries, now: now)
                return self.journal.enqueue(records)
            }
            try await self.journal.durable(ticket)
        } catch {
            throw JournalError(.unusable, message: "\(self.journal.directory.path): \(error.message)")
        }
        self.snapshots.takeIfDue { self.snapshotPieces() }
    }

    /// The entries that are kept, oldest first.
    ///
    /// Of an append that failed there may be entries too: they tell what happened, whether or not the disk knows of it.
    public func entries() async throws -> [WorkerJournalEntry] {
        let now = self.wallClock.now
        return self.retained.withLock { $0.entries(now: now) }
    }

    /// Begins a snapshot of what is kept now and returns what gives its pieces one after the other.
    private func snapshotPieces() -> SnapshotTaker.Pieces? {
        let now = self.wallClock.now
        // Under one lock, so that what is appended later is in the segments after the snapshot and not in it too.
        let begun = self.retained.withLock { retained -> (number: UInt64, entries: Range<Int>)? in
            guard let number = self.journal.beginSnapshot() else { return nil }
            retained.trim(now: now)
            return (number, retained.numbers)
        }
        guard let begun else { return nil }
        var rest = begun.entries
        // The journal stays for as long as this does: a snapshot that ends early would replace all that follows.
        return SnapshotTaker.Pieces(number: begun.number) {
            guard let piece = self.retained.withLock({ $0.piece(of: rest) }) else { return nil }
            rest = piece.rest
            var writer = RecordWriter()
            writer.entries(piece.entries)
            return writer.bytes
        }
    }
}
