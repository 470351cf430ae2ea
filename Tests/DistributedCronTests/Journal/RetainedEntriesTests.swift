import Foundation
import Testing

@testable import DistributedCron

/// A snapshot is written piece by piece while entries come and go: an entry that it skipped would be lost with the
/// segments that it takes the place of.
@Suite("Entries that are kept can be read piece by piece")
struct RetainedEntriesTests {
    private let now = Instant.monday().date

    private func entries(_ numbers: Range<Int>) -> [WorkerJournalEntry] {
        numbers.map { number in
            let run = RunID(job: .test(1), scheduledAt: .monday() + Int64(number))
            return WorkerJournalEntry(date: self.now, fact: .launching([AttemptKey(run: run, number: 1, epoch: .zero)]))
        }
    }

    @Test("All pieces together are what was there at the beginning, less what was dropped since")
    func pieces() {
        var retained = RetainedEntries(maximumRows: 10_000)
        retained.append(self.entries(0..<12_000), now: self.now)
        var rest = retained.numbers
        #expect(rest.count == 10_000)
        guard let first = retained.piece(of: rest) else {
            Issue.record("there is no piece")
            return
        }
        #expect(first.entries.count < 10_000, "more than a piece")
        // Those that come now push out more than was read, and are not part of it themselves.
        retained.append(self.entries(12_000..<17_000), now: self.now)
        var read: [WorkerJournalEntry] = []
        rest = first.rest
        while let piece = retained.piece(of: rest) {
            read += piece.entries
            rest = piece.rest
        }
        let isRead = first.entries.starts(with: self.entries(2_000..<2_100)) && read == self.entries(7_000..<12_000)
        #expect(isRead)
    }

    @Test("Of what has become too old there is no piece")
    func tooOld() {
        var retained = RetainedEntries(maximumRows: 10)
        retained.append(self.entries(0..<3), now: self.now)
        let numbers = retained.numbers
        retained.trim(now: self.now + WorkerJournalEntry.lifetime)
        #expect(retained.numbers == numbers)
        retained.trim(now: self.now + WorkerJournalEntry.lifetime + 1)
        #expect(retained.numbers.isEmpty)
        if let piece = retained.piece(of: numbers) { Issue.record("there is a piece of \(piece.entries.count)") }
    }
}
