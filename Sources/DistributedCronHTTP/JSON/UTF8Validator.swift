/// Checks UTF-8 (RFC 3629) byte by byte, so that a text may come in pieces.
struct UTF8Validator {
    private var missing = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether the bytes so far are whole characters.
    var isComplete: Bool { self.missing == 0 }

    /// Takes the next byte.
    ///
    /// - Returns: Whether it may stand there: overlong forms, surrogates and what lies above U+10FFFF may not.
    mutating func accepts(_ byte: UInt8) -> Bool {
        guard self.missing == 0 else {
            guard self.allowed.contains(byte) else { return false }
            self.missing -= 1
            self.allowed = 0x80...0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: self.missing = 1
        case 0xE0: (self.missing, self.allowed) = (2, 0xA0...0xBF)
        case 0xED: (self.missing, self.allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: self.missing = 2
        case 0xF0: (self.missing, self.allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: self.missing = 3
        case 0xF4: (self.missing, self.allowed) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }
}
