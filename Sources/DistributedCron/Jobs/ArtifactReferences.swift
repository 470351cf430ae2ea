/// The artifacts that some jobs refer to.
public struct ArtifactReferences: Sendable, Hashable {
    /// What the jobs refer to.
    public let digests: Set<ArtifactDigest>
    /// The last job that was looked at, or nil if there are no more after it.
    public let last: JobID?

    /// Describes a page of references.
    public init(digests: Set<ArtifactDigest>, last: JobID?) {
        self.digests = digests
        self.last = last
    }
}
