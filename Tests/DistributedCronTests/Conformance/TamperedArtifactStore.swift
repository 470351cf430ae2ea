import DistributedCron
import Foundation
import Synchronization

/// An in-memory store whose artifacts can be damaged, and that notices it or does not.
final class TamperedArtifactStore: ArtifactStore {
    private let store = InMemoryArtifactStore()
    private let damaged = Mutex<Set<ArtifactDigest>>([])
    private let isVerifying: Bool

    init(isVerifying: Bool) { self.isVerifying = isVerifying }

    func tamper(_ digest: ArtifactDigest) { self.damaged.withLock { _ = $0.insert(digest) } }

    func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        try await self.store.store(bytes)
    }

    func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let isDamaged = self.damaged.withLock { $0.contains(digest) }
        guard isDamaged, self.isVerifying else { return try await self.store.read(digest) }
        return AsyncThrowingStream { continuation in
            continuation.yield([0])
            continuation.finish(throwing: ArtifactStoreError(.corrupt, message: "damaged"))
        }
    }

    func contains(_ digest: ArtifactDigest) async throws -> Bool { try await self.store.contains(digest) }

    func remove(_ digest: ArtifactDigest) async throws { try await self.store.remove(digest) }

    func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error> { try await self.store.list() }

    func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool {
        try await self.store.remove(digest, storedBefore: time)
    }
}
