/// Decodes BASE64 that comes in pieces of any size.
struct Base64Decoder {
    private var bits: UInt32 = 0
    private var digits = 0
    private var padding = 0
    /// How many characters were read; all of them are ASCII.
    private var count = 0

    /// Decodes the next piece.
    ///
    /// - Parameters:
    ///   - piece: The next characters.
    ///   - bytes: Receives what they stand for at its end.
    /// - Throws: ``Base64/Malformed``.
    mutating func decode(_ piece: ArraySlice<UInt8>, into bytes: inout [UInt8]) throws(Base64.Malformed) {
        let end = piece.withUnsafeBufferPointer { self.decode($0, into: &bytes) }
        self.count += end
        guard end < piece.count else { return }
        throw self.malformed(at: piece[(piece.startIndex + end)...])
    }

    /// Decodes what is left at the end of the text.
    ///
    /// - Throws: ``Base64/Malformed`` if the text is cut off.
    mutating func finish(into bytes: inout [UInt8]) throws(Base64.Malformed) {
        let left = self.digits % 4
        guard left != 1, self.padding == 0 || left + self.padding == 4 else {
            throw Base64.Malformed(
                message: "the BASE64 is cut off after character \(self.count)",
                column: self.count + 1,
                character: nil
            )
        }
        if left == 2 { bytes.append(UInt8(truncatingIfNeeded: self.bits >> 4)) }
        if left == 3 {
            bytes.append(UInt8(truncatingIfNeeded: self.bits >> 10))
            bytes.append(UInt8(truncatingIfNeeded: self.bits >> 2))
        }
    }

    /// Decodes up to the first character that is not BASE64, and says where that is.
    private mutating func decode(_ piece: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) -> Int {
        for index in 0..<piece.count {
            let value = Self.values[Int(piece[index])]
            if value < 64 {
                guard self.padding == 0 else { return index }
                self.bits = self.bits << 6 | UInt32(value)
                self.digits += 1
                guard self.digits % 4 == 0 else { continue }
                bytes.append(UInt8(truncatingIfNeeded: self.bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: self.bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: self.bits))
            } else if piece[index] == UInt8(ascii: "=") {
                guard self.digits % 4 >= 2, self.digits % 4 + self.padding < 4 else { return index }
                self.padding += 1
            } else if value != Self.blank {
                return index
            }
        }
        return piece.count
    }

    private func malformed(at rest: ArraySlice<UInt8>) -> Base64.Malformed {
        let scalar = String(decoding: rest.prefix(4), as: UTF8.self).unicodeScalars.first
        // Half a character at the end of a piece is not worth waiting for.
        let isShown = scalar.map { scalar in
            scalar != "\u{FFFD}" && !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        return Base64.Malformed(
            message: "character \(self.count + 1) is not BASE64",
            column: self.count + 1,
            character: isShown == true ? scalar.map { String($0) } : nil
        )
    }

    private static let blank: UInt8 = 64
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        for character in " \t\r\n".utf8 { values[Int(character)] = Self.blank }
        return values
    }()
}
