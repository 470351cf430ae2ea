import DistributedCron
import Testing

extension WorkerJournalConformance {
    func newJournalIsEmpty(_ fixture: JournalFixture) async throws {
        #expect(try await fixture.journal.entries().isEmpty)
    }

    func everyKindOfFactIsReadBackExactly(_ fixture: JournalFixture) async throws {
        let entries = fixture.entriesOfEveryKind()
        try await fixture.journal.append(entries)
        try await fixture.expect(entries)
    }

    func largeEntriesAreReadBackWhole(_ fixture: JournalFixture) async throws {
        let entries = fixture.largeEntries()
        try await fixture.journal.append(entries)
        // Not as an expectation of values, which would print them.
        let isWhole = try await fixture.journal.entries() == entries
        #expect(isWhole)
    }

    func appendsAreReadBackInOrder(_ fixture: JournalFixture) async throws {
        var appended = 0
        for count in [1, 3, 1, 20, 2] {
            try await fixture.journal.append(fixture.entries(appended..<appended + count))
            appended += count
            try await fixture.expect(fixture.entries(0..<appended))
        }
        // The order is that of the appends, whatever they tell of.
        let earlier = fixture.entriesOfEveryKind()
        try await fixture.journal.append(earlier)
        try await fixture.expect(fixture.entries(0..<appended) + earlier)
    }

    func appendOfNothingChangesNothing(_ fixture: JournalFixture) async throws {
        try await fixture.journal.append([])
        #expect(try await fixture.journal.entries().isEmpty)
        let entries = fixture.entries(0..<2)
        try await fixture.journal.append(entries)
        try await fixture.journal.append([])
        #expect(try await fixture.journal.entries() == entries)
    }

    func repeatedEntriesDoNoHarm(_ fixture: JournalFixture) async throws {
        let entries = fixture.entries(0..<5)
        // As after an unknown outcome: the same once more, with what has come since.
        try await fixture.journal.append(Array(entries[..<2]))
        try await fixture.journal.append(Array(entries[..<4]))
        try await fixture.journal.append(Array(entries[..<4]))
        try await fixture.journal.append(Array(entries[4...]))
        try await fixture.expect(entries)
    }

    func raceOfAppendsLosesNothing(_ fixture: JournalFixture) async throws {
        _ = try await race(20) { number in
            try await fixture.journal.append(fixture.entries(number * 4..<number * 4 + 4))
            // And one that goes on where the last left off.
            try await fixture.journal.append(fixture.entries(1_000 + number..<1_001 + number))
        }
        let read = try await fixture.journal.entries()
        #expect(read.count == 100, "each is there once")
        for number in 0..<20 {
            let entries =
                fixture.entries(number * 4..<number * 4 + 4) + fixture.entries(1_000 + number..<1_001 + number)
            #expect(read.filter { entries.contains($0) } == entries)
        }
    }

    func whatWasReadIsReadAgain(_ fixture: JournalFixture) async throws {
        let entries = fixture.entries(0..<40)
        let reads = try await race(4) { number -> [[WorkerJournalEntry]] in
            guard number == 0 else {
                var reads: [[WorkerJournalEntry]] = []
                for _ in 0..<20 {
                    reads.append(try await fixture.journal.entries())
                    await giveWay(1)
                }
                return reads
            }
            for entry in entries { try await fixture.journal.append([entry]) }
            return []
        }
        for reader in reads {
            for (read, next) in zip(reader, reader.dropFirst()) { #expect(next.starts(with: read)) }
            for read in reader { #expect(entries.starts(with: read)) }
        }
        try await fixture.expect(entries)
    }
}
