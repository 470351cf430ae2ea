/// A worker's journal in this process's memory: it outlives the worker and not the process.
///
/// For tests, and for clusters whose store is in the same process. It keeps ``WorkerJournalEntry/lifetime`` of entries,
/// but no more than its limit of rows, of which each costs about a quarter of a kilobyte: a run or gap of a claim, four
/// attempts that were launched or recorded, or 256 bytes of the output of one that has ended.
public final class InMemoryWorkerJournal: WorkerJournal {
    private let retained: Lock<RetainedEntries>
    private let wallClock: any WallClock

    /// Creates an empty journal.
    ///
    /// - Parameters:
    ///   - maximumRows: How many rows are kept, the newest; 100,000 by default, which is about 25 MiB.
    ///   - wallClock: Says how old entries are.
    public init(maximumRows: Int = 100_000, wallClock: any WallClock = SystemWallClock()) {
        self.retained = Lock(RetainedEntries(maximumRows: maximumRows))
        self.wallClock = wallClock
    }

    /// Adds entries, and lets go of those that are too old or too many.
    public func append(_ entries: [WorkerJournalEntry]) async throws {
        let now = self.wallClock.now
        self.retained.withLock { $0.append(entries, now: now) }
    }

    /// The entries that are kept, oldest first.
    public func entries() async throws -> [WorkerJournalEntry] {
        let now = self.wallClock.now
        return self.retained.withLock { $0.entries(now: now) }
    }
}
