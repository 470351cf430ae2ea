/// One worker process, with an identity of its own: a worker that comes back is another worker.
public struct WorkerID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The identity as stored: 1 to 40 letters, digits and hyphens.
    public let rawValue: String

    /// Wraps an identity from a store, a configuration or a generator.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identity as stored.
    public var description: String { self.rawValue }

    /// Orders by the text, which makes plans reproducible.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// One manager process, a candidate for leadership.
public struct ManagerID: Sendable, Hashable, CustomStringConvertible {
    /// The identity as stored.
    public let rawValue: String

    /// Wraps an identity from a configuration or a generator.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identity as stored.
    public var description: String { self.rawValue }
}

/// A named set of workers, and the jobs that run on them.
public struct PoolID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Wraps a name from a store or a configuration.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The pool of jobs that name none.
    public static let `default` = Self(rawValue: "default")

    /// The name.
    public var description: String { self.rawValue }

    /// Orders by the name.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}
