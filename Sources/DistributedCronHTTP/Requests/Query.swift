#if HTTP
import DistributedCron
import Hummingbird

/// The parameters of a request's query, in their order.
///
/// They are written as HTML forms write them (WHATWG URL): with `%` and `+`.
struct Query {
    /// What an endpoint takes.
    struct Parameter: Sendable, Hashable, ExpressibleByStringLiteral {
        let name: String
        /// Whether it may be given more than once.
        var isRepeatable = false

        init(_ name: String, isRepeatable: Bool = false) {
            self.name = name
            self.isRepeatable = isRepeatable
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private let values: [(name: String, value: String)]

    /// Reads the query of a request.
    ///
    /// - Throws: A problem if it is not well formed, or has a parameter that is not known, or one twice.
    init(_ request: Request, known: [Parameter]) throws(Problem) {
        var values: [(name: String, value: String)] = []
        // Bytes and not characters, of which one may begin with a separator.
        for pair in (request.uri.query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]),
                let value = Self.decoded(parts.count == 2 ? parts[1] : ""[...].utf8)
            else {
                throw Problem(.invalidField, "the query is not encoded as UTF-8 with % before two hexadecimal digits")
            }
            guard let parameter = known.first(where: { $0.name == name }) else {
                throw Self.unknown(name, among: known)
            }
            guard parameter.isRepeatable || !values.contains(where: { $0.name == name }) else {
                throw Self.problem(name, value, "the parameter \(name) is given twice")
            }
            values.append((name, value))
        }
        self.values = values
    }

    /// A parameter's value, or nil if it is absent.
    subscript(_ name: String) -> String? { self.values.first { $0.name == name }?.value }

    /// All values of a parameter that may be given more than once.
    func all(_ name: String) -> [String] { self.values.filter { $0.name == name }.map(\.value) }

    /// A parameter that has to be understood, or nil if it is absent.
    ///
    /// - Throws: A problem that says what is allowed, if the value cannot be read.
    func value<Value>(_ name: String, _ allowed: String, _ read: (String) -> Value?) throws(Problem) -> Value? {
        guard let text = self[name] else { return nil }
        if let value = read(text) { return value }
        throw Self.problem(name, text, "the parameter \(name) must be \(allowed)", allowed: allowed)
    }

    /// A whole number in a range, or nil if it is absent.
    ///
    /// - Throws: A problem that names the range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        try self.value(name, "a whole number of \(range.lowerBound)-\(range.upperBound)") { text in
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
            return range.contains(number) ? number : nil
        }
    }

    /// A time, or nil if it is absent.
    ///
    /// The blank that an unescaped `+` of an offset was read as is made good.
    ///
    /// - Throws: A problem that shows the format.
    func instant(_ name: String) throws(Problem) -> Instant? {
        try self.value(name, "a time as 2026-11-22T22:00:00Z (RFC 3339)") { Instant($0.replacing(" ", with: "+")) }
    }

    /// Whether something is asked for with `1` or `true`; it is not if it is absent.
    ///
    /// - Throws: A problem for other words than `1`, `0`, `true` and `false`.
    func flag(_ name: String) throws(Problem) -> Bool {
        let words = ["1": true, "true": true, "0": false, "false": false]
        return try self.value(name, "one of 1, true, 0, false") { words[$0] } ?? false
    }

    /// One of a few words, or nil if it is absent.
    ///
    /// - Throws: A problem that lists the words.
    func choice<Choice>(_ name: String, _ type: Choice.Type) throws(Problem) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try self.value(name, "one of \(words)", Choice.init(rawValue:))
    }

    /// The same parameters again, for a link.
    ///
    /// - Parameter names: Those that are left out.
    /// - Returns: `&name=value` for each.
    func repeated(without names: [String]) -> String {
        self.values.filter { !names.contains($0.name) }.map { "&\($0.name)=\(Self.encoded($0.value))" }.joined()
    }

    /// A value as it can stand in a query.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte)
            if isPlain || "-._~".unicodeScalars.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += byte < 0x10 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
        return result
    }

    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let value = UInt8(String(Substring(digits)), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func unknown(_ name: String, among known: [Parameter]) -> Problem {
        let names = known.map(\.name)
        let suggestion = nearest(to: name, among: names)
        let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
        let short = name.count > 40 ? "\(name.prefix(39))…" : name
        return Problem(
            .invalidField,
            [
                Problem.Item(
                    field: short,
                    allowed: names.isEmpty ? nil : names.joined(separator: ", "),
                    suggestion: suggestion,
                    message: "there is no parameter \(JSONValue.string(short).text)\(hint)"
                )
            ]
        )
    }

    private static func problem(_ name: String, _ value: String, _ message: String, allowed: String? = nil) -> Problem {
        Problem(
            .invalidField,
            [Problem.Item(field: name, value: String(value.prefix(64)), allowed: allowed, message: message)]
        )
    }
}
#endif
