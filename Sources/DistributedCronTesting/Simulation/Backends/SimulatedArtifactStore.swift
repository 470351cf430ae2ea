import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The artifact store as one process of a simulated cluster reaches it.
struct SimulatedArtifactStore: ArtifactStore {
    private static let slowness = Duration.seconds(1)...Duration.seconds(20)

    let wire: Wire
    let store: InMemoryArtifactStore

    private func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (InMemoryArtifactStore) async throws -> Answer
    ) async throws -> Answer {
        try await self.wire.request(
            unknown: ArtifactStoreError(.unavailable, message: "the artifact store does not answer")
        ) {
            if self.wire.faults.strikes(.artifactSlow) {
                try await self.wire.engine.sleep(for: self.wire.engine.duration(Self.slowness))
            }
            return try await body(self.store)
        }
    }

    func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        var collected: [UInt8] = []
        for try await piece in bytes { collected += piece }
        return try await self.ask { [collected] in try await $0.store(collected) }
    }

    func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        if self.wire.faults.strikes(.artifactMissing) {
            throw ArtifactStoreError(.notFound, message: "there is no artifact \(digest.hexadecimal)")
        }
        let content = try await self.ask { store in
            var pieces: [[UInt8]] = []
            for try await piece in try await store.read(digest) { pieces.append(piece) }
            return pieces
        }
        let isCorrupt = self.wire.faults.strikes(.artifactCorrupt)
        return AsyncThrowingStream { continuation in
            for piece in content { continuation.yield(isCorrupt ? piece.reversed() : piece) }
            let corrupt = ArtifactStoreError(.corrupt, message: "artifact \(digest.hexadecimal) has other bytes")
            continuation.finish(throwing: isCorrupt ? corrupt : nil)
        }
    }

    func contains(_ digest: ArtifactDigest) async throws -> Bool {
        try await self.ask { try await $0.contains(digest) }
    }
    func remove(_ digest: ArtifactDigest) async throws { try await self.ask { try await $0.remove(digest) } }
    func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error> {
        try await self.ask { try await $0.list() }
    }
    func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool {
        try await self.ask { try await $0.remove(digest, storedBefore: time) }
    }
}
