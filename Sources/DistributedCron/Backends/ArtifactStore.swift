#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Files that jobs run, named by what they contain.
///
/// Content-addressed: the same bytes are stored once, and bytes never change under their name. Calls may be made
/// concurrently.
///
/// A store knows nothing of who needs an artifact. Whoever removes what nobody refers to lists the artifacts, and
/// removes those that were stored well before it read all references: storing bytes again makes them new, so an artifact
/// whose reference is yet to be written stays.
public protocol ArtifactStore: Sendable {
    /// Stores bytes and returns what they are called.
    ///
    /// All or nothing: until it returns, no reader sees the artifact. Storing bytes that are already there succeeds.
    ///
    /// - Parameter bytes: The content, in pieces of any size. It is read once, as fast as the store takes it.
    /// - Returns: The digest and the size of the content.
    /// - Throws: ``ArtifactStoreError``, whatever `bytes` throws, or `CancellationError`; nothing is stored then.
    func store<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8]

    /// Reads an artifact in pieces, verifying it.
    ///
    /// - Returns: The content. The sequence throws ``ArtifactStoreError`` with code `corrupt` instead of its regular end
    ///   when the bytes do not hash to `digest`; do not use what was read before that end.
    /// - Throws: ``ArtifactStoreError`` with code `notFound` or `unavailable`.
    func read(_ digest: ArtifactDigest) async throws -> AsyncThrowingStream<[UInt8], any Error>

    /// Whether the store holds the artifact.
    ///
    /// - Throws: ``ArtifactStoreError`` with code `unavailable`.
    func contains(_ digest: ArtifactDigest) async throws -> Bool

    /// Removes an artifact; removing what is not there succeeds.
    ///
    /// - Throws: ``ArtifactStoreError`` with code `unavailable`.
    func remove(_ digest: ArtifactDigest) async throws

    /// Lists the artifacts, in any order.
    ///
    /// - Returns: Those that were there at the call and are not removed meanwhile; the sequence may hold others too. It
    ///   throws ``ArtifactStoreError`` with code `unavailable`.
    /// - Throws: ``ArtifactStoreError`` with code `unavailable`.
    func list() async throws -> AsyncThrowingStream<StoredArtifact, any Error>

    /// Removes an artifact unless it was stored, or stored again, at or after a time.
    ///
    /// - Parameters:
    ///   - digest: The artifact; there need not be one.
    ///   - time: By the clock of ``StoredArtifact/storedAt``.
    /// - Returns: Whether there is no such artifact any more.
    /// - Throws: ``ArtifactStoreError`` with code `unavailable`.
    @discardableResult
    func remove(_ digest: ArtifactDigest, storedBefore time: Date) async throws -> Bool
}

/// An artifact in a store, and since when.
public struct StoredArtifact: Sendable, Hashable {
    /// What is stored.
    public let artifact: Artifact
    /// When its bytes were stored for the last time, by the store's clock.
    public let storedAt: Date

    /// Describes an entry of a store.
    public init(artifact: Artifact, storedAt: Date) {
        self.artifact = artifact
        self.storedAt = storedAt
    }
}

/// An error thrown by an ``ArtifactStore``.
public struct ArtifactStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case notFound, corrupt, unavailable }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// No artifact has this digest.
        public static let notFound = Self(.notFound)
        /// The stored bytes do not hash to their name.
        public static let corrupt = Self(.corrupt)
        /// The store cannot be reached or has no room; the call may be retried.
        public static let unavailable = Self(.unavailable)

        /// The code's name.
        public var description: String { self.base.rawValue }
    }

    /// The failure's category.
    public let code: Code
    /// A sentence for operators, free of credentials.
    public let message: String
    /// The backend's own number, such as an `errno` or an HTTP status, if there is one.
    public let backendCode: Int?

    /// Describes a failure.
    public init(_ code: Code, message: String, backendCode: Int? = nil) {
        self.code = code
        self.message = message
        self.backendCode = backendCode
    }

    /// Whether repeating the same call later can succeed.
    public var isRetryable: Bool { self.code == .unavailable }

    /// The code, the message and the backend's number.
    public var description: String {
        "ArtifactStoreError.\(self.code): \(self.message)\(self.backendCode.map { " (\($0))" } ?? "")"
    }
}

extension ArtifactStore {
    /// Stores bytes that are in memory.
    ///
    /// - Throws: ``ArtifactStoreError`` or `CancellationError`; nothing is stored then.
    public func store(_ bytes: [UInt8]) async throws -> Artifact {
        try await self.store(
            AsyncStream([UInt8].self, bufferingPolicy: .unbounded) { continuation in
                continuation.yield(bytes)
                continuation.finish()
            }
        )
    }
}
