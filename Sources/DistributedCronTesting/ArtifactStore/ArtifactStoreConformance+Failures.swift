import DistributedCron
import Testing

extension ArtifactStoreConformance {
    private struct SourceError: Error, Equatable {}

    private func expectAbsent(
        _ store: any ArtifactStore,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let digest = try #require(ArtifactDigest(hexadecimal: Self.abcDigest))
        #expect(try await !store.contains(digest), sourceLocation: sourceLocation)
        let error = await #expect(throws: ArtifactStoreError.self, sourceLocation: sourceLocation) {
            for try await _ in try await store.read(digest) {}
        }
        #expect(error?.code == .notFound, sourceLocation: sourceLocation)
    }

    func absentArtifactIsNotFound(_ subject: Subject) async throws {
        try await self.expectAbsent(subject.store)
        let digest = try #require(ArtifactDigest(hexadecimal: Self.abcDigest))
        let error = await #expect(throws: ArtifactStoreError.self) { _ = try await subject.store.read(digest) }
        #expect(error?.code == .notFound)
        #expect(error?.isRetryable == false)
    }

    func removalMayBeRepeated(_ subject: Subject) async throws {
        let digest = try #require(ArtifactDigest(hexadecimal: Self.abcDigest))
        try await subject.store.remove(digest)
        let other = try await subject.store.store(Self.noise(10))
        _ = try await subject.store.store(Self.abc)
        for _ in 0..<2 {
            try await subject.store.remove(digest)
            try await self.expectAbsent(subject.store)
        }
        #expect(try await self.content(other.digest, of: subject.store) == Self.noise(10))
        _ = try await subject.store.store(Self.abc)
        #expect(try await self.content(digest, of: subject.store) == Self.abc)
    }

    func artifactIsNotSeenUntilItIsWhole(_ subject: Subject) async throws {
        let (source, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        try await withThrowingTaskGroup(of: Artifact.self) { group in
            group.addTask { try await subject.store.store(source) }
            continuation.yield(Self.abc)
            await giveWay(50)
            // All the bytes may have come, but not their end.
            try await self.expectAbsent(subject.store)
            continuation.finish()
            let artifact = try #require(try await group.next())
            #expect(try await self.content(artifact.digest, of: subject.store) == Self.abc)
        }
    }

    func failedSourceStoresNothing(_ subject: Subject) async throws {
        for pieces in [[], [Self.abc], [Self.abc, Self.noise(100_000)]] {
            let source = AsyncThrowingStream<[UInt8], any Error> { continuation in
                for piece in pieces { continuation.yield(piece) }
                continuation.finish(throwing: SourceError())
            }
            await #expect(throws: SourceError()) { _ = try await subject.store.store(source) }
            try await self.expectAbsent(subject.store)
        }
    }

    func cancelledCallStoresNothing(_ subject: Subject) async throws {
        for turns in [0, 1, 50] {
            // The stream ends without an error when its reader is cancelled: whole, as it seems.
            let (source, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            continuation.yield(Self.abc)
            let result = await cancelled(afterTurns: turns) { try await subject.store.store(source) }
            #expect(throws: CancellationError.self) { _ = try result.get() }
            try await self.expectAbsent(subject.store)
        }
    }

    func damageIsFound(_ subject: Subject) async throws {
        guard let tamper = subject.tamper else { return }
        for bytes in [Self.abc, Self.noise(1_500_000)] {
            let artifact = try await subject.store.store(bytes)
            try await tamper(artifact.digest)
            let error = await #expect(throws: ArtifactStoreError.self) {
                for try await _ in try await subject.store.read(artifact.digest) {}
            }
            #expect(error?.code == .corrupt)
            #expect(error?.isRetryable == false)
        }
    }
}
