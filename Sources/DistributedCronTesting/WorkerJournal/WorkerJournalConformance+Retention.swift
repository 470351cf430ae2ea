import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension WorkerJournalConformance {
    func entriesOfTheLifetimeAreKept(_ fixture: JournalFixture) async throws {
        let first = fixture.entries(0..<3)
        try await fixture.journal.append(first)
        fixture.clock.now += WorkerJournalEntry.lifetime - 1
        try await fixture.expect(first)
        let second = fixture.entries(3..<5)
        try await fixture.journal.append(second)
        try await fixture.expect(first + second)
    }

    func oldEntriesAreDropped(_ fixture: JournalFixture) async throws {
        try await fixture.journal.append(fixture.entries(0..<3))
        fixture.clock.now += WorkerJournalEntry.lifetime - 1
        let second = fixture.entries(3..<5)
        try await fixture.journal.append(second)
        fixture.clock.now += 2
        try await fixture.expect(second)
        let third = fixture.entries(5..<6)
        try await fixture.journal.append(third)
        try await fixture.expect(second + third)
        fixture.clock.now += WorkerJournalEntry.lifetime + 1
        try await fixture.expect([])
        let fourth = fixture.entries(6..<7)
        try await fixture.journal.append(fourth)
        try await fixture.expect(fourth)
    }

    func oldEntryBehindANewerOneIsDropped(_ fixture: JournalFixture) async throws {
        // The node's clock was wrong by an hour when the second was written down, and is right again.
        let first = fixture.entries(0..<1)
        fixture.clock.now -= 3_600
        let second = fixture.entries(1..<2)
        try await fixture.journal.append(first + second)
        try await fixture.expect(first + second)
        fixture.clock.now += WorkerJournalEntry.lifetime + 1
        let third = fixture.entries(2..<3)
        try await fixture.journal.append(third)
        try await fixture.expect(first + third)
    }

    func clockThatIsSetBackDropsNothing(_ fixture: JournalFixture) async throws {
        let first = fixture.entries(0..<2)
        try await fixture.journal.append(first)
        fixture.clock.now -= 2 * WorkerJournalEntry.lifetime
        try await fixture.expect(first)
        let second = fixture.entries(2..<4)
        try await fixture.journal.append(second)
        try await fixture.expect(first + second)
    }

    func limitOfRowsKeepsTheNewest(_ fixture: JournalFixture) async throws {
        let limit = JournalFixture.maximumRows
        // Bit by bit, and more at once than there is room for.
        var appended = 0
        for count in [limit / 2, limit / 4, limit / 2, 1, 2 * limit, limit / 2] {
            try await fixture.journal.append(fixture.entries(appended..<appended + count))
            appended += count
            let read = try await fixture.journal.entries()
            #expect(read.count <= limit)
            #expect(read.count >= min(appended, limit / 4), "what there is room for is kept")
            let isNewest = read == fixture.entries(appended - read.count..<appended)
            #expect(isNewest)
        }
    }
}
