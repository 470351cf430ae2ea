import DistributedCron
import Testing

extension ArtifactStoreConformance {
    /// SHA-256 of nothing and of "abc" (FIPS 180-4, examples of NIST).
    private static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static let abcDigest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let abc = Array("abc".utf8)

    /// Bytes without a short period.
    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt32 = 0x9E37_79B9
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// Bytes cut into pieces of these sizes, over and over.
    private func pieces(_ bytes: [UInt8], sizes: [Int]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            var start = 0
            var turn = 0
            while start < bytes.count {
                let end = min(bytes.count, start + sizes[turn % sizes.count])
                continuation.yield(Array(bytes[start..<end]))
                start = end
                turn += 1
            }
            continuation.finish()
        }
    }

    func content(_ digest: ArtifactDigest, of store: any ArtifactStore) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in try await store.read(digest) { bytes += piece }
        return bytes
    }

    func artifactIsCalledByItsSHA256(_ subject: Subject) async throws {
        let artifact = try await subject.store.store(Self.abc)
        #expect(artifact.digest.hexadecimal == Self.abcDigest)
        #expect(artifact.size == 3)
        #expect(try await self.content(artifact.digest, of: subject.store) == Self.abc)
        #expect(try await subject.store.contains(artifact.digest))
    }

    func emptyContentIsStored(_ subject: Subject) async throws {
        let empty = AsyncStream<[UInt8]> { $0.finish() }
        let artifact = try await subject.store.store(empty)
        #expect(artifact.digest.hexadecimal == Self.emptyDigest)
        #expect(artifact.size == 0)
        #expect(try await subject.store.contains(artifact.digest))
        #expect(try await self.content(artifact.digest, of: subject.store).isEmpty)
        #expect(try await subject.store.store([]) == artifact)
    }

    func piecesMayBeOfAnySize(_ subject: Subject) async throws {
        let bytes = Self.noise(10_007)
        let whole = try await subject.store.store(bytes)
        #expect(whole.size == bytes.count)
        for sizes in [[1], [0, 1, 0, 4_096], [7, 0, 911], [10_006], [4_096]] {
            try await subject.store.remove(whole.digest)
            #expect(try await subject.store.store(self.pieces(bytes, sizes: [max(1, sizes[0])] + sizes)) == whole)
            #expect(try await self.content(whole.digest, of: subject.store) == bytes)
        }
    }

    func bigContentIsStored(_ subject: Subject) async throws {
        // Beyond the part size of multipart uploads, and no multiple of anything.
        let bytes = Self.noise(11 * 1_024 * 1_024 + 13)
        let artifact = try await subject.store.store(self.pieces(bytes, sizes: [65_521, 1, 1_048_583]))
        #expect(artifact.size == bytes.count)
        #expect(try await self.content(artifact.digest, of: subject.store) == bytes)
    }

    func sameBytesAreStoredOnce(_ subject: Subject) async throws {
        let first = try await subject.store.store(Self.abc)
        #expect(try await subject.store.store(self.pieces(Self.abc, sizes: [1])) == first)
        #expect(try await self.content(first.digest, of: subject.store) == Self.abc)
        // One artifact, so removing it once is enough.
        try await subject.store.remove(first.digest)
        #expect(try await !subject.store.contains(first.digest))
    }

    func otherBytesHaveAnotherName(_ subject: Subject) async throws {
        var bytes = Self.noise(5_000)
        let first = try await subject.store.store(bytes)
        bytes[4_999] ^= 1
        let second = try await subject.store.store(bytes)
        #expect(first.digest != second.digest)
        #expect(try await self.content(second.digest, of: subject.store) == bytes)
        bytes[4_999] ^= 1
        #expect(try await self.content(first.digest, of: subject.store) == bytes)
    }

    func readersDoNotDisturbEachOther(_ subject: Subject) async throws {
        let bytes = Self.noise(300_000)
        let artifact = try await subject.store.store(bytes)
        let contents = try await race(6) { _ in try await self.content(artifact.digest, of: subject.store) }
        #expect(contents.allSatisfy { $0 == bytes })
        // A reader that leaves early takes nothing with it.
        for try await _ in try await subject.store.read(artifact.digest) { break }
        #expect(try await self.content(artifact.digest, of: subject.store) == bytes)
    }

    func raceOfTheSameBytesStoresThem(_ subject: Subject) async throws {
        let bytes = Self.noise(200_003)
        let artifacts = try await race(8) { number in
            try await subject.store.store(self.pieces(bytes, sizes: [1_000 + number * 977]))
        }
        #expect(Set(artifacts).count == 1)
        #expect(try await self.content(artifacts[0].digest, of: subject.store) == bytes)
    }

    func raceOfDifferentBytesStoresEach(_ subject: Subject) async throws {
        let bytes = Self.noise(50_000)
        let artifacts = try await race(8) { number in try await subject.store.store(Array(bytes[number...])) }
        for (number, artifact) in artifacts.enumerated() {
            #expect(artifact.size == bytes.count - number)
            #expect(try await self.content(artifact.digest, of: subject.store) == Array(bytes[number...]))
        }
    }
}
