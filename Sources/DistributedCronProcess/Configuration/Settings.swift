#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a program's flags, its environment and its configuration file say; where several say something, the first of these
/// counts.
///
/// The file is a JSON object. Each key has a variable that says the same: `database.passwordFile` is
/// `DISTCRON_DATABASE_PASSWORD_FILE`. Parts of a key may be objects: `{"database": {"tls": "off"}}`.
package struct Settings: Sendable {
    /// The variable that names the file.
    package static let fileVariable = "DISTCRON_CONFIG"

    /// Variables that say all of a service at once, so that nothing of it counts that stands in the file.
    private static let wholes = ["database.": "DISTCRON_STORE_URL", "zookeeper.": "DISTCRON_ZOOKEEPER_URL"]
    /// Variables that say a password, so a file with another does not count.
    private static let passwords = [
        "database.passwordFile": "DISTCRON_DATABASE_PASSWORD", "zookeeper.passwordFile": "DISTCRON_ZOOKEEPER_PASSWORD",
    ]

    /// A text, and what to call the place where it stands.
    package struct Value: Sendable, Equatable {
        package let text: String
        package let place: String

        package init(text: String, place: String) {
            self.text = text
            self.place = place
        }
    }

    /// The variables, with what flags say instead of them, and what the file says in the place of those that are not set.
    package let environment: [String: String]
    /// What flags and the file have set, by their keys, and where that stands.
    private let places: [String: String]

    /// Reads the file, if one is named.
    ///
    /// - Parameters:
    ///   - file: Its path; nil for the one that the environment names, if it names one.
    ///   - flags: What flags say, by the keys of a file.
    ///   - environment: The variables of the process.
    /// - Throws: ``Failure`` if the file cannot be read, or something is said that is not understood.
    package init(
        file: String?,
        flags: [String: String] = [:],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        var environment = environment.filter { !$0.value.isEmpty }
        let file = file.flatMap { $0.isEmpty ? nil : $0 } ?? environment[Self.fileVariable] ?? ""
        var places: [String: String] = [:]
        for (key, text) in flags.sorted(by: { $0.key < $1.key }) {
            let setting = try Self.setting(key, in: "--set")
            for (prefix, whole) in Self.wholes where key.hasPrefix(prefix) { environment[whole] = nil }
            if let password = Self.passwords[key] { environment[password] = nil }
            environment[setting.variable] = text.isEmpty ? nil : text
            places[key] = "--set \(key)"
        }
        let said = file.isEmpty ? [:] : try Self.read(file)
        for (key, text) in said {
            let setting = try Self.setting(key, in: "the configuration \(file)")
            let isSaid =
                environment[setting.variable] != nil || places[key] != nil
                || Self.wholes.contains { key.hasPrefix($0.key) && environment[$0.value] != nil }
                || Self.passwords[key].map { environment[$0] != nil } ?? false
            guard !isSaid else { continue }
            environment[setting.variable] = text
            places[key] = "\(key) in \(file)"
        }
        self.environment = environment
        self.places = places
    }

    /// What is said of a setting, or nil.
    package func value(of setting: Setting) -> Value? {
        self.environment[setting.variable].map { Value(text: $0, place: self.places[setting.key] ?? setting.variable) }
    }

    /// Reads a setting.
    ///
    /// - Parameters:
    ///   - setting: Which.
    ///   - wanted: What it has to be, in words.
    ///   - parse: Makes a value of a text, or nil if it is none.
    /// - Returns: The value, or nil if nothing is said.
    /// - Throws: ``Failure`` if the text is not what is wanted.
    package func read<Value>(_ setting: Setting, _ wanted: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let said = self.value(of: setting) else { return nil }
        guard let value = parse(said.text) else {
            // Without the text itself, which may be a URL with a password.
            throw Failure(.configuration, "\(said.place) must be \(wanted)")
        }
        return value
    }

    /// A sentence with the names of variables, which says where else the thing stands that was not a variable.
    package func placing(_ sentence: String) -> String {
        // The longest first: one variable's name begins with another's.
        let settings = Setting.all.sorted { $0.variable.count > $1.variable.count }
        return settings.reduce(sentence) { text, setting in
            guard let place = self.places[setting.key] else { return text }
            return text.replacing(setting.variable, with: place)
        }
    }

    /// What the environment says, without any file.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.places = [:]
    }

    // MARK: Reading a file

    private static func setting(_ key: String, in place: String) throws -> Setting {
        guard let setting = Setting(key: key) else {
            throw Failure(
                .configuration,
                "there is no key \(key.isEmpty ? "at all" : key) in \(place)",
                help: Self.help(for: key)
            )
        }
        return setting
    }

    private static func help(for key: String) -> String {
        if key == "database.password" || key == "zookeeper.password" {
            return "name a file that only the server may read in \(key)File"
        }
        return "the keys are \(Setting.all.map(\.key).joined(separator: ", "))"
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
            // One without members names no key that could be wrong.
            if !prefix.isEmpty, !Setting.all.contains(where: { $0.key.hasPrefix("\(prefix).") }) {
                _ = try Self.setting(prefix, in: "the configuration \(path)")
            }
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                try Self.flatten(member, below: prefix.isEmpty ? name : "\(prefix).\(name)", into: &said, path)
            }
        case .text(let text):
            _ = try Self.setting(prefix, in: "the configuration \(path)")
            guard said.updateValue(text, forKey: prefix) == nil else {
                throw Failure(
                    .configuration,
                    "\(prefix) is twice in the configuration \(path)",
                    help: "leave one of them out"
                )
            }
        }
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
