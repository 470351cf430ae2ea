import DequeModule

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A worker's journal in this process's memory: it outlives the worker and not the process.
///
/// For tests, and for clusters whose store is in the same process. It keeps ``WorkerJournalEntry/lifetime`` of entries,
/// but no more than its limit of rows, of which each costs about a quarter of a kilobyte: a run or gap of a claim, four
/// attempts that were launched or recorded, or 256 bytes of the output of one that has ended.
public final class InMemoryWorkerJournal: WorkerJournal {
    private struct State {
        var entries: Deque<WorkerJournalEntry> = []
        var rows = 0
    }
    private let state = Lock(State())
    private let maximumRows: Int
    private let wallClock: any WallClock

    /// Creates an empty journal.
    ///
    /// - Parameters:
    ///   - maximumRows: How many rows are kept, the newest; 100,000 by default, which is about 25 MiB.
    ///   - wallClock: Says how old entries are.
    public init(maximumRows: Int = 100_000, wallClock: any WallClock = SystemWallClock()) {
        self.maximumRows = maximumRows
        self.wallClock = wallClock
    }

    /// Adds entries, and lets go of those that are too old or too many.
    public func append(_ entries: [WorkerJournalEntry]) async throws {
        let oldest = self.oldest
        self.state.withLock { state in
            state.entries += entries
            for entry in entries { state.rows += entry.rowCount }
            while let first = state.entries.first, first.date < oldest || state.rows > self.maximumRows {
                state.rows -= first.rowCount
                state.entries.removeFirst()
            }
        }
    }

    /// The entries that are kept, oldest first.
    public func entries() async throws -> [WorkerJournalEntry] {
        let oldest = self.oldest
        return self.state.withLock { state in state.entries.filter { $0.date >= oldest } }
    }

    private var oldest: Date { self.wallClock.now.addingTimeInterval(-WorkerJournalEntry.lifetime) }
}

extension WorkerJournalEntry {
    /// How much room the entry takes.
    fileprivate var rowCount: Int {
        switch self.fact {
        case .claimed(let claim, _): 1 + claim.rowCount
        case .adopted(let runs, _): 1 + runs.count
        case .launching(let keys), .recorded(let keys): 1 + keys.count / 4
        case .ended(let attempt): 1 + attempt.report.output.count / 256
        }
    }
}
