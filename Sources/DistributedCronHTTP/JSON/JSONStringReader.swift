/// Reads one JSON string, from its quote to the quote that ends it.
struct JSONStringReader {
    private let bytes: ArraySlice<UInt8>
    /// Where the reader is; after ``read()``, the first byte after the string.
    private(set) var offset: Int

    init(bytes: ArraySlice<UInt8>, quote: Int) {
        self.bytes = bytes
        self.offset = quote + 1
    }

    /// Reads the string.
    ///
    /// - Throws: ``JSONSyntaxError``.
    mutating func read() throws(JSONSyntaxError) -> String {
        var text = ""
        while true {
            let start = self.offset
            let end = self.endOfPlainText()
            guard let plain = String(validating: self.bytes[start..<end], as: UTF8.self) else {
                throw JSONSyntaxError("the string is not UTF-8", at: start, in: self.bytes)
            }
            self.offset = end
            guard end < self.bytes.endIndex else { throw self.error("the string does not end") }
            // A string without escapes, of which some are long, is not copied once more.
            if text.isEmpty { text = plain } else { text += plain }
            switch self.bytes[end] {
            case UInt8(ascii: "\""):
                self.offset = end + 1
                return text
            case UInt8(ascii: "\\"):
                self.offset = end + 1
                text.unicodeScalars.append(try self.escape())
            default: throw self.error("a control character must be escaped")
            }
        }
    }

    /// The next quote, escape or control character, or the end of the text.
    private func endOfPlainText() -> Int {
        self.bytes.withUnsafeBufferPointer { buffer in
            var index = self.offset - self.bytes.startIndex
            while index < buffer.count {
                let byte = buffer[index]
                if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
                index += 1
            }
            return index + self.bytes.startIndex
        }
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard self.offset < self.bytes.endIndex else { throw self.error("the string does not end") }
        let byte = self.bytes[self.offset]
        guard byte != UInt8(ascii: "u") else { return try self.unicodeEscape() }
        let escapes: [UInt8: Unicode.Scalar] = [
            0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
        ]
        guard let scalar = escapes[byte] else { throw self.error("there is no such escape") }
        self.offset += 1
        return scalar
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = self.offset
        let unit = try self.codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), self.bytes[self.offset...].first == UInt8(ascii: "\\") else {
            throw JSONSyntaxError("half a surrogate pair stands alone", at: start, in: self.bytes)
        }
        self.offset += 1
        let trail = try self.codeUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            throw JSONSyntaxError("half a surrogate pair stands alone", at: start, in: self.bytes)
        }
        return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
    }

    /// Reads `uXXXX`.
    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        let digits = self.bytes[self.offset...].dropFirst().prefix(4)
        guard self.bytes[self.offset...].first == UInt8(ascii: "u"), digits.count == 4,
            digits.allSatisfy({ UInt8(ascii: "+") != $0 && UInt8(ascii: "-") != $0 }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw self.error("four hexadecimal digits must follow \\u") }
        self.offset += 5
        return unit
    }

    private func error(_ message: String) -> JSONSyntaxError {
        JSONSyntaxError(message, at: self.offset, in: self.bytes)
    }
}
