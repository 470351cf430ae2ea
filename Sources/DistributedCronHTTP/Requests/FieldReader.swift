#if HTTP
import DistributedCron

/// Reads the members of one object and notes everything that is wrong with them.
///
/// A member that is null counts as left out.
struct FieldReader {
    private let members: [JSONMember]
    private let pointer: String
    private let isLenient: Bool
    /// What is wrong, in the order in which it was found.
    var items: [Problem.Item] = []
    /// Members that count as left out, because the client said so.
    var ignored: [String] = []

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - members: Its members.
    ///   - pointer: Where the object is in the body (RFC 6901).
    ///   - isLenient: Whether members that cannot be set are ignored instead of refused.
    init(_ members: [JSONMember], pointer: String = "", isLenient: Bool = false) {
        self.members = members
        self.pointer = pointer
        self.isLenient = isLenient
    }

    /// Reads an object that is a member, or nothing if there is none.
    mutating func nested<Value>(_ name: String, _ read: (inout FieldReader) -> Value) -> Value? {
        guard let members = self.object(name) else { return nil }
        var fields = FieldReader(members, pointer: "\(self.pointer)/\(name)", isLenient: self.isLenient)
        let value = read(&fields)
        self.items += fields.items
        self.ignored += fields.ignored
        return value
    }

    /// Notes members that are not known, with the name that was probably meant.
    mutating func refuseMembers(except known: [String], serverOwned: [String] = []) {
        for member in self.members where !known.contains(member.name) {
            if self.isLenient {
                self.ignored.append("\(self.pointer)/\(member.name)")
            } else if serverOwned.contains(member.name) {
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

    /// A number, or nil if there is none in the range.
    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = self.value(name) else { return nil }
        if case .number(let text) = value, let number = Double(text), range.contains(number) { return number }
        let allowed = "\(range.lowerBound)-\(range.upperBound)"
        self.note(name, "\(name) must be a number of \(allowed)", value: value.shown, allowed: allowed)
        return nil
    }

    /// A moment to the second, or nil if there is none.
    mutating func instant(_ name: String) -> Instant? {
        guard let text = self.string(name) else { return nil }
        if let instant = Instant(text) { return instant }
        let allowed = "a time as 2026-11-22T22:00:00Z (RFC 3339)"
        self.note(name, "\(name) must be \(allowed)", value: JSONValue.string(text).shown, allowed: allowed)
        return nil
    }

    /// An object whose members are strings, or nil if there is none.
    mutating func strings(_ name: String) -> [String: String]? {
        guard let members = self.object(name) else { return nil }
        var strings: [String: String] = [:]
        for member in members {
            if let text = member.value.string {
                strings[member.name] = text
            } else if member.value != .null {
                let key = JSONValue.string(member.name).shown
                self.noteType(name, member.value, "a string for each name", of: "\(name) has \(key), which")
            }
        }
        return strings
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

    private mutating func noteType(_ name: String, _ value: JSONValue, _ allowed: String, of subject: String? = nil) {
        self.note(
            name,
            "\(subject ?? name) is \(value.kind); it must be \(allowed)",
            value: value.shown,
            allowed: allowed
        )
    }

    /// Notes what is wrong with a member.
    mutating func note(
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
