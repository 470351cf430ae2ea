#if ZooKeeper
extension ZooKeeperConfiguration {
    /// Reads a configuration from a URL: `zookeeper://user:password@host1:2181,host2/chroot?session=6s`.
    ///
    /// User and password may be left out, and may be percent-encoded; they have to be where they hold one of `:/?#[]@%`.
    /// The chroot is one name or several, `/a/b`. The option `session` is the session's time-out in seconds (`6s`) or
    /// milliseconds (`2500ms`).
    ///
    /// - Throws: ``ZooKeeperError`` of the kind `configuration`, which says what is wrong and never holds the password.
    public init(url: String) throws {
        do {
            try self.init(parsing: url)
        } catch let error as InvalidSetting {
            throw ZooKeeperError(
                .configuration,
                operation: "read the URL of ZooKeeper",
                message: "the URL of ZooKeeper is not valid: \(error.problem) "
                    + "(zookeeper://user:password@host1:2181,host2/chroot?session=6s)"
            )
        }
    }

    private init(parsing url: String) throws {
        let scheme = "zookeeper://"
        guard url.hasPrefix(scheme) else { throw InvalidSetting("it has to begin with \(scheme)") }
        var rest = url.dropFirst(scheme.count)
        guard !rest.contains("#") else { throw InvalidSetting("a # in the user or the password is %23") }
        var options: Substring = ""
        if let question = rest.firstIndex(of: "?") {
            options = rest[rest.index(after: question)...]
            // What stands there is the rest of a password then, which no message may show.
            guard !options.contains("@") else { throw InvalidSetting("a ? in the user or the password is %3F") }
            rest = rest[..<question]
        }
        var credentials: Credentials?
        if let at = rest.lastIndex(of: "@") {
            credentials = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard let slash = rest.firstIndex(of: "/") else { throw InvalidSetting("the chroot is missing: host/chroot") }
        let hosts = try rest[..<slash].split(separator: ",", omittingEmptySubsequences: false).map(Self.host)
        self.init(hosts: hosts, chroot: try Self.chroot(rest[slash...]), credentials: credentials)
        try self.apply(options)
    }

    private mutating func apply(_ options: Substring) throws {
        for option in options.split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == "session" else {
                throw InvalidSetting("there is no option \(parts[0]); there is session, as in session=6s")
            }
            self.sessionTimeout = try Self.duration(parts.count == 2 ? parts[1] : "")
        }
    }

    private static func credentials(_ text: Substring) throws -> Credentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw InvalidSetting("the password is missing: user:password@host") }
        let user = try self.decoded(parts[0], "the user")
        guard !user.isEmpty else { throw InvalidSetting("the user is empty") }
        // ZooKeeper's digest separates the two with the first colon.
        guard !user.contains(":") else { throw InvalidSetting("the user has a colon") }
        return Credentials(user: user, password: try self.decoded(parts[1], "the password"))
    }

    private static func chroot(_ text: Substring) throws -> String {
        let names = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isValid = names.allSatisfy { name in
            !name.isEmpty && name != "." && name != ".."
                && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        }
        guard isValid else {
            throw InvalidSetting("the chroot is a path of names that are not empty, without spaces and %: host/chroot")
        }
        guard names[0] != "zookeeper" else { throw InvalidSetting("what is under /zookeeper is the ensemble's own") }
        return String(text)
    }

    private static func host(_ text: Substring) throws -> Host {
        var name = text
        var port = 2_181
        // The colons of an IPv6 address stand in brackets.
        let end = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[end...].lastIndex(of: ":") {
            name = text[..<colon]
            let digits = text[text.index(after: colon)...]
            guard let number = Int(digits), (1...65_535).contains(number) else {
                // Without what stands there: where the host was forgotten that is the password.
                throw InvalidSetting("the port of a host is a number from 1 to 65535")
            }
            port = number
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, !name.contains(where: { "[]/ ".contains($0) }) else {
            throw InvalidSetting("a host is missing or has characters that no host has")
        }
        return Host(name: String(name), port: port)
    }

    private static func duration(_ text: Substring) throws -> Duration {
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

    private static func decoded(_ text: Substring, _ what: String) throws -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            rest = rest.dropFirst(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let code = UInt8(String(Substring(digits)), radix: 16), code != 0
            else {
                throw InvalidSetting(
                    "\(what) has a % that is not followed by two hexadecimal digits; a % itself is %25"
                )
            }
            bytes.append(code)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw InvalidSetting("\(what) is not UTF-8")
        }
        return decoded
    }
}

/// What is wrong with a part of a configuration.
private struct InvalidSetting: Error {
    let problem: String

    init(_ problem: String) { self.problem = problem }
}
#endif
