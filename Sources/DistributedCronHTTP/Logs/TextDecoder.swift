/// Turns the bytes of a stream into text, without cutting a character that comes in two pieces.
struct TextDecoder {
    private var pending: [UInt8] = []

    /// How many bytes wait for the rest of their character.
    var pendingCount: Int { self.pending.count }

    /// The text of the next piece; what is not UTF-8 becomes U+FFFD.
    mutating func decode(_ piece: [UInt8]) -> String {
        let bytes = self.pending + piece
        let cut = Self.incompleteSuffix(of: bytes)
        self.pending = Array(bytes.suffix(cut))
        return String(decoding: bytes.dropLast(cut), as: UTF8.self)
    }

    /// The text of what is left when nothing follows.
    mutating func finish() -> String {
        defer { self.pending = [] }
        return String(decoding: self.pending, as: UTF8.self)
    }

    /// How many bytes at the end are the beginning of a character.
    private static func incompleteSuffix(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let byte = bytes[bytes.count - length]
            guard byte & 0xC0 != 0x80 else { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return needed > length ? length : 0
        }
        return 0
    }
}
