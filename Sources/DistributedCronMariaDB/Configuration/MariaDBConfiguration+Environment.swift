#if MariaDB
import DistributedCron

extension MariaDBConfiguration {
    /// The variable with the whole URL.
    private static let url = "DISTCRON_STORE_URL"
    /// What the variables with its parts begin with.
    private static let prefix = "DISTCRON_DATABASE_"
    /// What they end with.
    private static let parts = ["HOSTS", "NAME", "USER", "PASSWORD", "PASSWORD_FILE", "TLS", "CA", "POOL"]

    /// Reads a configuration from environment variables: `DISTCRON_STORE_URL`, or its parts.
    ///
    /// The parts are `DISTCRON_DATABASE_HOSTS` (`db1:3306,db2`), `…_NAME`, `…_USER`, `…_PASSWORD` or `…_PASSWORD_FILE` (the
    /// end of its last line is not part of it), `…_TLS`, `…_CA` and `…_POOL`; the last three as in the URL. A variable that
    /// is empty counts as not set.
    ///
    /// - Returns: The configuration, or nil if none of the variables is set.
    /// - Throws: ``MariaDBError`` of the kind `configuration`, which says which variable is wrong and never holds the
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
            throw MariaDBError(kind: .configuration, message: "the database is not configured: \(error.problem)")
        }
    }

    private init(_ parts: ServiceVariables) throws(InvalidSetting) {
        self.init(
            hosts: try parts.hosts(port: Host.standardPort).map(Host.init),
            user: try parts.required("USER"),
            password: try parts.password() ?? "",
            database: try parts.required("NAME")
        )
        let options = ["tls": parts["TLS"], "ca": parts["CA"], "pool": parts["POOL"]]
        do throws(InvalidSetting) {
            try self.apply(options.compactMapValues(\.self))
        } catch {
            throw InvalidSetting("\(Self.prefix)TLS, CA or POOL: \(error.problem)")
        }
    }
}
#endif
