import Glibc
import Logging

/// An attempt that cannot be started, and why, for people.
struct NotStarted: Error {
    let reason: String
}

/// A program whose bytes are known to be the right ones.
struct VerifiedProgram: ~Copyable, Sendable {
    /// The open file, to be executed through this descriptor; nil if `path` is a private copy.
    let descriptor: Descriptor?
    /// The file, for the program's own information if there is a descriptor.
    let path: String
    /// The first bytes.
    let head: [UInt8]

    /// Hands over the descriptor, if there is one.
    consuming func takeDescriptor() -> Descriptor? { self.descriptor }
}

// How what is verified is what runs.
//
// A binary is executed through the very descriptor that was hashed (execveat), so renaming files in the cache changes
// nothing. A script cannot be: its interpreter opens it again by name, and a name under /proc/self/fd would need a
// descriptor that stays open in the job. So a script is copied, in the pass that hashes it, to a file of mode 0500 made
// for this attempt alone: what runs is what was hashed, whatever happens to the cache. What neither can stop is a
// process of this very user writing into the file in between; such a process could as well trace this one.
extension ExecutionFiles {
    private static let pieceSize = 256 * 1_024
    private static let headSize = 256

    /// Finds an artifact in the cache or fetches it, and verifies it.
    func program(
        _ artifact: Artifact,
        isScript: Bool,
        at place: Place
    ) async throws -> VerifiedProgram {
        if let program = try self.verify(artifact, isScript: isScript, at: place) { return program }
        try await self.takeTurn(to: artifact.digest)
        defer { self.endTurn(to: artifact.digest) }
        // Whoever had the turn before may have fetched it.
        if let program = try self.verify(artifact, isScript: isScript, at: place) { return program }
        try await self.fetch(artifact)
        if let program = try self.verify(artifact, isScript: isScript, at: place) { return program }
        throw NotStarted(reason: "artifact \(artifact.digest.hexadecimal) was altered right after it was fetched")
    }

    /// Opens and hashes a cached artifact; nil if there is none, or one with wrong bytes, which it removes.
    private func verify(
        _ artifact: Artifact,
        isScript: Bool,
        at place: Place
    ) throws -> VerifiedProgram? {
        let directory = try self.directory()
        let name = artifact.digest.hexadecimal
        // O_NONBLOCK: whatever lies there instead of a file must not make this wait.
        let number = openat(directory.artifacts.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else {
            if errno != ENOENT { try self.discard(artifact, at: place) }
            return nil
        }
        let file = Descriptor(owning: number)
        var hash = ArtifactHash(expecting: artifact)
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        var count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
        let head = Array(piece.prefix(min(count, Self.headSize)))
        let copy = isScript || head.starts(with: "#!".utf8) ? try self.makeCopy(at: place) : nil
        while count > 0, hash.isWithinSize {
            hash.update(piece.prefix(count))
            switch copy {
            case .some(let copy): try piece.prefix(count).withUnsafeBytes { try copy.write($0) }
            case .none: break
            }
            count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
        }
        guard hash.matches() else {
            try self.discard(artifact, at: place)
            return nil
        }
        self.noteUsed(file)
        return copy != nil
            ? VerifiedProgram(descriptor: nil, path: place.scriptPath, head: head)
            : VerifiedProgram(descriptor: file, path: "\(directory.path)/artifacts/\(name)", head: head)
    }

    private func makeCopy(at place: Place) throws(SystemError) -> Descriptor {
        try Descriptor.open(
            place.scriptName,
            in: self.directory().instance.directory,
            O_WRONLY | O_CREAT | O_EXCL,
            mode: 0o500
        )
    }

    private func discard(_ artifact: Artifact, at place: Place) throws(SystemError) {
        let name = artifact.digest.hexadecimal
        self.logger.warning("Removing a cached artifact with wrong content", metadata: ["artifact": "\(name)"])
        let directory = try self.directory()
        try TreeRemoval.remove(place.scriptName, in: directory.instance.directory)
        try TreeRemoval.remove(name, in: directory.artifacts)
    }
}
