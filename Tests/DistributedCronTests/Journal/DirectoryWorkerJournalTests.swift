import DistributedCronTesting
import Foundation
import Glibc
import Logging
import Testing

@testable import DistributedCron

@Suite("A worker's journal in a directory is after a restart what it was before", .timeLimit(.minutes(5)))
struct DirectoryWorkerJournalTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private let directory: TemporaryDirectory
    private let clock = ManualWallClock(now: Instant.monday().date)
    private var segment: String { "\(self.directory.path)/journal-1.log" }

    init() throws { self.directory = try TemporaryDirectory() }

    private func open(
        _ directory: TemporaryDirectory? = nil,
        maximumRows: Int = 100_000,
        snapshotBytes: Int = SnapshotTaker.minimumBytes
    ) async throws -> DirectoryWorkerJournal {
        try await DirectoryWorkerJournal.open(
            directory: (directory ?? self.directory).path,
            maximumRows: maximumRows,
            wallClock: self.clock,
            snapshotBytes: snapshotBytes,
            logger: Self.logger
        )
    }

    /// Different entries of one row each, by the present.
    private func entries(_ numbers: Range<Int>) -> [WorkerJournalEntry] {
        let now = self.clock.now
        return numbers.map { number -> WorkerJournalEntry in
            let run = RunID(job: .test(1), scheduledAt: .monday() + Int64(number))
            return WorkerJournalEntry(date: now, fact: .launching([AttemptKey(run: run, number: 1, epoch: .zero)]))
        }
    }

    // MARK: The protocol

    /// It is a journal like the one in memory, with which everything else is tested.
    @Test("It keeps every promise of a worker's journal", arguments: WorkerJournalConformance.Check.allCases)
    func conforms(to check: WorkerJournalConformance.Check) async throws {
        let directory = self.directory
        try await WorkerJournalConformance { maximumRows, clock in
            try await DirectoryWorkerJournal.open(
                directory: directory.path,
                maximumRows: maximumRows,
                wallClock: clock,
                logger: Self.logger
            )
        }.run(check)
    }

    /// What is appended while a snapshot begins, is written or takes the place of segments must be neither lost nor
    /// there twice.
    @Test("It keeps them while it takes snapshots", arguments: WorkerJournalConformance.Check.allCases)
    func conformsWithSnapshots(to check: WorkerJournalConformance.Check) async throws {
        let directory = self.directory
        try await WorkerJournalConformance { maximumRows, clock in
            try await DirectoryWorkerJournal.open(
                directory: directory.path,
                maximumRows: maximumRows,
                wallClock: clock,
                // As many as there can be.
                snapshotBytes: 0,
                logger: Self.logger
            )
        }.run(check)
    }

    // MARK: Restarts

    /// The second witness is of use only if the next process hears all of what the last one saw.
    @Test("Whatever was appended is there after every restart, in its order and to the last bit")
    func randomRestarts() async throws {
        var random = RandomEntries(seed: testSeed())
        var appended: [WorkerJournalEntry] = []
        for _ in 0..<8 {
            let journal = try await self.open(snapshotBytes: 5_000)
            #expect(try await journal.entries() == self.young(appended))
            for _ in 0..<15 {
                // Together more than entries are kept.
                self.clock.advance(by: .seconds(random.number(0...3_600)))
                var entries: [WorkerJournalEntry] = []
                for _ in 0..<random.number(0...4) { entries.append(random.next(self.clock.now)) }
                try await journal.append(entries)
                appended += entries
            }
            #expect(try await journal.entries() == self.young(appended))
            await journal.close()
        }
    }

    private func young(_ entries: [WorkerJournalEntry]) -> [WorkerJournalEntry] {
        let oldest = self.clock.now - WorkerJournalEntry.lifetime
        return entries.filter { $0.date >= oldest }
    }

    /// A restart must not bring back more than there was, nor less.
    @Test("The limit of rows is the same after a restart")
    func limit() async throws {
        let journal = try await self.open(maximumRows: 20)
        for number in 0..<5 { try await journal.append(self.entries(number * 7..<number * 7 + 7)) }
        #expect(try await journal.entries() == self.entries(15..<35))
        await journal.close()
        let reopened = try await self.open(maximumRows: 20)
        #expect(try await reopened.entries() == self.entries(15..<35))
        await reopened.close()
    }

    /// A power cut in the midst of a write must cost nothing but that write, and least of all the node's start.
    @Test("A torn end is cut off: of its append nothing is left, and everything of those before it")
    func tornEnd() async throws {
        let (first, last) = (self.entries(0..<3), self.entries(3..<6))
        let journal = try await self.open()
        try await journal.append(first)
        let whole = try Data(contentsOf: URL(filePath: self.segment)).count
        try await journal.append(last)
        await journal.close()
        let bytes = try Data(contentsOf: URL(filePath: self.segment))
        try #require(whole < bytes.count)
        for length in Array(stride(from: whole, to: bytes.count, by: 7)) + [bytes.count - 1] {
            let copy = try TemporaryDirectory()
            try Data(bytes.prefix(length)).write(to: URL(filePath: "\(copy.path)/journal-1.log"))
            let torn = try await self.open(copy)
            #expect(try await torn.entries() == first, "cut to \(length) bytes")
            try await torn.append(last)
            await torn.close()
            let reopened = try await self.open(copy)
            #expect(try await reopened.entries() == first + last, "cut to \(length) bytes")
            await reopened.close()
        }
    }

    // MARK: Whose directory it is

    /// Two writers of one file would make it unreadable for both.
    @Test("A second opener is refused until the first one has closed, and then the first one is")
    func lock() async throws {
        let journal = try await self.open()
        try await journal.append(self.entries(0..<1))
        let locked = await #expect(throws: JournalError.self) { _ = try await self.open() }
        #expect(locked?.code == .locked)
        await journal.close()
        let next = try await self.open()
        let refused = await #expect(throws: JournalError.self) { try await journal.append(self.entries(1..<2)) }
        #expect(refused?.code == .failed)
        #expect(refused?.message.contains(self.directory.path) == true)
        try await next.append(self.entries(2..<3))
        #expect(try await next.entries() == self.entries(0..<1) + self.entries(2..<3))
        await next.close()
    }

    /// With the wrong directory in its configuration a node would begin a journal among a store's files, and the next
    /// snapshot would take the place of the ledger.
    @Test("The directory of a job store is refused, and a job store refuses that of a journal")
    func foreignDirectories() async throws {
        let store = try await InMemoryJobStore.open(
            directory: self.directory.path,
            slotCount: 2,
            logger: Self.logger
        )
        await store.close()
        let error = await #expect(throws: JournalError.self) { _ = try await self.open() }
        #expect(error?.code == .corrupt)
        let other = try TemporaryDirectory()
        let journal = try await self.open(other)
        try await journal.append(self.entries(0..<1))
        await journal.close()
        let refusal = await #expect(throws: JournalError.self) {
            _ = try await InMemoryJobStore.open(directory: other.path, slotCount: 2, logger: Self.logger)
        }
        #expect(refusal?.code == .corrupt)
    }

    // MARK: A disk that fails

    /// The worker tries again what could not be written: the journal must neither go on without it nor be spoilt by it.
    @Test("An append that could not be written is refused, and does no harm when it is repeated")
    func failedWrite() async throws {
        let (first, second) = (self.entries(0..<2), self.entries(2..<4))
        let journal = try await self.open(snapshotBytes: 0)
        // The snapshot after the first append begins a segment, and nothing can be written to a directory.
        let obstacle = "\(self.directory.path)/journal-2.log"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        try await journal.append(first)
        var refusal: JournalError?
        while refusal == nil {
            do { try await journal.append(second) } catch let error as JournalError { refusal = error }
        }
        #expect(refusal?.code == .unusable)
        try FileManager.default.removeItem(atPath: obstacle)
        // Asking is what makes it try again.
        while (try? await journal.append(second)) == nil { await Task.yield() }
        #expect(try await Set(journal.entries()) == Set(first + second))
        await journal.close()
        let reopened = try await self.open()
        var seen: Set<WorkerJournalEntry> = []
        let read = try await reopened.entries().filter { seen.insert($0).inserted }
        #expect(read == first + second)
        await reopened.close()
    }

    /// After a sync that failed the system may have dropped what it could not write, so only what is read anew is known
    /// to be there: a worker must hear that waiting does not help, where, and why.
    @Test("A sync that failed is the end of it, and says so; opening it anew helps")
    func failedSync() async throws {
        let isBroken = Lock(false)
        let journal = try await DirectoryWorkerJournal.open(
            directory: self.directory.path,
            wallClock: self.clock,
            snapshotBytes: SnapshotTaker.minimumBytes,
            syncFile: { file in
                guard isBroken.withLock({ $0 }) else { return fdatasync(file) }
                errno = EIO
                return -1
            },
            logger: Self.logger
        )
        try await journal.append(self.entries(0..<1))
        isBroken.withLock { $0 = true }
        let failure = await #expect(throws: JournalError.self) { try await journal.append(self.entries(1..<2)) }
        #expect(failure?.code == .failed)
        #expect(failure?.message.contains(self.directory.path) == true)
        #expect(failure?.message.contains("Input/output error") == true)
        isBroken.withLock { $0 = false }
        let again = await #expect(throws: JournalError.self) { try await journal.append(self.entries(1..<2)) }
        #expect(again?.code == .failed)
        await journal.close()
        let reopened = try await self.open()
        try await reopened.append(self.entries(2..<3))
        #expect(try await reopened.entries().starts(with: self.entries(0..<1)))
        await reopened.close()
    }

    /// A disk that stays full must not keep the node's slots from others for ever.
    @Test("Writes that fail for longer than its patience are the end of it, even if they could be made afterwards")
    func patience() async throws {
        let time = ManualClock()
        let journal = try await DirectoryWorkerJournal.open(
            directory: self.directory.path,
            patience: .seconds(10),
            clock: time,
            wallClock: self.clock,
            snapshotBytes: 0,
            logger: Self.logger
        )
        let obstacle = "\(self.directory.path)/journal-2.log"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        try await journal.append(self.entries(0..<1))
        func refusal() async throws -> JournalError {
            while true {
                do { try await journal.append(self.entries(1..<2)) } catch let error as JournalError { return error }
            }
        }
        #expect(try await refusal().code == .unusable)
        // Nobody has asked for a minute, in which it may have been well.
        time.advance(by: .seconds(60))
        for _ in 0..<2 {
            #expect(try await refusal().code == .unusable)
            time.advance(by: .seconds(5))
        }
        #expect(try await refusal().code == .failed)
        try FileManager.default.removeItem(atPath: obstacle)
        #expect(try await refusal().code == .failed)
        await journal.close()
    }

    // MARK: What it takes of the disk

    /// A journal that only grew would fill the node's disk, and then nothing more could be claimed.
    @Test("However much is appended, the disk holds one snapshot of what is kept and what came after it")
    func diskUse() async throws {
        let journal = try await self.open(maximumRows: 50, snapshotBytes: 1_000)
        var appended = 0
        for _ in 0..<100 {
            try await journal.append(self.entries(appended..<appended + 60))
            appended += 60
        }
        await journal.close()
        let bytes = try await self.bytesAfterSnapshot(appended..<appended + 60, maximumRows: 50)
        // A record of these has less than 50 bytes.
        #expect(bytes < 50 * 50 + 100)
        let reopened = try await self.open(maximumRows: 50)
        #expect(try await reopened.entries() == self.entries(appended + 10..<appended + 60))
        await reopened.close()
    }

    /// Time alone has to free the disk too, on a node that has little to do.
    @Test("What has become too old is not in the next snapshot")
    func oldEntriesLeaveTheDisk() async throws {
        let beginning = self.clock.now
        let journal = try await self.open()
        try await journal.append(self.entries(0..<1_000))
        await journal.close()
        self.clock.now += WorkerJournalEntry.lifetime + 1
        let bytes = try await self.bytesAfterSnapshot(1_000..<1_050)
        let young = self.entries(1_000..<1_050)
        #expect(bytes < 50 * 50 + 100)
        // To a clock that was set back they would not be too old.
        self.clock.now = beginning
        let reopened = try await self.open()
        #expect(try await reopened.entries() == young)
        await reopened.close()
    }

    /// Appends once, waits for the snapshot that follows, and closes.
    ///
    /// - Parameters:
    ///   - numbers: Entries that make the journal grow by more than 1,000 bytes, after which there is a snapshot.
    ///   - maximumRows: How many rows are kept.
    /// - Returns: How many bytes the files have.
    /// - Throws: What the journal or the disk throws.
    private func bytesAfterSnapshot(_ numbers: Range<Int>, maximumRows: Int = 100_000) async throws -> Int {
        let before = try self.newestSnapshot()
        let journal = try await self.open(maximumRows: maximumRows, snapshotBytes: 1_000)
        try await journal.append(self.entries(numbers))
        while try self.newestSnapshot() == before { await Task.yield() }
        await journal.close()
        let number = try self.newestSnapshot()
        let names = ["journal-\(number).log", "snapshot-\(number).snap"]
        #expect(try self.names() == [names[0], "lock", names[1]])
        return try names.map { try Data(contentsOf: URL(filePath: "\(self.directory.path)/\($0)")).count }.reduce(0, +)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.directory.path).sorted()
    }

    /// The number of the newest snapshot, or 0 if there is none.
    private func newestSnapshot() throws -> Int {
        try self.names().compactMap { name in
            guard name.hasPrefix("snapshot-"), name.hasSuffix(".snap") else { return nil }
            return Int(name.dropFirst("snapshot-".count).dropLast(".snap".count))
        }.max() ?? 0
    }
}
