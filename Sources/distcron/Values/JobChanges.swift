import DistributedCronHTTP
import DistributedCronProcess

/// Values of a job's fields: a new job's, or a merge patch (RFC 7396).
struct JobChanges {
    /// The fields in the order in which they were written.
    private(set) var json: JSONValue = [:]

    /// Whether nothing was written.
    var isEmpty: Bool { self.json == [:] }

    /// Writes a field.
    ///
    /// - Parameters:
    ///   - key: Such as `retry.max`.
    ///   - text: The value as people write it, or nil for nothing to be written.
    /// - Throws: ``Failure``.
    mutating func set(_ key: String, _ text: String?) throws(Failure) {
        guard let text else { return }
        let (field, path) = try JobField.named(key)
        self.set(path, try field.value(text))
    }

    /// Writes a value where it is already of the right kind.
    mutating func set(_ path: [String], _ value: JSONValue) {
        self.json = Self.setting(path[...], value, in: self.json)
    }

    /// Writes a field as `key=value`; nothing or `null` after the sign clears it.
    ///
    /// - Throws: ``Failure``.
    mutating func assign(_ assignment: String) throws(Failure) {
        let parts = Self.pair(assignment)
        guard let (key, text) = parts else {
            throw Failure(
                .usage,
                "\(Table.printable(assignment)) is not key=value",
                help: "such as timeout_s=15m, retry.max=3 or labels.team=billing"
            )
        }
        guard text.isEmpty || text == "null" else { return try self.set(key, text) }
        self.set(try JobField.named(key).path, .null)
    }

    /// Writes one of the texts of a field, from `key=value`.
    ///
    /// - Throws: ``Failure``.
    mutating func setTexts(_ name: String, _ pairs: [String]) throws(Failure) {
        for text in pairs {
            guard let (key, value) = Self.pair(text) else {
                throw Failure(.usage, "\(Table.printable(text)) is not key=value, which \(name) are made of")
            }
            self.set([name, key], .string(value))
        }
    }

    /// The two sides of the first `=`.
    private static func pair(_ text: String) -> (key: String, value: String)? {
        // Bytes and not characters: an accent after the sign would hide it.
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return (String(Substring(parts[0])), String(Substring(parts[1])))
    }

    private static func setting(_ path: ArraySlice<String>, _ value: JSONValue, in json: JSONValue) -> JSONValue {
        guard let name = path.first else { return value }
        var members: [JSONMember] = []
        if case .object(let own) = json { members = own }
        let index = members.firstIndex { $0.name == name }
        let changed = Self.setting(path.dropFirst(), value, in: index.map { members[$0].value } ?? .null)
        if let index { members[index].value = changed } else { members.append(JSONMember(name, changed)) }
        return .object(members)
    }
}
