#if HTTP
import DistributedCron

/// Reads the members of one object and notes everything that is wrong with them.
///
/// A member that is null counts as left out.
struct FieldReader {
    private let members: [JSONMember]
    private let pointer: String
    /// What is wrong, in the order in which it was found.
    var items: [Problem.Item] = []

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - members: Its members.
    ///   - pointer: Where the object is in the body (RFC 6901).
    init(_ members: [JSONMember], pointer: String) {
        self.members = members
        self.pointer = pointer
    }

    /// Notes members that are not known, with the name that was probably meant.
    mutating func refuseMembers(except known: [String], serverOwned: [String] = []) {
        for member in self.members where !known.contains(member.name) {
            if serverOwned.contains(member.name) {
                self.note(member.name, "\(member.name) is set by the server; leave it out")
            } else {
                let suggestion = nearest(to: member.name, among: known)
                let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
                self.note(
                    member.name,
                    "there is no member of the name \(member.name.quoted)\(hint)",
                    allowed: known.joined(separator: ", "),
                    suggestion: suggestion
                )
            }
        }
    }

    /// Notes that a member is missing, unless something else is noted of it.
    mutating func required<Value>(_ name: String, _ value: Value?) -> Value? {
        if value == nil, self.value(name) == nil { self.note(name, "\(name) is missing") }
        return value
    }

    /// A string, or nil if there is none.
    mutating func string(_ name: String) -> String? {
        guard let value = self.value(name) else { return nil }
        if let text = value.string { return text }
        self.noteType(name, value, "a string")
        return nil
    }

    /// A truth value, or nil if there is none.
    mutating func bool(_ name: String) -> Bool? {
        guard let value = self.value(name) else { return nil }
        if let bool = value.bool { return bool }
        self.noteType(name, value, "true or false")
        return nil
    }

    /// A whole number, or nil if there is none in the range.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = self.value(name) else { return nil }
        if let number = value.integer, range.contains(number) { return number }
        let allowed = "\(range.lowerBound)-\(range.upperBound)"
        self.note(
            name,
            "\(name) must be a whole number of \(allowed)",
            value: value.shown,
            allowed: allowed
        )
        return nil
    }

    /// One of a few words, or nil if there is none.
    mutating func choice<Choice>(_ name: String, _ type: Choice.Type) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let text = self.string(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        self.note(
            name,
            "\(name) must be one of \(words.joined(separator: ", "))",
            value: JSONValue.string(text).shown,
            allowed: words.joined(separator: ", "),
            suggestion: nearest(to: text, among: words)
        )
        return nil
    }

    /// The members of an object, or nil if there is none.
    mutating func object(_ name: String) -> [JSONMember]? {
        guard let value = self.value(name) else { return nil }
        if case .object(let members) = value { return members }
        self.noteType(name, value, "an object")
        return nil
    }

    private func value(_ name: String) -> JSONValue? {
        self.members.first { $0.name == name && $0.value != .null }?.value
    }

    private mutating func noteType(_ name: String, _ value: JSONValue, _ allowed: String) {
        self.note(name, "\(name) is \(value.kind); it must be \(allowed)", value: value.shown, allowed: allowed)
    }

    private mutating func note(
        _ name: String,
        _ message: String,
        value: String? = nil,
        allowed: String? = nil,
        suggestion: String? = nil
    ) {
        let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
        self.items.append(
            Problem.Item(
                pointer: "\(self.pointer)/\(escaped)",
                field: name,
                value: value,
                allowed: allowed,
                suggestion: suggestion,
                message: message
            )
        )
    }
}

extension JSONValue {
    /// The value as problem documents show it: short.
    fileprivate var shown: String {
        let text = self.string ?? self.text
        return text.count > 40 ? "\(text.prefix(39))…" : text
    }
}

extension String {
    /// The beginning of the text in quotes, so that it ends where it seems to.
    fileprivate var quoted: String { JSONValue.string(self.count > 40 ? "\(self.prefix(39))…" : self).text }
}
#endif
