/// A cluster's identity: a UUID in lower case.
public struct ClusterID: Sendable, Hashable, CustomStringConvertible {
    /// The identity as stored.
    public let rawValue: String

    /// Wraps an identity from a store or a generator.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identity as stored.
    public var description: String { self.rawValue }
}

/// What was fixed when a cluster was initialised.
public struct Cluster: Sendable, Hashable {
    /// The identity.
    public let id: ClusterID
    /// How many slots each pool has; a power of two.
    public let slotCount: Int

    /// Describes a cluster.
    public init(id: ClusterID, slotCount: Int) {
        self.id = id
        self.slotCount = slotCount
    }
}
