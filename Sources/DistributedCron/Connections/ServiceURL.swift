/// The parts of a URL by which a configuration names a service: `scheme://user:password@host1:port,host2/path?option=value`.
///
/// User, password and options may be percent-encoded, and have to be where they hold one of `:/?#[]@%`. No message shows
/// what may be a part of a password.
package struct ServiceURL: Sendable, Hashable {
    /// The user; nil if none is named.
    package var user: String?
    /// The password; nil if none is given.
    package var password: String?
    /// The servers, in their order.
    package var hosts: [ServiceAddress]
    /// What follows the first slash after the hosts, as it stands there.
    package var path: Substring
    /// The options, by their names.
    package var options: [String: String]

    /// Reads a URL.
    ///
    /// - Parameters:
    ///   - url: The text.
    ///   - scheme: What it has to begin with, such as `mariadb`.
    ///   - port: The port of a host that names none.
    ///   - path: What the path is called, such as `database`.
    /// - Throws: ``InvalidSetting``.
    package init(_ url: String, scheme: String, port: Int, path: String) throws(InvalidSetting) {
        guard url.hasPrefix("\(scheme)://") else { throw InvalidSetting("it has to begin with \(scheme)://") }
        var rest = url.dropFirst(scheme.count + 3)
        guard !rest.contains("#") else { throw InvalidSetting("a # in the user, the password or the \(path) is %23") }
        self.options = [:]
        if let question = rest.firstIndex(of: "?") {
            let text = rest[rest.index(after: question)...]
            // What stands there is the rest of a password then.
            guard !text.contains("@") else {
                throw InvalidSetting("a ? in the user or the password is %3F, an @ in an option %40")
            }
            self.options = try Self.options(text)
            rest = rest[..<question]
        }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let user = try Self.decoded(parts[0], "the user")
            guard !user.isEmpty else { throw InvalidSetting("the user is empty") }
            self.user = user
            self.password = parts.count > 1 ? try Self.decoded(parts[1], "the password") : nil
            rest = rest[rest.index(after: at)...]
        }
        guard let slash = rest.firstIndex(of: "/") else {
            throw InvalidSetting("the \(path) is missing: host/\(path)")
        }
        self.hosts = try ServiceAddress.list(rest[..<slash], port: port)
        self.path = rest[rest.index(after: slash)...]
    }

    private static func options(_ text: Substring) throws(InvalidSetting) -> [String: String] {
        var options: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw InvalidSetting("the option \(pair) has no value") }
            guard options.updateValue(try Self.decoded(parts[1], "an option"), forKey: String(parts[0])) == nil else {
                throw InvalidSetting("the option \(parts[0]) is there twice")
            }
        }
        return options
    }

    /// Takes percent-encoding (RFC 3986 2.1) out of a text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - what: What it is, for the error.
    /// - Returns: The text that was meant.
    /// - Throws: ``InvalidSetting``.
    package static func decoded(_ text: Substring, _ what: String) throws(InvalidSetting) -> String {
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

/// A server's name or address, and its TCP port.
package struct ServiceAddress: Sendable, Hashable {
    /// The name or the address; without brackets if it is one of IPv6.
    package let name: String
    /// The TCP port.
    package let port: Int

    /// Reads hosts that commas separate, each with a port or without.
    ///
    /// - Throws: ``InvalidSetting``.
    package static func list(_ text: Substring, port: Int) throws(InvalidSetting) -> [Self] {
        var hosts: [Self] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(try Self(part, port: port))
        }
        return hosts
    }

    private init(_ text: Substring, port: Int) throws(InvalidSetting) {
        var name = text
        var port = port
        // The colons of an IPv6 address stand in brackets.
        let end = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[end...].lastIndex(of: ":") {
            name = text[..<colon]
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                // Without what stands there: where the host was forgotten that is the password.
                throw InvalidSetting("the port of a host is a number from 1 to 65535")
            }
            port = number
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, !name.contains(where: { "[]/ ".contains($0) }) else {
            throw InvalidSetting("a host is missing or has characters that no host has")
        }
        self.name = String(name)
        self.port = port
    }
}
