#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a server's environment and its configuration file say; where both say something, the environment counts.
///
/// The file is a JSON object. Each key has a variable that says the same: `database.passwordFile` is
/// `DISTCRON_DATABASE_PASSWORD_FILE`. Parts of a key may be objects: `{"database": {"tls": "off"}}`.
struct Settings {
    /// Everything that there is to say.
    static let keys = [
        "http.port", "store.kind", "store.directory", "retention.runs", "retention.jobs", "database.hosts",
        "database.name", "database.user", "database.passwordFile", "database.tls", "database.ca", "database.pool",
    ]
    /// The variable that names the file.
    static let fileVariable = "DISTCRON_CONFIG"
    /// Says all of the database at once, so nothing of it counts that stands in the file.
    private static let url = "DISTCRON_STORE_URL"
    /// Says the password, so a file with another does not count.
    private static let password = "DISTCRON_DATABASE_PASSWORD"

    /// A text, and what to call the place where it stands.
    struct Value: Equatable {
        let text: String
        let place: String
    }

    /// The variables, with what the file says in the place of those that are not set.
    let environment: [String: String]
    /// The keys that the file has set.
    private let fromFile: Set<String>
    private let file: String

    /// Reads the file, if one is named.
    ///
    /// - Parameters:
    ///   - file: Its path; nil for the one that the environment names, if it names one.
    ///   - environment: The variables of the process.
    /// - Throws: ``Failure`` if the file cannot be read, or says something that is not understood.
    init(file: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let environment = environment.filter { !$0.value.isEmpty }
        self.file = file.flatMap { $0.isEmpty ? nil : $0 } ?? environment[Self.fileVariable] ?? ""
        let said = self.file.isEmpty ? [:] : try Self.read(self.file)
        let counting = said.filter { key, _ in
            environment[Self.variable(of: key)] == nil
                && !(key.hasPrefix("database.") && environment[Self.url] != nil)
                && !(key == "database.passwordFile" && environment[Self.password] != nil)
        }
        self.fromFile = Set(counting.keys)
        self.environment = counting.reduce(into: environment) { $0[Self.variable(of: $1.key)] = $1.value }
    }

    /// What is said of a key, or nil.
    func value(of key: String) -> Value? {
        let variable = Self.variable(of: key)
        return self.environment[variable].map {
            Value(text: $0, place: self.fromFile.contains(key) ? "\(key) in \(self.file)" : variable)
        }
    }

    /// The variable that says the same as a key.
    static func variable(of key: String) -> String {
        let words = key.map { $0 == "." ? "_" : $0.isUppercase ? "_\($0)" : "\($0)" }
        return "DISTCRON_" + words.joined().uppercased()
    }

    private static func read(_ path: String) throws -> [String: String] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw Failure(.noInput, "the configuration \(path) cannot be read")
        }
        let node: Node
        do {
            node = try JSONDecoder().decode(Node.self, from: data)
        } catch {
            throw Failure(
                .configuration,
                "the configuration \(path) is not a JSON object of texts and whole numbers",
                help: #"{"store": {"kind": "mariadb"}, "database": {"hosts": "db1,db2"}, "retention": {"runs": "30d"}}"#
            )
        }
        var said: [String: String] = [:]
        try Self.flatten(node, below: "", into: &said, path)
        // As a variable that is empty counts as not set.
        return said.filter { !$0.value.isEmpty }
    }

    private static func flatten(
        _ node: Node,
        below prefix: String,
        into said: inout [String: String],
        _ path: String
    ) throws {
        switch node {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                try Self.flatten(member, below: prefix.isEmpty ? name : "\(prefix).\(name)", into: &said, path)
            }
        case .text(let text):
            guard Self.keys.contains(prefix) else {
                throw Failure(
                    .configuration,
                    "there is no key \(prefix.isEmpty ? "at all" : prefix) in the configuration \(path)",
                    help: Self.help(for: prefix)
                )
            }
            guard said.updateValue(text, forKey: prefix) == nil else {
                throw Failure(
                    .configuration,
                    "\(prefix) is twice in the configuration \(path)",
                    help: "leave one of them out"
                )
            }
        }
    }

    private static func help(for key: String) -> String {
        if key == "database.password" { return "name a file that only the server may read in database.passwordFile" }
        return "the keys are \(Self.keys.joined(separator: ", "))"
    }

    private enum Node: Decodable {
        case object([String: Node])
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .text("\(number)")
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .object(try container.decode([String: Node].self))
            }
        }
    }
}
