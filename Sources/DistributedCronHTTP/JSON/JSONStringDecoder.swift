/// Decodes what stands between the quotes of a JSON string, in pieces of any size.
struct JSONStringDecoder {
    /// Why a string is not one.
    struct Failure: Error, Hashable {
        /// What is wrong.
        let message: String
        /// Where, in bytes after the quote.
        let offset: Int
        /// Where, in Unicode scalars after the quote.
        let scalars: Int
    }

    private enum State {
        case text
        /// After a backslash.
        case escape
        /// After `\u`, with the digits that have come.
        case unit(UInt16, digits: Int, lead: UInt16?)
        /// After half a surrogate pair.
        case trail(lead: UInt16)
        /// After half a surrogate pair and a backslash.
        case trailEscape(lead: UInt16)
    }

    private var state = State.text
    private var validator = UTF8Validator()
    /// Where the last escape's letter was, which is where its mistakes are reported.
    private var escape = (offset: 0, scalars: 0)
    /// How many bytes were read.
    private(set) var offset = 0
    /// How many Unicode scalars were read.
    private(set) var scalars = 0

    /// Decodes the next piece.
    ///
    /// - Parameters:
    ///   - piece: The next bytes after the quote or after the piece before.
    ///   - text: Receives the decoded bytes at its end: UTF-8, except that the last character may be cut off until the
    ///     next piece.
    /// - Returns: Where the bytes after the closing quote begin, or nil if the string goes on.
    /// - Throws: ``Failure``.
    mutating func decode(_ piece: ArraySlice<UInt8>, into text: inout [UInt8]) throws(Failure) -> Int? {
        var index = piece.startIndex
        while index < piece.endIndex {
            if case .text = self.state, self.validator.isComplete {
                let end = Self.endOfPlainText(piece, from: index)
                text.append(contentsOf: piece[index..<end])
                self.offset += end - index
                self.scalars += end - index
                index = end
                guard index < piece.endIndex else { return nil }
                if piece[index] == UInt8(ascii: "\"") { return index + 1 }
            }
            try self.take(piece[index], into: &text)
            self.offset += 1
            if piece[index] & 0xC0 != 0x80 { self.scalars += 1 }
            index += 1
        }
        return nil
    }

    /// What to report when nothing follows though the string has not ended.
    var endsTooEarly: Failure { self.failure("the string does not end") }

    private mutating func take(_ byte: UInt8, into text: inout [UInt8]) throws(Failure) {
        switch self.state {
        case .text: try self.takePlain(byte, into: &text)
        case .escape: try self.takeEscape(byte, into: &text)
        case .unit(let unit, let digits, let lead):
            guard let digit = byte.hexadecimalDigit else {
                throw self.escapeFailure("four hexadecimal digits must follow \\u")
            }
            let longer = unit << 4 | UInt16(digit)
            guard digits == 3 else { return self.state = .unit(longer, digits: digits + 1, lead: lead) }
            try self.takeUnit(longer, lead: lead, into: &text)
        case .trail(let lead):
            guard byte == UInt8(ascii: "\\") else { throw self.halfPair }
            self.state = .trailEscape(lead: lead)
        case .trailEscape(let lead):
            guard byte == UInt8(ascii: "u") else { throw self.halfPair }
            self.state = .unit(0, digits: 0, lead: lead)
        }
    }

    private mutating func takePlain(_ byte: UInt8, into text: inout [UInt8]) throws(Failure) {
        guard self.validator.accepts(byte) else { throw self.failure("the string is not UTF-8") }
        guard byte >= 0x20 else { throw self.failure("a control character must be escaped") }
        if byte == UInt8(ascii: "\\") { self.state = .escape } else { text.append(byte) }
    }

    private mutating func takeEscape(_ byte: UInt8, into text: inout [UInt8]) throws(Failure) {
        self.state = .text
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            self.escape = (self.offset, self.scalars)
            self.state = .unit(0, digits: 0, lead: nil)
        default: throw self.failure("there is no such escape")
        }
    }

    private mutating func takeUnit(_ unit: UInt16, lead: UInt16?, into text: inout [UInt8]) throws(Failure) {
        if let lead {
            guard UTF16.isTrailSurrogate(unit) else { throw self.halfPair }
            text.append(contentsOf: String(UTF16.decode(UTF16.EncodedScalar([lead, unit]))).utf8)
            self.state = .text
        } else if let scalar = Unicode.Scalar(unit) {
            text.append(contentsOf: String(scalar).utf8)
            self.state = .text
        } else {
            guard UTF16.isLeadSurrogate(unit) else { throw self.halfPair }
            self.state = .trail(lead: unit)
        }
    }

    private var halfPair: Failure { self.escapeFailure("half a surrogate pair stands alone") }

    private func escapeFailure(_ message: String) -> Failure {
        Failure(message: message, offset: self.escape.offset, scalars: self.escape.scalars)
    }

    private func failure(_ message: String) -> Failure {
        Failure(message: message, offset: self.offset, scalars: self.scalars)
    }

    /// The next quote, backslash, control character or byte outside ASCII, or the end of the piece.
    private static func endOfPlainText(_ piece: ArraySlice<UInt8>, from start: Int) -> Int {
        piece.withUnsafeBufferPointer { buffer in
            var index = start - piece.startIndex
            while index < buffer.count {
                let byte = buffer[index]
                if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { break }
                index += 1
            }
            return index + piece.startIndex
        }
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit of either case.
    fileprivate var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
