/// The query of a path.
struct QueryText: CustomStringConvertible {
    private var parameters: [(name: String, value: String)] = []

    /// Begins with nothing.
    init() {}

    /// Begins with parameters, of which those that are nil are left out.
    init(_ parameters: KeyValuePairs<String, String?>) {
        for (name, value) in parameters { self.add(name, value) }
    }

    /// Adds a parameter, unless it is nil.
    mutating func add(_ name: String, _ value: String?) {
        if let value { self.parameters.append((name, value)) }
    }

    /// The query with its question mark, or nothing if there are no parameters.
    var description: String {
        let pairs = self.parameters.map { "\($0.name)=\(Self.encoded($0.value))" }
        return pairs.isEmpty ? "" : "?\(pairs.joined(separator: "&"))"
    }

    /// A value with everything escaped that RFC 3986 does not call unreserved.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                bytes += "%\(byte < 0x10 ? "0" : "")\(digits)".utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
