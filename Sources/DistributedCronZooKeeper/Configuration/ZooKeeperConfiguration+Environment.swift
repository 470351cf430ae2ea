#if ZooKeeper
import DistributedCron

extension ZooKeeperConfiguration {
    /// The variable with the whole URL.
    private static let url = "DISTCRON_ZOOKEEPER_URL"
    /// What the variables with its parts begin with.
    private static let prefix = "DISTCRON_ZOOKEEPER_"
    /// What they end with.
    private static let parts = ["HOSTS", "CHROOT", "USER", "PASSWORD", "PASSWORD_FILE", "SESSION"]

    /// Reads a configuration from environment variables: `DISTCRON_ZOOKEEPER_URL`, or its parts.
    ///
    /// The parts are `DISTCRON_ZOOKEEPER_HOSTS` (`zk1:2181,zk2`), `…_CHROOT`, `…_USER`, `…_PASSWORD` or `…_PASSWORD_FILE` (the
    /// end of its last line is not part of it), and `…_SESSION` as in the URL. A variable that is empty counts as not set.
    ///
    /// - Returns: The configuration, or nil if none of the variables is set.
    /// - Throws: ``ZooKeeperError`` of the kind `configuration`, which says which variable is wrong and never holds the
    ///   password.
    public static func configuration(of environment: [String: String]) throws -> Self? {
        do {
            let said = try ServiceVariables.read(environment, url: Self.url, prefix: Self.prefix, known: Self.parts)
            switch said {
            case .nothing: return nil
            case .url(let url): return try Self(url: url)
            case .parts(let parts): return try Self(parts)
            }
        } catch let error as InvalidSetting {
            throw ZooKeeperError(
                .configuration,
                operation: "read the environment",
                message: "ZooKeeper is not configured: \(error.problem)"
            )
        }
    }

    private init(_ parts: ServiceVariables) throws(InvalidSetting) {
        self.init(
            hosts: try parts.hosts(port: Host.standardPort).map(Host.init),
            chroot: try Self.chroot(try parts.required("CHROOT")),
            credentials: try Self.credentials(parts["USER"], try parts.password()) {
                "\(Self.prefix)USER is set, and neither \(Self.prefix)PASSWORD nor \(Self.prefix)PASSWORD_FILE"
            }
        )
        if let text = parts["SESSION"] { self.sessionTimeout = try Self.duration(text) }
    }
}
#endif
