/// BASE64 (RFC 4648) as people send it: either alphabet, with or without padding, in lines or in one.
package enum Base64 {
    /// Why a text is not BASE64.
    package struct Malformed: Error, Sendable, Hashable {
        /// What is wrong.
        package let message: String
        /// Where, in Unicode scalars from 1.
        package let column: Int
        /// The character there, if there is one to blame.
        package let character: String?
    }

    /// Decodes the standard and the URL-safe alphabet, without the blanks between characters.
    ///
    /// - Parameter text: The encoded bytes.
    /// - Returns: The bytes.
    /// - Throws: ``Malformed``.
    package static func decode(_ text: String) throws(Malformed) -> [UInt8] {
        var text = text
        var decoder = Decoder()
        let failure = text.withUTF8 { utf8 in decoder.decode(utf8) }
        if let failure { throw Self.malformed(failure, in: text) }
        return decoder.bytes
    }

    private static func malformed(_ failure: Decoder.Failure, in text: String) -> Malformed {
        switch failure {
        case .character(let offset):
            let index = text.utf8.index(text.startIndex, offsetBy: offset)
            let column = text.unicodeScalars.distance(from: text.startIndex, to: index) + 1
            let scalar = text.unicodeScalars[index]
            let isShown = !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
            return Malformed(
                message: "character \(column) is not BASE64",
                column: column,
                character: isShown ? String(scalar) : nil
            )
        case .length:
            let count = text.unicodeScalars.count
            return Malformed(
                message: "the BASE64 is cut off after character \(count)",
                column: count + 1,
                character: nil
            )
        }
    }

    private struct Decoder {
        enum Failure {
            case character(at: Int)
            case length
        }
        private(set) var bytes: [UInt8] = []

        mutating func decode(_ text: UnsafeBufferPointer<UInt8>) -> Failure? {
            self.bytes.reserveCapacity(text.count / 4 * 3 + 3)
            var bits: UInt32 = 0
            var digits = 0
            var padding = 0
            for index in 0..<text.count {
                let value = Self.values[Int(text[index])]
                if value < 64 {
                    guard padding == 0 else { return .character(at: index) }
                    bits = bits << 6 | UInt32(value)
                    digits += 1
                    guard digits % 4 == 0 else { continue }
                    self.bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                    self.bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                    self.bytes.append(UInt8(truncatingIfNeeded: bits))
                } else if text[index] == UInt8(ascii: "=") {
                    padding += 1
                    guard digits % 4 + padding <= 4, digits % 4 >= 2 else { return .character(at: index) }
                } else if value != Self.blank {
                    return .character(at: index)
                }
            }
            return self.finish(bits, digits: digits % 4, padding: padding)
        }

        private mutating func finish(_ bits: UInt32, digits: Int, padding: Int) -> Failure? {
            if padding > 0, digits + padding != 4 { return .length }
            switch digits {
            case 0: return nil
            case 2: self.bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
            case 3:
                self.bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
                self.bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
            default: return .length
            }
            return nil
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
}
