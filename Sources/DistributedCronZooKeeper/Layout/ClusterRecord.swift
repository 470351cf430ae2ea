#if ZooKeeper
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the node `cluster` says, as JSON for operators to read.
struct ClusterRecord: Codable, Sendable, Hashable {
    /// The format that this program writes, and the highest that it reads.
    static let currentFormat = 1

    var format: Int
    var cluster: String
    var incarnation: UInt64
}

/// What a node `workers/<id>` says, as JSON for operators to read.
struct WorkerRecord: Codable, Sendable, Hashable {
    /// The version of ``CoordinationProtocol`` that the worker speaks; nil in records from before there were any.
    var version: Int? = CoordinationProtocol.version
    var host: String
    var pools: [String]
    var capacity: Int
}

/// What a node `leader/n_<marker>_<n>` says, as JSON for operators to read; once it was the manager's identity alone.
struct CandidateRecord: Codable, Sendable, Hashable {
    /// The version of ``CoordinationProtocol`` that the manager speaks.
    var version: Int? = CoordinationProtocol.version
    var manager: String
}

/// What the records of all processes have in common.
struct VersionRecord: Codable, Sendable, Hashable {
    var version: Int?
}

extension Encodable {
    /// The value as JSON, the same for the same value.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(try encoder.encode(self))
    }
}

extension Decodable {
    /// Reads JSON; nil for what is none of this.
    init?(json: [UInt8]) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = value
    }
}
#endif
