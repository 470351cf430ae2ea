#if MariaDB
/// Where MariaDB is, and how it is used.
public struct MariaDBConfiguration: Sendable {
    /// Reads a configuration from a URL: `mariadb://user:password@host1:3306,host2/database?tls=required&ca=/path`.
    public init(url: String) throws { throw MariaDBError.missing }
}
#endif
