import Crypto
import Glibc

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An artifact on its way into the store; letting go of it before the end removes what was written.
final class ArtifactUpload {
    static let prefix = "upload-"

    private let directory: ArtifactDirectory
    private let name: String
    private let file: Descriptor
    private var hash = SHA256()
    private var size = 0
    private var isFinished = false

    init(number: Int, in directory: ArtifactDirectory) throws(SystemError) {
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

    /// Makes the artifact visible, whole, on disk, and stored at this time.
    func finish(at time: Date) throws(SystemError) -> Artifact {
        let artifact = Artifact(digest: ArtifactDigest(self.hash.finalize()), size: self.size)
        let directory = self.directory.descriptor.number
        guard fsync(self.file.number) == 0 else { throw SystemError(doing: "flush an upload") }
        try self.directory.excludingOthers { () throws(SystemError) in
            guard futimens(self.file.number, [time.fileTime, time.fileTime]) == 0 else {
                throw SystemError(doing: "note the time of an artifact")
            }
            guard renameat(directory, self.name, directory, artifact.digest.hexadecimal) == 0 else {
                throw SystemError(doing: "name an artifact")
            }
        }
        self.isFinished = true
        guard fsync(directory) == 0 else { throw SystemError(doing: "flush the directory of artifacts") }
        return artifact
    }
}

/// An artifact on its way out of the store, hashed as it goes.
final class ArtifactDownload: Sendable {
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

extension Date {
    /// The time as files have it.
    fileprivate var fileTime: timespec {
        let seconds = self.timeIntervalSince1970.rounded(.down)
        let rest = (self.timeIntervalSince1970 - seconds) * 1_000_000_000
        return timespec(tv_sec: Int(seconds), tv_nsec: min(Int(rest), 999_999_999))
    }
}
