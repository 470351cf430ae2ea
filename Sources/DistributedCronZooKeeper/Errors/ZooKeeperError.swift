#if ZooKeeper
import CZooKeeper

/// An error of ZooKeeper, or of the way there.
public struct ZooKeeperError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case configuration, unreachable, disconnected, sessionLost, noNode, nodeExists, badVersion, notEmpty
            case denied, otherCluster, otherVersion, tooLarge, malformed, other
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// The configuration is not valid.
        public static let configuration = Self(.configuration)
        /// No server could be reached.
        public static let unreachable = Self(.unreachable)
        /// The connection broke; what was under way may or may not have happened.
        public static let disconnected = Self(.disconnected)
        /// The session is gone, and all that was ephemeral with it.
        public static let sessionLost = Self(.sessionLost)
        /// The node does not exist.
        public static let noNode = Self(.noNode)
        /// The node exists already.
        public static let nodeExists = Self(.nodeExists)
        /// Somebody else has changed the node.
        public static let badVersion = Self(.badVersion)
        /// The node has children.
        public static let notEmpty = Self(.notEmpty)
        /// The credentials do not permit it.
        public static let denied = Self(.denied)
        /// The chroot belongs to another cluster.
        public static let otherCluster = Self(.otherCluster)
        /// A process of the cluster speaks a version of the protocol that this program does not go with.
        public static let otherVersion = Self(.otherVersion)
        /// More data than a server takes.
        public static let tooLarge = Self(.tooLarge)
        /// Data that no program of ours, or only a newer one, has written.
        public static let malformed = Self(.malformed)
        /// Anything else.
        public static let other = Self(.other)

        /// The kind's name.
        public var description: String { self.base.rawValue }
    }

    /// What went wrong, coarsely.
    public let kind: Kind
    /// The number of the C client; zero if the error is not its own.
    public let code: Int
    /// What was being done, such as `create /distcron/workers/w-1`.
    public let operation: String
    /// What was said, free of credentials.
    public let message: String
    /// Which operation of a transaction has failed.
    package let failedOperation: Int?

    package init(_ kind: Kind, operation: String, message: String) {
        self.kind = kind
        self.code = 0
        self.operation = operation
        self.message = message
        self.failedOperation = nil
    }

    /// Describes what the C client answered.
    init(code: Int32, operation: String, failedOperation: Int? = nil) {
        self.kind = Kind(code: code)
        self.code = Int(code)
        self.operation = operation
        self.message = String(cString: zerror(code))
        self.failedOperation = failedOperation
    }

    /// Whether the operation may or may not have happened: it has to be looked up before it is repeated.
    public var isOutcomeUnknown: Bool { self.kind == .disconnected }

    /// What was being done, what was said, and the number.
    public var description: String {
        self.code == 0 ? "\(self.operation): \(self.message)" : "\(self.operation): \(self.message) (\(self.code))"
    }
}

extension ZooKeeperError.Kind {
    /// What the numbers of `zookeeper.h` mean to us.
    init(code: Int32) {
        switch ZOO_ERRORS(rawValue: code) {
        // The second is what calls get that were under way when a server fell silent, the last two those that were under way
        // when C failed to send, or did not understand what came.
        case ZCONNECTIONLOSS, ZOPERATIONTIMEOUT, ZSESSIONMOVED, ZSYSTEMERROR, ZRUNTIMEINCONSISTENCY:
            self = .disconnected
        // The last is said of a handle whose session has expired.
        case ZSESSIONEXPIRED, ZCLOSING, ZAUTHFAILED, ZINVALIDSTATE: self = .sessionLost
        case ZNONODE: self = .noNode
        case ZNODEEXISTS: self = .nodeExists
        case ZBADVERSION: self = .badVersion
        case ZNOTEMPTY: self = .notEmpty
        case ZNOAUTH: self = .denied
        default: self = .other
        }
    }
}
#endif
