#if MariaDB
import DistributedCron

/// Where MariaDB is, and how it is used.
public struct MariaDBConfiguration: Sendable {
    /// A server, or one node of a cluster.
    public struct Host: Sendable, Hashable, CustomStringConvertible {
        /// The name or the address; without brackets if it is one of IPv6.
        public var name: String
        /// The TCP port.
        public var port: Int

        /// Names a server.
        public init(name: String, port: Int = 3_306) {
            self.name = name
            self.port = port
        }

        /// The port of a server that names none.
        static let standardPort = 3_306

        init(_ address: ServiceAddress) { self.init(name: address.name, port: address.port) }

        /// Whether only this machine can be meant.
        public var isLoopback: Bool {
            self.name == "localhost" || self.name == "::1" || self.name.hasPrefix("127.")
        }

        /// The name and the port, as in a URL.
        public var description: String {
            self.name.contains(":") ? "[\(self.name)]:\(self.port)" : "\(self.name):\(self.port)"
        }
    }

    /// Whether connections are encrypted.
    public enum TLS: Sendable, Hashable {
        /// Never.
        case off
        /// Always, with a server whose certificate is valid for its name.
        ///
        /// - Parameter authority: The PEM file of the authorities that are trusted; nil for those of the system.
        case required(authority: String?)
    }

    /// The servers, the preferred one first; more than one are nodes of one Galera cluster.
    public var hosts: [Host]
    /// The user's name.
    public var user: String
    /// The user's password.
    public var password: String
    /// The database's name.
    public var database: String
    /// Whether connections are encrypted.
    public var tls: TLS
    /// How many connections there are at most.
    public var poolSize: Int
    /// How long a call waits for one of them to become free.
    public var acquireTimeout: Duration
    /// How long one host is given to answer a new connection; whole seconds.
    public var connectTimeout: Duration
    /// How long a statement may take before the connection is given up; whole seconds.
    public var statementTimeout: Duration
    /// Whether a node of Galera that takes no work is no server to connect to: not for whoever asks it why.
    package var needsReadyNode = true

    /// Describes where MariaDB is.
    ///
    /// - Parameters:
    ///   - hosts: The servers, the preferred one first.
    ///   - user: The user's name.
    ///   - password: The user's password.
    ///   - database: The database's name.
    ///   - tls: Whether connections are encrypted; nil: always, but for servers on this machine.
    ///   - poolSize: How many connections there are at most.
    public init(
        hosts: [Host],
        user: String,
        password: String,
        database: String,
        tls: TLS? = nil,
        poolSize: Int = 8
    ) {
        self.hosts = hosts
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls ?? (hosts.allSatisfy(\.isLoopback) ? .off : .required(authority: nil))
        self.poolSize = poolSize
        self.acquireTimeout = .seconds(10)
        self.connectTimeout = .seconds(5)
        self.statementTimeout = .seconds(30)
    }
}

extension MariaDBConfiguration: CustomStringConvertible, CustomReflectable {
    /// The URL without the password, for logs.
    public var description: String {
        "mariadb://\(self.user)@\(self.hosts.map(\.description).joined(separator: ","))/\(self.database)"
    }

    /// What a debugger or `dump` may see: not the password.
    public var customMirror: Mirror { Mirror(self, children: ["url": self.description]) }
}
#endif
