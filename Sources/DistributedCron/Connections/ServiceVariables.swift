#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The environment variables by which a configuration names a service: one with a URL, or several with its parts.
///
/// A variable that is empty counts as not set.
package struct ServiceVariables: Sendable {
    /// What the variables with the parts begin with, such as `DISTCRON_DATABASE_`.
    package let prefix: String
    /// The variable with the URL.
    private let url: String
    private let parts: [String: String]

    /// What is said of a service.
    package enum Said: Sendable {
        case nothing
        case url(String)
        case parts(ServiceVariables)
    }

    /// Finds what an environment says of a service.
    ///
    /// - Parameters:
    ///   - environment: All variables.
    ///   - url: The name of the variable with the URL.
    ///   - prefix: What the names of the others begin with.
    ///   - known: What they end with.
    /// - Returns: What is said.
    /// - Throws: ``InvalidSetting`` if there is a variable that means nothing, or if both are set.
    package static func read(
        _ environment: [String: String],
        url: String,
        prefix: String,
        known: [String]
    ) throws(InvalidSetting) -> Said {
        let environment = environment.filter { !$0.value.isEmpty }
        let names = environment.keys.filter { $0.hasPrefix(prefix) && $0 != url }.sorted()
        if let unknown = names.first(where: { !known.contains(String($0.dropFirst(prefix.count))) }) {
            let all = known.map { prefix + $0 }
            throw InvalidSetting("there is no variable \(unknown); there are \(all.joined(separator: ", "))")
        }
        if let text = environment[url] {
            guard let name = names.first else { return .url(text) }
            throw InvalidSetting("\(url) and \(name) are both set; unset one of them")
        }
        guard !names.isEmpty else { return .nothing }
        let parts = names.map { (String($0.dropFirst(prefix.count)), environment[$0] ?? "") }
        return .parts(Self(prefix: prefix, url: url, parts: Dictionary(uniqueKeysWithValues: parts)))
    }

    private init(prefix: String, url: String, parts: [String: String]) {
        self.prefix = prefix
        self.url = url
        self.parts = parts
    }

    /// A part, or nil if it is not set.
    package subscript(_ name: String) -> String? { self.parts[name] }

    /// A part that there has to be.
    package func required(_ name: String) throws(InvalidSetting) -> String {
        guard let value = self.parts[name] else {
            throw InvalidSetting(
                "\(self.prefix)\(name) is missing; it goes with the others, or set \(self.url) instead"
            )
        }
        return value
    }

    /// The hosts, of the part `HOSTS`.
    package func hosts(port: Int) throws(InvalidSetting) -> [ServiceAddress] {
        do throws(InvalidSetting) {
            return try ServiceAddress.list(try self.required("HOSTS")[...], port: port)
        } catch {
            throw error.problem.hasPrefix(self.prefix) ? error : InvalidSetting("\(self.prefix)HOSTS: \(error.problem)")
        }
    }

    /// The password, of the part `PASSWORD` or the file that `PASSWORD_FILE` names; nil if neither is set.
    ///
    /// The end of the file's last line is not part of it.
    package func password() throws(InvalidSetting) -> String? {
        guard let file = self["PASSWORD_FILE"] else { return self["PASSWORD"] }
        guard self["PASSWORD"] == nil else {
            throw InvalidSetting(
                "\(self.prefix)PASSWORD and \(self.prefix)PASSWORD_FILE are both set; unset one of them"
            )
        }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw InvalidSetting("\(self.prefix)PASSWORD_FILE names \(file), which cannot be read")
        }
        return String(text.hasSuffix("\n") ? text.dropLast() : text[...])
    }
}
