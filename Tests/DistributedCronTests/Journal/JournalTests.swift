import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("A journal keeps what it has acknowledged, in its order")
struct JournalTests {
    private let directory: TemporaryDirectory
    private var path: String { self.directory.path }
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { self.directory = try TemporaryDirectory() }

    /// Opens a directory and reads all that is in it.
    private static func open(_ path: String) throws -> (journal: Journal, payloads: [[UInt8]]) {
        var payloads: [[UInt8]] = []
        let journal = try Journal(path: path, logger: self.logger) { payloads.append(Array($0)) }
        return (journal, payloads)
    }

    private static func payload(_ number: Int) -> [UInt8] { Array("change number \(number), somewhat long".utf8) }

    /// Writes changes, and returns the bytes of the segment.
    private func write(_ count: Int) async throws -> [UInt8] {
        let journal = try Self.open(self.path).journal
        for number in 0..<count { try await journal.durable(journal.enqueue(Self.payload(number))) }
        await journal.close()
        return Array(try Data(contentsOf: URL(filePath: "\(self.path)/journal-1.log")))
    }

    @Test("CRC-32C gives the value of its specification")
    func checksum() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test("What was acknowledged is read back in its order, again and again")
    func order() async throws {
        _ = try await self.write(20)
        for round in 1...3 {
            let (journal, payloads) = try Self.open(self.path)
            #expect(payloads == (0..<(19 + round)).map(Self.payload))
            try await journal.durable(journal.enqueue(Self.payload(19 + round)))
            await journal.close()
        }
    }

    @Test("Cut off anywhere, a segment gives exactly its whole changes, and goes on after them")
    func tornTail() async throws {
        let bytes = try await self.write(4)
        let frame = JournalFile.frameHeaderSize + Self.payload(0).count
        for length in 0...bytes.count {
            let copy = try TemporaryDirectory()
            try Data(bytes.prefix(length)).write(to: URL(filePath: "\(copy.path)/journal-1.log"))
            let whole = max(0, (length - JournalFile.headerSize) / frame)
            let (journal, payloads) = try Self.open(copy.path)
            #expect(payloads == (0..<whole).map(Self.payload), "cut to \(length) bytes")
            try await journal.durable(journal.enqueue(Self.payload(9)))
            await journal.close()
            let reread = Array(try Data(contentsOf: URL(filePath: "\(copy.path)/journal-1.log")))
            #expect(reread.count == JournalFile.headerSize + (whole + 1) * frame)
        }
    }

    @Test("A damaged change before whole ones is refused, with the file and the place")
    func damage() async throws {
        var bytes = try await self.write(4)
        let frame = JournalFile.frameHeaderSize + Self.payload(0).count
        bytes[JournalFile.headerSize + frame + 20] ^= 1
        let copy = try TemporaryDirectory()
        try Data(bytes).write(to: URL(filePath: "\(copy.path)/journal-1.log"))
        let error = #expect(throws: JournalError.self) { try Self.open(copy.path) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("journal-1.log is damaged at byte \(JournalFile.headerSize + frame)") == true)
    }

    @Test("A file of another format is refused, not read")
    func format() async throws {
        var bytes = try await self.write(1)
        bytes[8] = 9
        let copy = try TemporaryDirectory()
        try Data(bytes).write(to: URL(filePath: "\(copy.path)/journal-1.log"))
        #expect(throws: JournalError.self) { try Self.open(copy.path) }
    }

    @Test("A second opener is refused, and told who holds the directory")
    func lock() throws {
        let first = try Self.open(self.path).journal
        let error = #expect(throws: JournalError.self) { try Self.open(self.path) }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        withExtendedLifetime(first) {}
    }

    @Test("Changes that come together share a write to the disk")
    func groupCommit() async throws {
        let journal = try Self.open(self.path).journal
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1_000 {
                group.addTask { try await journal.durable(journal.enqueue(Self.payload(number))) }
            }
            try await group.waitForAll()
        }
        #expect(journal.syncCount < 500)
    }

    @Test("A snapshot takes the place of what was before it, and changes made meanwhile follow it")
    func snapshot() async throws {
        let journal = try Self.open(self.path).journal
        for number in 0..<5 { try await journal.durable(journal.enqueue(Self.payload(number))) }
        let number = try #require(journal.beginSnapshot())
        try await journal.durable(journal.enqueue(Self.payload(5)))
        var pieces = [Self.payload(100), Self.payload(101)]
        try journal.writeSnapshot(number) { pieces.isEmpty ? nil : pieces.removeFirst() }
        try await journal.durable(journal.enqueue(Self.payload(6)))
        let files = try FileManager.default.contentsOfDirectory(atPath: self.path).sorted()
        #expect(files == ["journal-2.log", "lock", "snapshot-2.snap"])
        try await self.expect([100, 101, 5, 6], inCopyOf: self.path)
    }

    @Test("A crash at any step of a snapshot loses nothing")
    func snapshotSteps() async throws {
        let journal = try Self.open(self.path).journal
        for number in 0..<3 { try await journal.durable(journal.enqueue(Self.payload(number))) }
        let number = try #require(journal.beginSnapshot())
        try await journal.durable(journal.enqueue(Self.payload(3)))
        // Before the snapshot counts, all segments do.
        try await self.expect([0, 1, 2, 3], inCopyOf: self.path)
        let kept = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: "\(self.path)/journal-1.log", toPath: "\(kept.path)/journal-1.log")
        var pieces = [Self.payload(100)]
        try journal.writeSnapshot(number) { pieces.isEmpty ? nil : pieces.removeFirst() }
        // Once it counts, segments before it that were not removed yet do not.
        try FileManager.default.copyItem(atPath: "\(kept.path)/journal-1.log", toPath: "\(self.path)/journal-1.log")
        try await self.expect([100, 3], inCopyOf: self.path)
        // A temporary file that a crash left behind is nothing.
        try Data([1, 2, 3]).write(to: URL(filePath: "\(self.path)/snapshot-9.snap.tmp"))
        try await self.expect([100, 3], inCopyOf: self.path)
    }

    private func expect(_ numbers: [Int], inCopyOf path: String) async throws {
        let copy = try TemporaryDirectory()
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != "lock" {
            try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        #expect(try Self.open(copy.path).payloads == numbers.map(Self.payload))
        #expect(!FileManager.default.fileExists(atPath: "\(copy.path)/snapshot-9.snap.tmp"))
    }

    @Test("A segment that is missing is noticed")
    func missingSegment() async throws {
        let journal = try Self.open(self.path).journal
        try await journal.durable(journal.enqueue(Self.payload(0)))
        _ = journal.beginSnapshot()
        try await journal.durable(journal.enqueue(Self.payload(1)))
        _ = journal.beginSnapshot()
        try await journal.durable(journal.enqueue(Self.payload(2)))
        let copy = try TemporaryDirectory()
        for name in ["journal-1.log", "journal-3.log"] {
            try FileManager.default.copyItem(atPath: "\(self.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        let error = #expect(throws: JournalError.self) { try Self.open(copy.path) }
        #expect(error?.message.contains("lacks journal-2.log") == true)
    }
}
