#if ZooKeeper
import DistributedCron

extension ZooKeeperConfiguration {
    /// Reads a configuration from a URL: `zookeeper://user:password@host1:2181,host2/chroot?session=6s`.
    ///
    /// User and password may be left out, and may be percent-encoded; they have to be where they hold one of `:/?#[]@%`.
    /// The chroot is one name or several, `/a/b`. The option `session` is the session's time-out in seconds (`6s`) or
    /// milliseconds (`2500ms`).
    ///
    /// - Throws: ``ZooKeeperError`` of the kind `configuration`, which says what is wrong and never holds the password.
    public init(url: String) throws {
        do throws(InvalidSetting) {
            try self.init(parsing: url)
        } catch {
            throw ZooKeeperError(
                .configuration,
                operation: "read the URL of ZooKeeper",
                message: "the URL of ZooKeeper is not valid: \(error.problem) "
                    + "(zookeeper://user:password@host1:2181,host2/chroot?session=6s)"
            )
        }
    }

    private init(parsing url: String) throws(InvalidSetting) {
        let parts = try ServiceURL(url, scheme: "zookeeper", port: Host.standardPort, path: "chroot")
        self.init(
            hosts: parts.hosts.map(Host.init),
            chroot: try Self.chroot("/\(parts.path)"),
            credentials: try Self.credentials(parts.user, parts.password) {
                "the password is missing: user:password@host"
            }
        )
        for (name, text) in parts.options.sorted(by: { $0.key < $1.key }) {
            guard name == "session" else {
                throw InvalidSetting("there is no option \(name); there is session, as in session=6s")
            }
            self.sessionTimeout = try Self.duration(text)
        }
    }

    /// What to authenticate with, if anything.
    static func credentials(
        _ user: String?,
        _ password: String?,
        withoutPassword problem: () -> String
    ) throws(InvalidSetting) -> Credentials? {
        guard let user else { return nil }
        // ZooKeeper's digest separates the two with the first colon.
        guard !user.contains(":") else { throw InvalidSetting("the user has a colon") }
        guard let password else { throw InvalidSetting(problem()) }
        return Credentials(user: user, password: password)
    }

    static func chroot(_ text: String) throws(InvalidSetting) -> String {
        let names = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isValid =
            text.hasPrefix("/")
            && names.allSatisfy { name in
                !name.isEmpty && name != "." && name != ".."
                    && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
            }
        guard isValid else {
            throw InvalidSetting("the chroot is a path of names that are not empty, without spaces and %: host/chroot")
        }
        guard names[0] != "zookeeper" else { throw InvalidSetting("what is under /zookeeper is the ensemble's own") }
        return text
    }

    static func duration(_ text: String) throws(InvalidSetting) -> Duration {
        let milliseconds: Int?
        if text.hasSuffix("ms") {
            milliseconds = Int(text.dropLast(2))
        } else {
            milliseconds =
                text.hasSuffix("s") ? Int(text.dropLast()).map { $0.multipliedReportingOverflow(by: 1_000).0 } : nil
        }
        guard let milliseconds, (1...3_600_000).contains(milliseconds) else {
            throw InvalidSetting("session is a time-out of up to an hour, such as 6s or 2500ms, and not \(text)")
        }
        return .milliseconds(milliseconds)
    }
}
#endif
