import Crypto
import Glibc

/// An artifact store in one directory: a file for each artifact, named by its digest.
///
/// Several processes may share the directory. An artifact is written under another name, flushed to disk, and only then
/// given its own, so what has a name is whole; what a crash leaves under another name is removed when the next store
/// opens the directory and nobody writes it any more. Files are for this user only.
public actor DirectoryArtifactStore: ArtifactStore {
    private static let pieceSize = 256 * 1_024

    private let path: String
    private let executor = QueueExecutor(label: "distcron.artifacts")
    private var directory: DirectoryHandle?
    private var written = 0

    /// The queue on which files are read and written, so that no cooperative thread waits for a disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// Creates a store; the directory is made at its first use, but not its parents.
    ///
    /// - Parameter path: The directory.
    public init(directory path: String) {
        self.path = path
    }

    /// Stores bytes.
    public func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        let upload = try self.failing { try Upload(number: self.nextNumber(), in: self.open()) }
        for try await piece in bytes { try self.failing { try upload.write(piece) } }
        try Task.checkCancellation()
        return try self.failing { try upload.finish() }
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
        let download = Download(file, digest: digest)
        return AsyncThrowingStream { try await self.next(of: download) }
    }

    private func next(of download: Download) throws -> [UInt8]? {
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

    private func open() throws(SystemError) -> DirectoryHandle {
        if let directory = self.directory { return directory }
        guard mkdir(self.path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(doing: "make the directory \(self.path)")
        }
        let opened = DirectoryHandle(try Descriptor.openDirectory(self.path))
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

/// The store's open directory.
private final class DirectoryHandle {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Removes what uploads that died left behind; the lock of one that goes on keeps it.
    func removeLeftovers() {
        for name in TreeRemoval.names(in: self.descriptor) where name.hasPrefix(Upload.prefix) {
            guard let file = try? Descriptor.open(name, in: self.descriptor, O_RDONLY),
                flock(file.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            unlinkat(self.descriptor.number, name, 0)
        }
    }
}

/// An artifact on its way into the store; letting go of it before the end removes what was written.
private final class Upload {
    static let prefix = "upload-"

    private let directory: DirectoryHandle
    private let name: String
    private let file: Descriptor
    private var hash = SHA256()
    private var size = 0
    private var isFinished = false

    init(number: Int, in directory: DirectoryHandle) throws(SystemError) {
        let name = "\(Self.prefix)\(getpid())-\(number)"
        self.directory = directory
        self.name = name
        self.file = try Descriptor.open(name, in: directory.descriptor, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        guard flock(self.file.number, LOCK_EX) == 0 else { throw SystemError(doing: "lock an upload") }
    }

    deinit {
        if !self.isFinished { unlinkat(self.directory.descriptor.number, self.name, 0) }
    }

    func write(_ piece: [UInt8]) throws {
        self.hash.update(data: piece)
        self.size += piece.count
        try piece.withUnsafeBytes { try self.file.write($0) }
    }

    /// Makes the artifact visible, whole and on disk.
    func finish() throws -> Artifact {
        let artifact = Artifact(digest: ArtifactDigest(self.hash.finalize()), size: self.size)
        let directory = self.directory.descriptor.number
        guard fsync(self.file.number) == 0 else { throw SystemError(doing: "flush an upload") }
        guard renameat(directory, self.name, directory, artifact.digest.hexadecimal) == 0 else {
            throw SystemError(doing: "name an artifact")
        }
        self.isFinished = true
        guard fsync(directory) == 0 else { throw SystemError(doing: "flush the directory of artifacts") }
        return artifact
    }
}

/// An artifact on its way out of the store, hashed as it goes.
private final class Download: Sendable {
    let digest: ArtifactDigest
    private let state: Lock<State>

    private struct State: ~Copyable {
        let file: Descriptor
        var hash = SHA256()
    }

    init(_ file: consuming Descriptor, digest: ArtifactDigest) {
        self.digest = digest
        self.state = Lock(State(file: file))
    }

    /// The next bytes, or nil at the end.
    func read(upTo size: Int) throws -> [UInt8]? {
        try self.state.withLock { state in
            var piece = [UInt8](repeating: 0, count: size)
            let count = try piece.withUnsafeMutableBytes { try state.file.read(into: $0) }
            guard count > 0 else { return nil }
            piece.removeLast(size - count)
            state.hash.update(data: piece)
            return piece
        }
    }

    /// Whether what was read is what the artifact's name says.
    var isIntact: Bool { self.state.withLock { ArtifactDigest($0.hash.finalize()) == self.digest } }
}
