import Foundation
import Logging
import Testing

@testable import DistributedCron

@Suite("A journal whose disk fails keeps what it has acknowledged, or says that it cannot", .timeLimit(.minutes(1)))
struct JournalFailureTests {
    private let directory: TemporaryDirectory
    private var path: String { self.directory.path }
    private var segment: String { "\(self.path)/journal-1.log" }
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { self.directory = try TemporaryDirectory() }

    private static func payload(_ number: Int) -> [UInt8] { Array("change number \(number), somewhat long".utf8) }
    private static let frameSize = JournalFile.frameHeaderSize + Self.payload(0).count

    private static func open(_ path: String) throws -> (journal: Journal, payloads: [[UInt8]]) {
        var payloads: [[UInt8]] = []
        let journal = try Journal(path: path, logger: self.logger) { payloads.append(Array($0)) }
        return (journal, payloads)
    }

    /// Makes a segment with a sync after each change, and changes its bytes.
    private func segment(of count: Int, _ damage: (inout Data) -> Void) async throws {
        let journal = try Self.open(self.path).journal
        for number in 0..<count { try await journal.durable(journal.enqueue(Self.payload(number))) }
        await journal.close()
        var bytes = try Data(contentsOf: URL(filePath: self.segment))
        damage(&bytes)
        try bytes.write(to: URL(filePath: self.segment))
    }

    /// Where a change is in its segment.
    private static func place(_ number: Int) -> Int { JournalFile.headerSize + number * self.frameSize }

    @Test("A bit that has flipped in a length is damage, not the end, and nothing is cut off", arguments: 4...7)
    func length(byte: Int) async throws {
        try await self.segment(of: 10) { $0[Self.place(1) + byte] ^= 0x40 }
        let size = try Data(contentsOf: URL(filePath: self.segment)).count
        let error = #expect(throws: JournalError.self) { try Self.open(self.path) }
        #expect(error?.code == .corrupt)
        #expect(try Data(contentsOf: URL(filePath: self.segment)).count == size)
    }

    @Test("A block of zeros in the midst is damage")
    func zeros() async throws {
        try await self.segment(of: 10) {
            $0.replaceSubrange(Self.place(3)..<Self.place(5), with: Data(count: 2 * Self.frameSize))
        }
        let error = #expect(throws: JournalError.self) { try Self.open(self.path) }
        #expect(error?.message.contains("journal-1.log is damaged at byte \(Self.place(3))") == true)
    }

    @Test("Of a write that was never synced a power cut may keep the later part: that is a torn end")
    func unsynced() async throws {
        // Four frames that were made when nothing after the header was known to be on disk.
        var bytes = JournalFile.header(.segment)
        for number in 0..<4 { JournalFile.append(Self.payload(number), synced: JournalFile.headerSize, to: &bytes) }
        bytes.replaceSubrange(Self.place(1)..<Self.place(2), with: [UInt8](repeating: 0, count: Self.frameSize))
        try Data(bytes).write(to: URL(filePath: self.segment))
        let (journal, payloads) = try Self.open(self.path)
        #expect(payloads == [Self.payload(0)])
        await journal.close()
    }

    @Test("A segment that cannot be begun refuses changes until it can, and no snapshot counts without it")
    func rotation() async throws {
        let journal = try Self.open(self.path).journal
        try await journal.durable(journal.enqueue(Self.payload(0)))
        // Nothing can be written to a file that is a directory.
        let obstacle = "\(self.path)/journal-2.log"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let number = try #require(journal.beginSnapshot())
        var pieces = [Self.payload(100)]
        #expect(throws: JournalError.self) {
            try journal.writeSnapshot(number) { pieces.isEmpty ? nil : pieces.removeFirst() }
        }
        let refused = await #expect(throws: JobStoreError.self) {
            try await journal.durable(journal.enqueue(Self.payload(1)))
        }
        #expect(refused?.code == .unavailable)
        #expect(try FileManager.default.contentsOfDirectory(atPath: self.path).sorted().contains("journal-1.log"))
        try FileManager.default.removeItem(atPath: obstacle)
        // Asking is what makes it try again.
        while (try? journal.checkAccepting()) == nil { await Task.yield() }
        try await journal.durable(journal.enqueue(Self.payload(2)))
        await journal.close()
        #expect(try Self.open(self.path).payloads == (0...2).map(Self.payload))
    }

    @Test("What was closed begins no snapshot, and finishes none: the directory may be another's")
    func closed() async throws {
        let old = try Self.open(self.path).journal
        try await old.durable(old.enqueue(Self.payload(0)))
        let number = try #require(old.beginSnapshot())
        await old.close()
        #expect(old.beginSnapshot() == nil)
        let next = try Self.open(self.path).journal
        var pieces = [Self.payload(100)]
        #expect(throws: JournalError.self) {
            try old.writeSnapshot(number) { pieces.isEmpty ? nil : pieces.removeFirst() }
        }
        try await next.durable(next.enqueue(Self.payload(1)))
        await next.close()
        #expect(try Self.open(self.path).payloads == [Self.payload(0), Self.payload(1)])
    }
}
