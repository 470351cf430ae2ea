import Glibc

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The store's open directory.
final class ArtifactDirectory {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Removes what uploads that died left behind; the lock of one that goes on keeps it.
    func removeLeftovers() {
        for name in TreeRemoval.names(in: self.descriptor) where name.hasPrefix(ArtifactUpload.prefix) {
            guard let file = try? Descriptor.open(name, in: self.descriptor, O_RDONLY),
                flock(file.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            unlinkat(self.descriptor.number, name, 0)
        }
    }

    /// What is stored.
    func entries() -> [StoredArtifact] {
        TreeRemoval.names(in: self.descriptor).compactMap { name in
            guard let digest = ArtifactDigest(hexadecimal: name), let status = self.status(of: digest) else {
                return nil
            }
            return StoredArtifact(
                artifact: Artifact(digest: digest, size: Int(status.st_size)),
                storedAt: Date(status.st_mtim)
            )
        }
    }

    /// Removes an artifact unless it is too new; whether it is gone.
    func remove(_ digest: ArtifactDigest, storedBefore time: Date) throws(SystemError) -> Bool {
        try self.excludingOthers { () throws(SystemError) in
            guard let status = self.status(of: digest) else { return true }
            guard Date(status.st_mtim) < time else { return false }
            guard unlinkat(self.descriptor.number, digest.hexadecimal, 0) == 0 || errno == ENOENT else {
                throw SystemError(doing: "remove an artifact")
            }
            return true
        }
    }

    /// Does something while no other process gives an artifact a new time or removes one for its old time.
    func excludingOthers<Value>(_ work: () throws(SystemError) -> Value) throws(SystemError) -> Value {
        guard flock(self.descriptor.number, LOCK_EX) == 0 else {
            throw SystemError(doing: "lock the directory of artifacts")
        }
        defer { flock(self.descriptor.number, LOCK_UN) }
        return try work()
    }

    private func status(of digest: ArtifactDigest) -> stat? {
        var status = stat()
        let isThere = fstatat(self.descriptor.number, digest.hexadecimal, &status, AT_SYMLINK_NOFOLLOW) == 0
        return isThere ? status : nil
    }
}

extension Date {
    /// The time of a file.
    fileprivate init(_ time: timespec) {
        self.init(timeIntervalSince1970: Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000)
    }
}
