/// A job's identity: a UUID, version 7 where this package makes it (RFC 9562 5.7).
///
/// Kept as one number, because a worker holds one for each of its jobs; written in lower case with hyphens.
public struct JobID: Sendable, Hashable, Comparable {
    /// The 128 bits, most significant first.
    public let rawValue: UInt128

    /// Wraps 128 bits that came from a store or a generator.
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// Orders by the bits, which for version 7 is the order of creation.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension JobID: LosslessStringConvertible {
    private static let groups = [8, 4, 4, 4, 12]

    /// Reads 8-4-4-4-12 hexadecimal digits of either case, or nothing else.
    public init?(_ description: String) {
        var bits: UInt128 = 0
        var digits = 0
        var hyphens = [8, 12, 16, 20][...]
        for character in description.utf8 {
            if hyphens.first == digits, character == UInt8(ascii: "-") {
                hyphens.removeFirst()
                continue
            }
            guard digits < 32, hyphens.first != digits, let digit = hexadecimalDigit(character) else { return nil }
            bits = bits << 4 | UInt128(digit)
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(rawValue: bits)
    }

    /// The UUID as RFC 9562 section 4 writes it.
    public var description: String {
        let digits = String(self.rawValue, radix: 16)
        let padded = String(repeating: "0", count: 32 - digits.count) + digits
        var rest = padded[...]
        return Self.groups.map { count in
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }.joined(separator: "-")
    }
}

private func hexadecimalDigit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
}
