/// A strict parser for JSON (RFC 8259) that says where a text is wrong.
///
/// Beyond the grammar it refuses what would be read differently elsewhere: members of the same name, text that is not
/// UTF-8, half surrogate pairs, and depths at which other parsers give up.
package struct JSONParser {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int
    private var depth = 0
    private let maximumDepth: Int

    /// Parses one value with nothing but blanks around it.
    ///
    /// - Parameters:
    ///   - bytes: The text in UTF-8.
    ///   - maximumDepth: How deep arrays and objects may be nested.
    /// - Returns: The value.
    /// - Throws: ``JSONSyntaxError``.
    package static func parse(_ bytes: ArraySlice<UInt8>, maximumDepth: Int = 16) throws(JSONSyntaxError) -> JSONValue {
        var parser = Self(bytes: bytes, offset: bytes.startIndex, maximumDepth: maximumDepth)
        parser.skipBlanks()
        let value = try parser.value()
        parser.skipBlanks()
        if let byte = parser.next { throw parser.unexpected(byte, instead: "the end") }
        return value
    }

    /// Parses one value with nothing but blanks around it.
    ///
    /// - Throws: ``JSONSyntaxError``.
    package static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue { try Self.parse(bytes[...]) }

    private var next: UInt8? { self.offset < self.bytes.endIndex ? self.bytes[self.offset] : nil }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        guard let byte = self.next else { throw self.error("the text ends where a value should begin") }
        switch byte {
        case UInt8(ascii: "{"): return try self.nested { (parser) throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try self.nested { (parser) throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try self.number())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: throw self.unexpected(byte, instead: "a value")
        }
    }

    private mutating func nested(
        _ read: (inout Self) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard self.depth < self.maximumDepth else {
            throw self.error("the value is nested more than \(self.maximumDepth) deep")
        }
        self.depth += 1
        self.offset += 1
        let value = try read(&self)
        self.depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONMember] = []
        var names: Set<String> = []
        self.skipBlanks()
        if self.take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            self.skipBlanks()
            let start = self.offset
            guard self.next == UInt8(ascii: "\"") else { throw self.unexpectedOrEnd(instead: "a name in quotes") }
            let name = try self.string()
            guard names.insert(name).inserted else {
                throw JSONSyntaxError("the object has two members of this name", at: start, in: self.bytes)
            }
            self.skipBlanks()
            guard self.take(UInt8(ascii: ":")) else { throw self.unexpectedOrEnd(instead: "a colon") }
            self.skipBlanks()
            members.append(JSONMember(name, try self.value()))
            self.skipBlanks()
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "}")) else { throw self.unexpectedOrEnd(instead: "a comma or }") }
        return .object(members)
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        self.skipBlanks()
        if self.take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            self.skipBlanks()
            elements.append(try self.value())
            self.skipBlanks()
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "]")) else { throw self.unexpectedOrEnd(instead: "a comma or ]") }
        return .array(elements)
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = self.offset
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { try self.digits() }
        if self.take(UInt8(ascii: ".")) { try self.digits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            try self.digits()
        }
        if let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            throw self.error("a number must not begin with 0")
        }
        return String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = self.offset
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.offset += 1 }
        guard self.offset > start else { throw self.unexpectedOrEnd(instead: "a digit") }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard self.bytes[self.offset...].starts(with: word.utf8) else {
            throw self.error("there is a word that is none of true, false and null")
        }
        self.offset += word.utf8.count
        return value
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = self.offset + 1
        var decoder = JSONStringDecoder()
        var text: [UInt8] = []
        do throws(JSONStringDecoder.Failure) {
            guard let end = try decoder.decode(self.bytes[start...], into: &text) else { throw decoder.endsTooEarly }
            self.offset = end
        } catch {
            throw JSONSyntaxError(error.message, at: start + error.offset, in: self.bytes)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.offset += 1
        return true
    }

    private func error(_ message: String) -> JSONSyntaxError {
        JSONSyntaxError(message, at: self.offset, in: self.bytes)
    }

    private func unexpectedOrEnd(instead: String) -> JSONSyntaxError {
        guard let byte = self.next else { return self.error("the text ends where \(instead) should be") }
        return self.unexpected(byte, instead: instead)
    }

    private func unexpected(_ byte: UInt8, instead: String) -> JSONSyntaxError {
        let isShown = (0x21...0x7E).contains(byte)
        let found = isShown ? "there is \(Unicode.Scalar(byte)) where" : "there is another character where"
        return self.error("\(found) \(instead) should be")
    }
}
