/// An error thrown by a ``JobStore``.
public struct JobStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case notFound, nameTaken, conflict, mismatch, removed, overlap, ended, fenced, refused, unavailable
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// What the call is about does not exist.
        public static let notFound = Self(.notFound)
        /// Another job that is not removed has the name.
        public static let nameTaken = Self(.nameTaken)
        /// Something with this identity exists already, or is not in the version that was expected.
        public static let conflict = Self(.conflict)
        /// An idempotency key was used before, for another request.
        public static let mismatch = Self(.mismatch)
        /// The job was removed.
        public static let removed = Self(.removed)
        /// The job has a run that has not ended, and does not allow another.
        public static let overlap = Self(.overlap)
        /// The run has ended already.
        public static let ended = Self(.ended)
        /// The caller is no longer who it thinks it is.
        public static let fenced = Self(.fenced)
        /// The store does not take what is to be written, however often it is asked.
        public static let refused = Self(.refused)
        /// The store cannot be reached; the call may be retried.
        public static let unavailable = Self(.unavailable)

        /// The code's name.
        public var description: String { self.base.rawValue }
    }

    /// The failure's category.
    public let code: Code
    /// A sentence for operators, free of credentials and job payloads.
    public let message: String
    /// The backend's own number, such as a MariaDB `errno`, if there is one.
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
        "JobStoreError.\(self.code): \(self.message)\(self.backendCode.map { " (\($0))" } ?? "")"
    }
}
