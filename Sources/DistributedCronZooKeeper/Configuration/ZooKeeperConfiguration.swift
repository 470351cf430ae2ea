#if ZooKeeper
import DistributedCron

/// Where ZooKeeper is, and how it is used.
public struct ZooKeeperConfiguration: Sendable {
    /// A server of an ensemble.
    public struct Host: Sendable, Hashable, CustomStringConvertible {
        /// The name or the address; without brackets if it is one of IPv6.
        public var name: String
        /// The TCP port for clients.
        public var port: Int

        /// Names a server.
        public init(name: String, port: Int = 2_181) {
            self.name = name
            self.port = port
        }

        /// The port of a server that names none.
        static let standardPort = 2_181

        init(_ address: ServiceAddress) { self.init(name: address.name, port: address.port) }

        /// The name and the port, as in a URL.
        public var description: String {
            self.name.contains(":") ? "[\(self.name)]:\(self.port)" : "\(self.name):\(self.port)"
        }
    }

    /// What the servers know a cluster by: who has other credentials reads and writes none of its nodes.
    public struct Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
        /// The user's name, without a colon.
        public var user: String
        /// The password.
        public var password: String

        /// Names a user.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        /// The user's name.
        public var description: String { self.user }

        /// What a debugger or `dump` may see: not the password.
        public var customMirror: Mirror { Mirror(self, children: ["user": self.user]) }
    }

    /// The servers.
    public var hosts: [Host]
    /// The path under which everything lies, such as `/distcron`; it is made if it is missing.
    public var chroot: String
    /// With what to authenticate (the scheme `digest`); nil: everybody may read and write the cluster's nodes.
    public var credentials: Credentials?
    /// How long the servers wait for a sign of life before the session ends; 30 seconds unless set.
    ///
    /// They permit 2 to 20 of their ticks, and take the nearest of that for what is not.
    public var sessionTimeout: Duration
    /// How long the first connection may take; 10 seconds unless set.
    public var connectTimeout: Duration

    /// Describes where ZooKeeper is.
    ///
    /// - Parameters:
    ///   - hosts: The servers.
    ///   - chroot: The path under which everything lies: an absolute path that is not `/`.
    ///   - credentials: With what to authenticate.
    public init(hosts: [Host], chroot: String, credentials: Credentials? = nil) {
        self.hosts = hosts
        self.chroot = chroot
        self.credentials = credentials
        self.sessionTimeout = .seconds(30)
        self.connectTimeout = .seconds(10)
    }
}

extension ZooKeeperConfiguration: CustomStringConvertible, CustomReflectable {
    /// The URL without the password, for logs.
    public var description: String {
        let user = self.credentials.map { "\($0.user)@" } ?? ""
        return "zookeeper://\(user)\(self.hosts.map(\.description).joined(separator: ","))\(self.chroot)"
    }

    /// What a debugger or `dump` may see: not the password.
    public var customMirror: Mirror { Mirror(self, children: ["url": self.description]) }
}
#endif
