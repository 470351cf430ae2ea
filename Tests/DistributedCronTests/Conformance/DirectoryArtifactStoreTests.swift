import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct DirectoryArtifactStoreTests {
    @Test(arguments: ArtifactStoreConformance.Check.allCases)
    func conforms(to check: ArtifactStoreConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await ArtifactStoreConformance {
            let clock = ManualWallClock(now: Instant.monday().date)
            let store = DirectoryArtifactStore(directory: "\(directory.path)/artifacts", wallClock: clock)
            return .init(store) { digest in
                let file = try FileHandle(
                    forUpdating: URL(filePath: "\(directory.path)/artifacts/\(digest.hexadecimal)")
                )
                defer { try? file.close() }
                try file.write(contentsOf: Data([0xFF]))
            } advance: {
                clock.advance(by: $0)
            }
        }.run(check)
    }

    @Test("What one process stored, another reads")
    func persistence() async throws {
        let directory = try TemporaryDirectory()
        let artifact = try await DirectoryArtifactStore(directory: directory.path).store(Array("hello".utf8))
        var bytes: [UInt8] = []
        for try await piece in try await DirectoryArtifactStore(directory: directory.path).read(artifact.digest) {
            bytes += piece
        }
        #expect(bytes == Array("hello".utf8))
    }

    @Test("What a crash left half-written is removed by the next store, and nothing else is")
    func leftovers() async throws {
        let directory = try TemporaryDirectory()
        let leftover = "\(directory.path)/upload-1-1"
        try Data("half".utf8).write(to: URL(filePath: leftover))
        try Data("keep".utf8).write(to: URL(filePath: "\(directory.path)/README"))
        _ = try await DirectoryArtifactStore(directory: directory.path).store(Array("hello".utf8))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.count == 2 && names.contains("README"))
        #expect(!FileManager.default.fileExists(atPath: leftover))
    }

    @Test("A directory that cannot be used is an error that says so")
    func unusable() async throws {
        let store = DirectoryArtifactStore(directory: "/dev/null/artifacts")
        let error = await #expect(throws: ArtifactStoreError.self) { try await store.store([1]) }
        #expect(error?.code == .unavailable && error?.message.contains("/dev/null/artifacts") == true)
    }
}
