#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How the ledger's values are written.
extension SQLValue {
    static func job(_ id: JobID) -> Self {
        .bytes(withUnsafeBytes(of: id.rawValue.bigEndian) { Array($0) })
    }

    static func instant(_ instant: Instant) -> Self { .int(instant.epochSeconds) }

    static func instant(_ instant: Instant?) -> Self { instant.map { .int($0.epochSeconds) } ?? .null }

    static func date(_ date: Date?) -> Self { date.map { .date($0) } ?? .null }

    static func text(_ text: String?) -> Self { text.map { .text($0) } ?? .null }

    static func int(_ number: Int) -> Self { .int(Int64(number)) }

    static func bool(_ value: Bool) -> Self { .int(value ? 1 : 0) }

    static func reason(_ reason: RunReason?) -> Self { .text(reason?.rawValue) }

    static func digest(_ digest: ArtifactDigest?) -> Self {
        guard let digits = digest?.hexadecimal.utf8 else { return .null }
        var bytes: [UInt8] = []
        var upper: UInt8?
        for digit in digits {
            let value = digit > 0x39 ? digit - 0x61 + 10 : digit - 0x30
            if let high = upper {
                bytes.append(high << 4 | value)
                upper = nil
            } else {
                upper = value
            }
        }
        return .bytes(bytes)
    }

    /// The values of a run's key, in the order of the primary key.
    static func key(_ id: RunID) -> [Self] {
        [.job(id.job), .instant(id.scheduledAt), .uint(id.trigger.rawValue)]
    }

    /// The values of an attempt's key, in the order of the primary key.
    static func key(_ key: AttemptKey) -> [Self] {
        self.key(key.run) + [.int(key.number), .uint(key.epoch.rawValue)]
    }
}

/// How the ledger's values are read.
extension ResultRow {
    func job(_ column: Int) throws -> JobID {
        JobID(rawValue: try self.bytes(column).reduce(0) { $0 << 8 | UInt128($1) })
    }

    func instant(_ column: Int) throws -> Instant { Instant(epochSeconds: try self.int64(column)) }

    func optionalInstant(_ column: Int) throws -> Instant? {
        try self.optionalInt64(column).map { Instant(epochSeconds: $0) }
    }

    func optionalReason(_ column: Int) throws -> RunReason? {
        try self.optionalText(column).map { RunReason(rawValue: $0) }
    }

    func optionalWorker(_ column: Int) throws -> WorkerID? {
        try self.optionalText(column).map { WorkerID(rawValue: $0) }
    }

    func digest(_ column: Int) throws -> ArtifactDigest {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in try self.bytes(column) { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        guard let digest = ArtifactDigest(hexadecimal: String(decoding: text, as: UTF8.self)) else {
            throw UnreadableRow(what: "a digest of \(text.count / 2) bytes")
        }
        return digest
    }

    /// One of the values of an enumeration.
    func choice<Value: RawRepresentable<String>>(_ column: Int, as type: Value.Type) throws -> Value {
        let text = try self.text(column)
        guard let value = Value(rawValue: text) else { throw UnreadableRow(what: "\(text) as \(type)") }
        return value
    }

    /// Texts by texts, which are written as one JSON object.
    func texts(_ column: Int) throws -> [String: String] {
        guard let text = try self.optionalText(column) else { return [:] }
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        } catch {
            throw UnreadableRow(what: "\(text.prefix(40)) as an object of texts")
        }
    }

    /// The run's key in three columns.
    func runID(_ column: Int) throws -> RunID {
        RunID(
            job: try self.job(column),
            scheduledAt: try self.instant(column + 1),
            trigger: TriggerID(rawValue: try self.uint64(column + 2))
        )
    }
}

extension SQLValue {
    /// Texts by texts as one JSON object, or NULL if there are none and that says the same.
    static func texts(_ texts: [String: String], orNull: Bool = true) throws -> Self {
        if texts.isEmpty { return orNull ? .null : .text("{}") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .text(String(decoding: try encoder.encode(texts), as: UTF8.self))
    }
}

/// A row holds what this program never writes.
struct UnreadableRow: Error, CustomStringConvertible {
    let what: String

    var description: String {
        "The database holds \(self.what), which this program cannot read; it was written by a newer one, or changed by hand"
    }
}
#endif
