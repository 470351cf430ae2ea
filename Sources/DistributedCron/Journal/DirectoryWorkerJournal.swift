import Dispatch
import Glibc
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
///
/// What cannot be written, as on a full disk, is tried again whenever something is appended, but not when that has failed
/// again and again for as long as its patience. After that, and at once after a sync that failed, it has failed for good:
/// only what is opened anew can be written.
public final class DirectoryWorkerJournal: WorkerJournal {
    /// A time in which every append has failed.
    private struct Failing {
        let since: Stopwatch
        /// The last of them.
        let last: Stopwatch
    }
    /// Appends that lie further apart do not belong to one such time.
    private static let longestPause = Duration.seconds(5)

    private let retained: Lock<RetainedEntries>
    private let wallClock: any WallClock
    private let journal: Journal
    private let snapshots: SnapshotTaker
    private let patience: Duration
    private let clock: any Clock<Duration>
    /// Nil if the last append was written.
    private let failing = Lock<Failing?>(nil)

    private init(
        retained: RetainedEntries,
        wallClock: any WallClock,
        journal: Journal,
        snapshots: SnapshotTaker,
        patience: Duration,
        clock: any Clock<Duration>
    ) {
        self.retained = Lock(retained)
        self.wallClock = wallClock
        self.journal = journal
        self.snapshots = snapshots
        self.patience = patience
        self.clock = clock
    }

    // MARK: Opening and closing

    /// Opens the journal that a directory holds, or begins one there.
    ///
    /// - Parameters:
    ///   - directory: The directory, for this journal alone; made if it is not there, but not its parents.
    ///   - maximumRows: How many rows are kept, the newest; 100,000 by default, which is about 25 MiB in memory.
    ///   - patience: How long writes may fail before it has failed for good; 30 seconds by default.
    ///   - clock: Measures that.
    ///   - wallClock: Says how old entries are.
    ///   - logger: Hears of what was cut off, and of writes that fail.
    /// - Returns: The journal. It holds the directory until it is closed or let go of.
    /// - Throws: ``JournalError``, with code `locked` if another process uses the directory.
    public static func open(
        directory: String,
        maximumRows: Int = 100_000,
        patience: Duration = .seconds(30),
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) async throws -> DirectoryWorkerJournal {
        try await self.open(
            directory: directory,
            maximumRows: maximumRows,
            patience: patience,
            clock: clock,
            wallClock: wallClock,
            snapshotBytes: SnapshotTaker.minimumBytes,
            logger: logger
        )
    }

    /// Opens a journal that takes a snapshot whenever it has grown by so many bytes, and by the last one's length.
    static func open(
        directory: String,
        maximumRows: Int = 100_000,
        patience: Duration = .seconds(30),
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock,
        snapshotBytes: Int,
        syncFile: @escaping @Sendable (Int32) -> Int32 = { fdatasync($0) },
        logger: Logger
    ) async throws -> DirectoryWorkerJournal {
        try await withCheckedThrowingContinuation { continuation in
            // Where tasks run, nothing may block.
            DispatchQueue(label: "distcron.journal.open").async {
                let opened = Result {
                    let now = wallClock.now
                    var retained = RetainedEntries(maximumRows: maximumRows)
                    let journal = try Journal(
                        path: directory,
                        logger: logger,
                        replay: { payload in
                            var reader = RecordReader(payload)
                            retained.append(try reader.entries(), now: now)
                        },
                        syncFile: syncFile
                    )
                    return DirectoryWorkerJournal(
                        retained: retained,
                        wallClock: wallClock,
                        journal: journal,
                        snapshots: SnapshotTaker(journal: journal, minimumBytes: snapshotBytes, logger: logger),
                        patience: patience,
                        clock: clock
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
    /// - Throws: ``JournalError`` with code `unusable` if the journal could not be written, and `failed` if it never will
    ///   be any more. Whether the entries are on disk, or will be, is unknown then.
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
            throw self.failure(error)
        }
        self.failing.withLock { $0 = nil }
        self.snapshots.takeIfDue { self.snapshotPieces() }
    }

    /// What is to be said of a write that failed, after which it may be given up.
    private func failure(_ error: JobStoreError) -> JournalError {
        let isOver = self.failing.withLock { failing in
            let now = Stopwatch(self.clock)
            // A time in which nothing was tried proves nothing.
            let isGoingOn = failing.map { $0.last.elapsed <= Self.longestPause } ?? false
            let since = isGoingOn ? failing?.since ?? now : now
            failing = Failing(since: since, last: now)
            return since.elapsed >= self.patience
        }
        if isOver { self.journal.giveUp() }
        let code = self.journal.isDead ? JournalError.Code.failed : .unusable
        return JournalError(code, message: "\(self.journal.directory.path): \(error.message)")
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
