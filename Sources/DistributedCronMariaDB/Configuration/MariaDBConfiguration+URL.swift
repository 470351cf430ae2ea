#if MariaDB
import DistributedCron

extension MariaDBConfiguration {
    /// Reads a configuration from a URL: `mariadb://user:password@host1:3306,host2/database?tls=required&ca=/path`.
    ///
    /// User, password and database may be percent-encoded, and have to be where they hold one of `:/?#[]@%`. The options
    /// are `tls` (`required` or `off`; required unless all hosts are this machine), `ca` (a PEM file of the authorities
    /// to trust) and `pool` (how many connections there are at most).
    ///
    /// - Throws: ``MariaDBError`` of the kind `configuration`, which says what is wrong and never holds the password.
    public init(url: String) throws {
        do throws(InvalidSetting) {
            try self.init(parsing: url)
        } catch {
            throw MariaDBError(
                kind: .configuration,
                message: "the URL of the database is not valid: \(error.problem) "
                    + "(mariadb://user:password@host:3306/database?tls=required&ca=FILE)"
            )
        }
    }

    private init(parsing url: String) throws(InvalidSetting) {
        let parts = try ServiceURL(url, scheme: "mariadb", port: Host.standardPort, path: "database")
        guard let user = parts.user else { throw InvalidSetting("the user is missing: user:password@host") }
        let database = try ServiceURL.decoded(parts.path, "the database")
        guard !database.isEmpty, !database.contains("/") else {
            throw InvalidSetting("the database is one name: host/database")
        }
        self.init(
            hosts: parts.hosts.map(Host.init),
            user: user,
            password: parts.password ?? "",
            database: database
        )
        try self.apply(parts.options)
    }

    /// Sets what the options `tls`, `ca` and `pool` say.
    mutating func apply(_ options: [String: String]) throws(InvalidSetting) {
        switch options["tls"] {
        case nil: break
        case "off": self.tls = .off
        case "required": self.tls = .required(authority: nil)
        case let other?: throw InvalidSetting("tls is required or off, and not \(other)")
        }
        if let authority = options["ca"] {
            guard options["tls"] != "off" else { throw InvalidSetting("ca is of use only with tls=required") }
            self.tls = .required(authority: authority)
        }
        if let text = options["pool"] {
            guard let size = Int(text), (1...100).contains(size) else {
                throw InvalidSetting("pool is a number from 1 to 100, and not \(text)")
            }
            self.poolSize = size
        }
        if let unknown = options.keys.sorted().first(where: { !["tls", "ca", "pool"].contains($0) }) {
            throw InvalidSetting("there is no option \(unknown); the options are tls, ca and pool")
        }
    }
}
#endif
