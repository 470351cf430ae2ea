#if MariaDB
/// An error of MariaDB, or of the way there.
public struct MariaDBError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case conflict, duplicate, lost, unreachable, notReady, tooManyConnections, denied, wrongDatabase
            case missingSchema, readOnly, diskFull, configuration, poolExhausted, wrongType, invalidValue, other
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// The transaction lost against another; it may be repeated.
        public static let conflict = Self(.conflict)
        /// A unique key exists already.
        public static let duplicate = Self(.duplicate)
        /// The connection broke; what was under way may or may not have happened.
        public static let lost = Self(.lost)
        /// No server could be reached.
        public static let unreachable = Self(.unreachable)
        /// The Galera node takes no work at present.
        public static let notReady = Self(.notReady)
        /// The server has no connection left.
        public static let tooManyConnections = Self(.tooManyConnections)
        /// The user, the password or a permission is wrong.
        public static let denied = Self(.denied)
        /// The database does not exist.
        public static let wrongDatabase = Self(.wrongDatabase)
        /// A table or a column does not exist.
        public static let missingSchema = Self(.missingSchema)
        /// The server does not take writes.
        public static let readOnly = Self(.readOnly)
        /// The server has no space left.
        public static let diskFull = Self(.diskFull)
        /// The configuration is not valid, or does not fit the server.
        public static let configuration = Self(.configuration)
        /// No connection of the pool became free in time.
        public static let poolExhausted = Self(.poolExhausted)
        /// A column does not hold what was asked of it.
        public static let wrongType = Self(.wrongType)
        /// The server does not take a value, however often it is sent.
        public static let invalidValue = Self(.invalidValue)
        /// Anything else.
        public static let other = Self(.other)

        /// The kind's name.
        public var description: String { self.base.rawValue }
    }

    /// What went wrong, coarsely.
    public let kind: Kind
    /// The number of the server or of libmariadb; zero if the error is neither's.
    public let number: Int
    /// The SQLSTATE, such as `40001`.
    public let sqlState: String
    /// What was said, free of credentials.
    public let message: String

    init(kind: Kind, number: Int = 0, sqlState: String = "HY000", message: String) {
        self.kind = kind
        self.number = number
        self.sqlState = sqlState
        self.message = message
    }

    /// Whether the transaction has not happened, and may be repeated as it is.
    public var isRetryable: Bool {
        [.conflict, .notReady, .tooManyConnections, .unreachable].contains(self.kind)
    }

    /// Whether the connection is gone; what was under way may have happened.
    public var isLost: Bool { self.kind == .lost }

    /// Whether a unique key exists already.
    public var isDuplicate: Bool { self.kind == .duplicate }

    /// The key that exists already, such as `PRIMARY`.
    public var duplicateKey: String? {
        guard self.isDuplicate, let range = self.message.ranges(of: "for key '").last else { return nil }
        let key = self.message[range.upperBound...].prefix { $0 != "'" }
        return key.split(separator: ".").last.map(String.init)
    }

    /// The message and the number.
    public var description: String { self.number == 0 ? self.message : "\(self.message) (\(self.number))" }
}
#endif
