import Crypto

/// An artifact store in this process's memory.
public final class InMemoryArtifactStore: ArtifactStore {
    private let contents = Lock<[ArtifactDigest: [UInt8]]>([:])

    /// Creates an empty store.
    public init() {}

    /// Stores bytes.
    public func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        var collected: [UInt8] = []
        for try await piece in bytes { collected += piece }
        try Task.checkCancellation()
        let digest = ArtifactDigest(SHA256.hash(data: collected))
        let size = collected.count
        self.contents.withLock { [collected] in $0[digest] = collected }
        return Artifact(digest: digest, size: size)
    }

    /// Reads an artifact.
    public func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard let bytes = self.contents.withLock({ $0[digest] }) else {
            throw ArtifactStoreError(.notFound, message: "there is no artifact \(digest.hexadecimal)")
        }
        return AsyncThrowingStream { continuation in
            if !bytes.isEmpty { continuation.yield(bytes) }
            continuation.finish()
        }
    }

    /// Whether the store holds the artifact.
    public func contains(_ digest: ArtifactDigest) async throws -> Bool {
        self.contents.withLock { $0[digest] != nil }
    }

    /// Removes an artifact.
    public func remove(_ digest: ArtifactDigest) async throws {
        self.contents.withLock { _ = $0.removeValue(forKey: digest) }
    }
}
