import Crypto

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An artifact store in this process's memory.
public final class InMemoryArtifactStore: ArtifactStore {
    private struct Content {
        let bytes: [UInt8]
        let storedAt: Date
    }

    private let contents = Lock<[ArtifactDigest: Content]>([:])
    private let wallClock: any WallClock

    /// Creates an empty store.
    ///
    /// - Parameter wallClock: Tells when artifacts are stored.
    public init(wallClock: any WallClock = SystemWallClock()) {
        self.wallClock = wallClock
    }

    /// Stores bytes.
    public func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        var collected: [UInt8] = []
        for try await piece in bytes { collected += piece }
        try Task.checkCancellation()
        let artifact = Artifact(digest: ArtifactDigest(SHA256.hash(data: collected)), size: collected.count)
        self.contents.withLock { [collected] in
            $0[artifact.digest] = Content(bytes: collected, storedAt: self.wallClock.now)
        }
        return artifact
    }

    /// Reads an artifact.
    public func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard let bytes = self.contents.withLock({ $0[digest]?.bytes }) else {
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

    /// Lists the artifacts.
    public func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error> {
        let stored = self.contents.withLock { contents in
            contents.map { digest, content in
                StoredArtifact(
                    artifact: Artifact(digest: digest, size: content.bytes.count),
                    storedAt: content.storedAt
                )
            }
        }
        return AsyncThrowingStream { continuation in
            for entry in stored { continuation.yield(entry) }
            continuation.finish()
        }
    }

    /// Removes an artifact unless it is too new.
    @discardableResult
    public func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool {
        self.contents.withLock { contents in
            guard let content = contents[digest] else { return true }
            guard content.storedAt < time else { return false }
            contents[digest] = nil
            return true
        }
    }
}
