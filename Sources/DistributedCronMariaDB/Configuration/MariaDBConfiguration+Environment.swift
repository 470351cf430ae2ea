#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

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
            return try Self.read(environment)
        } catch let error as InvalidSetting {
            throw MariaDBError(kind: .configuration, message: "the database is not configured: \(error.problem)")
        }
    }

    private static func read(_ environment: [String: String]) throws -> Self? {
        let environment = environment.filter { !$0.value.isEmpty }
        let names = environment.keys.filter { $0.hasPrefix(Self.prefix) }.sorted()
        if let unknown = names.first(where: { !Self.parts.contains(String($0.dropFirst(Self.prefix.count))) }) {
            let known = Self.parts.map { Self.prefix + $0 }
            throw Self.wrong("there is no variable \(unknown); there are \(known.joined(separator: ", "))")
        }
        if let url = environment[Self.url] {
            guard let name = names.first else { return try Self(url: url) }
            throw Self.wrong("\(Self.url) and \(name) are both set; unset one of them")
        }
        guard !names.isEmpty else { return nil }
        return try Self(parts: { environment[Self.prefix + $0] })
    }

    private init(parts part: (String) -> String?) throws {
        func required(_ name: String) throws -> String {
            guard let value = part(name) else {
                throw Self.wrong(
                    "\(Self.prefix)\(name) is missing; it goes with the others, or set \(Self.url) instead"
                )
            }
            return value
        }
        self.init(
            hosts: try Self.namedHosts(try required("HOSTS")),
            user: try required("USER"),
            password: try Self.password(part("PASSWORD"), file: part("PASSWORD_FILE")),
            database: try required("NAME")
        )
        let options = ["tls": part("TLS"), "ca": part("CA"), "pool": part("POOL")]
        do {
            try self.apply(options.compactMapValues(\.self))
        } catch let error as InvalidSetting {
            throw Self.wrong("\(Self.prefix)TLS, CA or POOL: \(error.problem)")
        }
    }

    private static func password(_ password: String?, file: String?) throws -> String {
        guard let file else { return password ?? "" }
        guard password == nil else {
            throw self.wrong("\(self.prefix)PASSWORD and \(self.prefix)PASSWORD_FILE are both set; unset one of them")
        }
        do {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            return String(text.hasSuffix("\n") ? text.dropLast() : text[...])
        } catch {
            throw self.wrong("\(self.prefix)PASSWORD_FILE names \(file), which cannot be read")
        }
    }

    private static func namedHosts(_ text: String) throws -> [Host] {
        do {
            return try self.hosts(text[...])
        } catch let error as InvalidSetting {
            throw self.wrong("\(self.prefix)HOSTS: \(error.problem)")
        }
    }

    private static func wrong(_ problem: String) -> InvalidSetting { InvalidSetting(problem: problem) }
}
#endif
