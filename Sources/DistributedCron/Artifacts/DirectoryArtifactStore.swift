import Glibc

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An artifact store in one directory: a file for each artifact, named by its digest.
///
/// Several processes may share the directory. An artifact is written under another name, flushed to disk, and only then
/// given its own, so what has a name is whole; what a crash leaves under another name is removed when the next store
/// opens the directory and nobody writes it any more. Files are for this user only.
public actor DirectoryArtifactStore: ArtifactStore {
    private static let pieceSize = 256 * 1_024

    private let path: String
    private let wallClock: any WallClock
    private let executor = QueueExecutor(label: "distcron.artifacts")
    private var directory: ArtifactDirectory?
    private var written = 0

    /// The queue on which files are read and written, so that no cooperative thread waits for a disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// Creates a store; the directory is made at its first use, but not its parents.
    ///
    /// - Parameters:
    ///   - path: The directory.
    ///   - wallClock: Tells when artifacts are stored, which is kept as the time of the last modification of the files.
    public init(directory path: String, wallClock: any WallClock = SystemWallClock()) {
        self.path = path
        self.wallClock = wallClock
    }

    /// Stores bytes.
    public func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        let upload = try self.failing { try ArtifactUpload(number: self.nextNumber(), in: self.open()) }
        for try await piece in bytes { try self.failing { try upload.write(piece) } }
        try Task.checkCancellation()
        return try self.failing { try upload.finish(at: self.wallClock.now) }
    }

    /// Reads an artifact.
    public func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let file: Descriptor
        do {
            file = try Descriptor.open(digest.hexadecimal, in: self.open().descriptor, O_RDONLY)
        } catch  where error.number == ENOENT {
            throw ArtifactStoreError(.notFound, message: "there is no artifact \(digest.hexadecimal)")
        } catch {
            throw ArtifactStoreError(error)
        }
        let download = ArtifactDownload(file, digest: digest)
        return AsyncThrowingStream { try await self.next(of: download) }
    }

    private func next(of download: ArtifactDownload) throws -> [UInt8]? {
        guard let piece = try self.failing({ try download.read(upTo: Self.pieceSize) }) else {
            guard download.isIntact else {
                throw ArtifactStoreError(
                    .corrupt,
                    message: "the file of artifact \(download.digest.hexadecimal) holds other bytes"
                )
            }
            return nil
        }
        return piece
    }

    /// Whether the store holds the artifact.
    public func contains(_ digest: ArtifactDigest) async throws -> Bool {
        try self.failing {
            let found = faccessat(try self.open().descriptor.number, digest.hexadecimal, F_OK, 0) == 0
            guard found || errno == ENOENT else { throw SystemError(doing: "look for an artifact") }
            return found
        }
    }

    /// Removes an artifact.
    public func remove(_ digest: ArtifactDigest) async throws {
        try self.failing {
            let removed = unlinkat(try self.open().descriptor.number, digest.hexadecimal, 0) == 0
            guard removed || errno == ENOENT else { throw SystemError(doing: "remove an artifact") }
        }
    }

    /// Lists the artifacts.
    public func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error> {
        var entries = try self.failing { try self.open().entries() }.makeIterator()
        return AsyncThrowingStream { continuation in
            while let entry = entries.next() { continuation.yield(entry) }
            continuation.finish()
        }
    }

    /// Removes an artifact unless it is too new.
    @discardableResult
    public func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool {
        try self.failing { try self.open().remove(digest, storedBefore: time) }
    }

    private func open() throws(SystemError) -> ArtifactDirectory {
        if let directory = self.directory { return directory }
        guard mkdir(self.path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(doing: "make the directory \(self.path)")
        }
        let opened = ArtifactDirectory(try Descriptor.openDirectory(self.path))
        opened.removeLeftovers()
        self.directory = opened
        return opened
    }

    private func nextNumber() -> Int {
        defer { self.written += 1 }
        return self.written
    }

    /// Gives failed system calls the error that the protocol promises.
    private func failing<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as SystemError {
            throw ArtifactStoreError(error)
        }
    }
}

extension ArtifactStoreError {
    /// A failed system call, after which another try may succeed.
    fileprivate init(_ error: SystemError) {
        self.init(.unavailable, message: "\(error)", backendCode: Int(error.number))
    }
}
