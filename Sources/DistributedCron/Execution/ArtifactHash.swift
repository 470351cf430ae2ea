import Crypto

/// Decides whether bytes are the artifact that they are said to be.
struct ArtifactHash {
    private let artifact: Artifact
    private var hash = SHA256()
    private var size = 0

    /// Begins with no bytes.
    init(expecting artifact: Artifact) { self.artifact = artifact }

    /// Whether there are not too many bytes yet; more of them cannot make it right.
    var isWithinSize: Bool { self.size <= self.artifact.size }

    /// Adds the next bytes.
    mutating func update(_ bytes: some Collection<UInt8>) {
        self.size += bytes.count
        if bytes.withContiguousStorageIfAvailable({ self.hash.update(bufferPointer: UnsafeRawBufferPointer($0)) })
            == nil
        {
            self.hash.update(data: Array(bytes))
        }
    }

    /// Whether size and SHA-256 are right.
    func matches() -> Bool {
        guard self.size == self.artifact.size else { return false }
        return ArtifactDigest(self.hash.finalize()) == self.artifact.digest
    }
}
