import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ArtifactStoreConformance {
    private func list(_ store: any ArtifactStore) async throws -> [Artifact: Date] {
        var times: [Artifact: Date] = [:]
        for try await entry in try await store.list() {
            #expect(times.updateValue(entry.storedAt, forKey: entry.artifact) == nil, "an artifact is listed twice")
        }
        return times
    }

    func listHasEveryArtifact(_ subject: Subject) async throws {
        #expect(try await self.list(subject.store).isEmpty)
        var artifacts: Set<Artifact> = []
        // More than a page of any store.
        for number in 0..<1_100 { artifacts.insert(try await subject.store.store(Array("\(number)".utf8))) }
        #expect(try await Set(self.list(subject.store).keys) == artifacts)
        let removed = try #require(artifacts.first)
        artifacts.remove(removed)
        try await subject.store.remove(removed.digest)
        #expect(try await Set(self.list(subject.store).keys) == artifacts)
    }

    func oldArtifactCanBeRemoved(_ subject: Subject) async throws {
        let old = try await subject.store.store(Self.abc)
        let other = try await subject.store.store(Self.noise(10))
        let storedAt = try #require(try await self.list(subject.store)[old])
        let time = storedAt.addingTimeInterval(2)
        #expect(try await subject.store.remove(old.digest, storedBefore: time))
        #expect(try await !subject.store.contains(old.digest))
        #expect(try await subject.store.remove(old.digest, storedBefore: time), "it is gone")
        #expect(try await self.content(other.digest, of: subject.store) == Self.noise(10))
    }

    func newArtifactIsSpared(_ subject: Subject) async throws {
        let new = try await subject.store.store(Self.abc)
        let storedAt = try #require(try await self.list(subject.store)[new])
        for time in [storedAt, storedAt.addingTimeInterval(-2), .distantPast] {
            #expect(try await !subject.store.remove(new.digest, storedBefore: time))
        }
        #expect(try await self.content(new.digest, of: subject.store) == Self.abc)
    }

    func storingAgainMakesItNew(_ subject: Subject) async throws {
        guard let advance = subject.advance else { return }
        let artifact = try await subject.store.store(Self.abc)
        let first = try #require(try await self.list(subject.store)[artifact])
        try await advance(.seconds(100))
        #expect(try await subject.store.store(Self.abc) == artifact)
        let second = try #require(try await self.list(subject.store)[artifact])
        #expect(second.timeIntervalSince(first) >= 99)
        #expect(try await !subject.store.remove(artifact.digest, storedBefore: first.addingTimeInterval(50)))
        #expect(try await self.content(artifact.digest, of: subject.store) == Self.abc)
        #expect(try await subject.store.remove(artifact.digest, storedBefore: second.addingTimeInterval(2)))
    }
}
