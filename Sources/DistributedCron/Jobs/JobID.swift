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
    /// The digits that a hyphen precedes.
    private static let hyphens = [8, 12, 16, 20]

    /// Reads 8-4-4-4-12 hexadecimal digits of either case, or nothing else.
    public init?(_ description: String) {
        var bits: UInt128 = 0
        var digits = 0
        var hyphens = Self.hyphens[...]
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
        // Digit by digit, because names of tasks and runs are made of these, thousands in a second.
        String(unsafeUninitializedCapacity: 36) { text in
            var length = 0
            for digit in 0..<32 {
                if Self.hyphens.contains(digit) {
                    text.initializeElement(at: length, to: UInt8(ascii: "-"))
                    length += 1
                }
                let bits = UInt8(truncatingIfNeeded: self.rawValue >> (124 - 4 * digit)) & 0xF
                text.initializeElement(
                    at: length,
                    to: bits < 10 ? UInt8(ascii: "0") + bits : UInt8(ascii: "a") + bits - 10
                )
                length += 1
            }
            return length
        }
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
