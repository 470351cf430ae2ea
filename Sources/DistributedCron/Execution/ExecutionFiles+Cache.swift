import Glibc

// The cache of artifacts is kept below a limit. Removing the name of a file that is in use harms nobody: what is being
// executed stays until its end.
extension ExecutionFiles {
    private struct CachedFile {
        let name: String
        let size: Int
        let usedAt: (seconds: Int, nanoseconds: Int)
    }

    /// Takes note that an artifact came into the cache, and makes room if that is too big now.
    func noteCached(_ artifact: Artifact) throws(SystemError) {
        if let bytes = self.cachedBytes, bytes + artifact.size <= self.cacheLimit {
            self.cachedBytes = bytes + artifact.size
        } else {
            try self.trimCache(keeping: artifact.digest)
        }
    }

    /// Takes note that a cached file is being used.
    func noteUsed(_ file: borrowing Descriptor) {
        // To the present; if that fails, the file is fetched again one day.
        futimens(file.number, nil)
    }

    /// Removes the files that were not used for the longest time, and some more, so that it is not done all the time.
    private func trimCache(keeping digest: ArtifactDigest) throws(SystemError) {
        let directory = try self.directory()
        var files = Self.files(in: directory.artifacts)
        var total = files.reduce(0) { $0 + $1.size }
        defer { self.cachedBytes = total }
        guard total > self.cacheLimit else { return }
        files.sort { $0.usedAt < $1.usedAt }
        for file in files where total > self.cacheLimit / 10 * 9 && file.name != digest.hexadecimal {
            guard unlinkat(directory.artifacts.number, file.name, 0) == 0 || errno == ENOENT else { continue }
            total -= file.size
        }
    }

    private static func files(in directory: borrowing Descriptor) -> [CachedFile] {
        var files: [CachedFile] = []
        for name in TreeRemoval.names(in: directory) {
            var status = stat()
            guard fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let time = status.st_mtim
            files.append(CachedFile(name: name, size: Int(status.st_size), usedAt: (time.tv_sec, time.tv_nsec)))
        }
        return files
    }
}
