import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

/// Without these a field could be lost on its way to the disk, which nobody notices before a store has forgotten
/// something.
@Suite("Entries of a worker's journal are on disk as they were written down")
struct WorkerJournalRecordTests {
    private static func bytes(_ entries: [WorkerJournalEntry]) -> [UInt8] {
        var writer = RecordWriter()
        writer.entries(entries)
        return writer.bytes
    }

    private static func read(_ bytes: [UInt8]) throws -> [WorkerJournalEntry] {
        var reader = RecordReader(bytes[...])
        return try reader.entries()
    }

    @Test("Whatever their fields hold, they come back to the last bit")
    func roundTrip() throws {
        var random = RandomEntries(seed: testSeed())
        for _ in 0..<500 {
            let entry = random.next(Date(timeIntervalSinceReferenceDate: Double(random.number(-999...999)) / 7))
            #expect(try Self.read(Self.bytes([entry])) == [entry])
        }
        let entries = (0..<50).map { random.next(Date(timeIntervalSinceReferenceDate: Double($0))) }
        #expect(try Self.read(Self.bytes(entries)) == entries)
    }

    @Test("What a newer program writes of its own is passed over, also between entries")
    func unknownKinds() throws {
        var random = RandomEntries(seed: testSeed())
        let entries = [random.next(.distantPast), random.next(.distantFuture)]
        var unknown = RecordWriter()
        unknown.record(200) { $0.text("what this program does not know") }
        let bytes = Self.bytes([entries[0]]) + unknown.bytes + Self.bytes([entries[1]]) + unknown.bytes
        #expect(try Self.read(bytes) == entries)
    }

    @Test("Entries that end too early are damage, not other entries")
    func cut() throws {
        var random = RandomEntries(seed: testSeed())
        for _ in 0..<20 {
            let bytes = Self.bytes([random.next(.distantPast)])
            for length in 1..<bytes.count {
                #expect(throws: RecordReader.Malformed.self) { try Self.read(Array(bytes[..<length])) }
            }
        }
    }
}
