import Crypto
import DistributedCron
import FoundationEssentials
import Synchronization
import Testing

/// An artifact store of a few bytes that counts how often it is read.
final class ArtifactShelf: ArtifactStore {
    private struct State {
        var artifacts: [ArtifactDigest: [UInt8]] = [:]
        var reads = 0
    }

    private let state = Mutex(State())

    var reads: Int { self.state.withLock { $0.reads } }

    /// Stores bytes; `named` lies about what they are.
    func put(_ bytes: [UInt8], named honest: [UInt8]? = nil) throws -> Artifact {
        let digits = SHA256.hash(data: honest ?? bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let digest = try #require(ArtifactDigest(hexadecimal: digits.joined()))
        self.state.withLock { $0.artifacts[digest] = bytes }
        return Artifact(digest: digest, size: bytes.count)
    }

    func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        var all: [UInt8] = []
        for try await piece in bytes { all += piece }
        return try self.put(all)
    }

    func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let bytes = self.state.withLock { state in
            state.reads += 1
            return state.artifacts[digest]
        }
        guard let bytes else { throw ArtifactStoreError(.notFound, message: "no such artifact") }
        return AsyncThrowingStream { continuation in
            for start in stride(from: 0, to: bytes.count, by: 1_000) {
                continuation.yield(Array(bytes[start..<min(start + 1_000, bytes.count)]))
            }
            continuation.finish()
        }
    }

    func contains(_ digest: ArtifactDigest) async throws -> Bool {
        self.state.withLock { $0.artifacts[digest] != nil }
    }

    func remove(_ digest: ArtifactDigest) async throws {
        self.state.withLock { $0.artifacts[digest] = nil }
    }

    func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error> { AsyncThrowingStream { $0.finish() } }

    func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool { false }
}
