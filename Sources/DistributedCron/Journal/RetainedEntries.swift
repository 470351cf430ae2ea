import DequeModule

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The entries of a worker's journal that are kept: those of the last ``WorkerJournalEntry/lifetime``, but no more than
/// a limit of rows.
///
/// Entries are numbered in the order in which they came, so that a range of them can be read piece by piece while
/// others come and go.
struct RetainedEntries: Sendable {
    /// About how many rows a piece has, which is about a mebibyte.
    private static let pieceRows = 4_000

    private let maximumRows: Int
    private var kept: Deque<WorkerJournalEntry> = []
    private var rows = 0
    /// How many entries were dropped: the number of the first that is kept.
    private var dropped = 0

    init(maximumRows: Int) { self.maximumRows = maximumRows }

    /// Adds entries, and drops those that are too old or too many.
    mutating func append(_ entries: [WorkerJournalEntry], now: Date) {
        self.kept.append(contentsOf: entries)
        for entry in entries { self.rows += entry.rowCount }
        self.trim(now: now)
    }

    /// Drops entries that are too old or too many.
    mutating func trim(now: Date) {
        let oldest = Self.oldest(now)
        while let first = self.kept.first, first.date < oldest || self.rows > self.maximumRows {
            self.rows -= first.rowCount
            self.kept.removeFirst()
            self.dropped += 1
        }
    }

    /// The entries that are kept, oldest first.
    ///
    /// One that is too old may still be here, behind one that is not: clocks are set back.
    func entries(now: Date) -> [WorkerJournalEntry] {
        let oldest = Self.oldest(now)
        return self.kept.filter { $0.date >= oldest }
    }

    private static func oldest(_ now: Date) -> Date { now.addingTimeInterval(-WorkerJournalEntry.lifetime) }

    // MARK: Pieces

    /// The numbers of the entries that are kept.
    var numbers: Range<Int> { self.dropped..<self.dropped + self.kept.count }

    /// The first of a range of entries.
    ///
    /// - Parameter numbers: The range; what was dropped of it is left out.
    /// - Returns: Some entries and the range of the others; nil if none is left.
    func piece(of numbers: Range<Int>) -> (entries: [WorkerJournalEntry], rest: Range<Int>)? {
        let wanted = numbers.clamped(to: self.numbers)
        guard !wanted.isEmpty else { return nil }
        var entries: [WorkerJournalEntry] = []
        var rows = 0
        for number in wanted {
            guard rows < Self.pieceRows else { break }
            let entry = self.kept[number - self.dropped]
            entries.append(entry)
            rows += entry.rowCount
        }
        return (entries, wanted.lowerBound + entries.count..<wanted.upperBound)
    }
}

extension WorkerJournalEntry {
    /// How much room the entry takes, in rows of about a quarter of a kilobyte.
    fileprivate var rowCount: Int {
        switch self.fact {
        case .claimed(let claim, _): 1 + claim.rowCount
        case .adopted(let runs, _): 1 + runs.count
        case .launching(let keys), .takenOver(let keys, _), .recorded(let keys): 1 + keys.count / 4
        case .ended(let attempt): 1 + attempt.report.output.count / 256
        }
    }
}
