#if MariaDB
extension MariaDBConfiguration {
    /// Reads a configuration from a URL: `mariadb://user:password@host1:3306,host2/database?tls=required&ca=/path`.
    ///
    /// User, password and database may be percent-encoded, and have to be where they hold one of `:/?#[]@%`. The options
    /// are `tls` (`required` or `off`; required unless all hosts are this machine), `ca` (a PEM file of the authorities
    /// to trust) and `pool` (how many connections there are at most).
    ///
    /// - Throws: ``MariaDBError`` of the kind `configuration`, which says what is wrong and never holds the password.
    public init(url: String) throws {
        do {
            try self.init(parsing: url)
        } catch let error as InvalidSetting {
            throw MariaDBError(
                kind: .configuration,
                message: "the URL of the database is not valid: \(error.problem) "
                    + "(mariadb://user:password@host:3306/database?tls=required&ca=FILE)"
            )
        }
    }

    private init(parsing url: String) throws {
        let scheme = "mariadb://"
        guard url.hasPrefix(scheme) else { throw Self.wrong("it has to begin with \(scheme)") }
        var rest = url.dropFirst(scheme.count)
        guard !rest.contains("#") else { throw Self.wrong("a # in the user, the password or the database is %23") }
        var options: [String: String] = [:]
        if let question = rest.firstIndex(of: "?") {
            let text = rest[rest.index(after: question)...]
            // What stands there is the rest of a password then, which no message may show.
            guard !text.contains("@") else {
                throw Self.wrong("a ? in the user or the password is %3F, an @ in an option %40")
            }
            options = try Self.options(text)
            rest = rest[..<question]
        }
        guard let at = rest.lastIndex(of: "@") else { throw Self.wrong("the user is missing: user:password@host") }
        let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        guard let slash = rest.firstIndex(of: "/") else { throw Self.wrong("the database is missing: host/database") }
        let database = try Self.decoded(rest[rest.index(after: slash)...], "the database")
        let user = try Self.decoded(credentials[0], "the user")
        guard !user.isEmpty else { throw Self.wrong("the user is empty") }
        guard !database.isEmpty, !database.contains("/") else {
            throw Self.wrong("the database is one name: host/database")
        }
        let hosts = try Self.hosts(rest[..<slash])
        self.init(
            hosts: hosts,
            user: user,
            password: credentials.count > 1 ? try Self.decoded(credentials[1], "the password") : "",
            database: database
        )
        try self.apply(options)
    }

    /// Sets what the options `tls`, `ca` and `pool` say.
    mutating func apply(_ options: [String: String]) throws {
        switch options["tls"] {
        case nil: break
        case "off": self.tls = .off
        case "required": self.tls = .required(authority: nil)
        case let other?: throw Self.wrong("tls is required or off, and not \(other)")
        }
        if let authority = options["ca"] {
            guard options["tls"] != "off" else { throw Self.wrong("ca is of use only with tls=required") }
            self.tls = .required(authority: authority)
        }
        if let text = options["pool"] {
            guard let size = Int(text), (1...100).contains(size) else {
                throw Self.wrong("pool is a number from 1 to 100, and not \(text)")
            }
            self.poolSize = size
        }
        if let unknown = options.keys.sorted().first(where: { !["tls", "ca", "pool"].contains($0) }) {
            throw Self.wrong("there is no option \(unknown); the options are tls, ca and pool")
        }
    }

    private static func options(_ text: Substring) throws -> [String: String] {
        var options: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Self.wrong("the option \(pair) has no value") }
            guard options.updateValue(try Self.decoded(parts[1], "an option"), forKey: String(parts[0])) == nil else {
                throw Self.wrong("the option \(parts[0]) is there twice")
            }
        }
        return options
    }

    /// Reads hosts that commas separate, each with a port or without.
    static func hosts(_ text: Substring) throws -> [Host] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map(Self.host)
    }

    private static func host(_ text: Substring) throws -> Host {
        var name = text
        var port = 3_306
        // The colons of an IPv6 address stand in brackets.
        let end = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[end...].lastIndex(of: ":") {
            name = text[..<colon]
            let digits = text[text.index(after: colon)...]
            guard let number = Int(digits), (1...65_535).contains(number) else {
                throw self.wrong("the port of a host is a number from 1 to 65535, and not \(digits)")
            }
            port = number
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, !name.contains(where: { "[]/ ".contains($0) }) else {
            throw self.wrong("a host is missing or has characters that no host has")
        }
        return Host(name: String(name), port: port)
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
                throw self.wrong("\(what) has a % that is not followed by two hexadecimal digits; a % itself is %25")
            }
            bytes.append(code)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw self.wrong("\(what) is not UTF-8") }
        return decoded
    }

    private static func wrong(_ problem: String) -> InvalidSetting { InvalidSetting(problem: problem) }
}

/// What is wrong with a part of a configuration, wherever it was read.
struct InvalidSetting: Error {
    let problem: String
}
#endif
