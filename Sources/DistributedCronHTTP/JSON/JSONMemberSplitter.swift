/// Takes one string out of a JSON text that comes in pieces, so that a long one never has to be in memory.
///
/// The string is the value of a member of the outermost object. What is left, with an empty string in its place, is
/// parsed at the end; mistakes are still reported where they are in the whole text.
struct JSONMemberSplitter {
    private enum State {
        case start
        case beforeName
        case name(start: Int, isEscaped: Bool)
        case beforeColon(isWanted: Bool)
        case beforeValue(isWanted: Bool)
        case member
        case value(depth: Int)
        case valueString(depth: Int, isEscaped: Bool)
        case afterMember
        /// The object has ended, or the parser will find a mistake.
        case opaque
    }

    private let name: String
    private var state = State.start
    private var decoder = JSONStringDecoder()
    /// Where the string was taken out of the rest: right after its opening quote.
    private var gap: Int?
    /// The text without the string.
    private(set) var rest: [UInt8] = []

    /// Takes out the string that has a name.
    init(name: String) { self.name = name }

    /// Whether there is such a string; true from its first quote on.
    var isFound: Bool { self.gap != nil }
    /// Whether the string has begun and not ended.
    var isInside: Bool {
        if case .member = self.state { true } else { false }
    }

    /// Reads the next piece of the text.
    ///
    /// - Parameters:
    ///   - piece: The next bytes.
    ///   - text: Receives the decoded bytes of the string at its end.
    /// - Throws: ``JSONSyntaxError`` for a mistake in the string; other mistakes wait for ``parse()``.
    mutating func split(_ piece: ArraySlice<UInt8>, into text: inout [UInt8]) throws(JSONSyntaxError) {
        var index = piece.startIndex
        while index < piece.endIndex {
            if self.isInside {
                guard let end = try self.decode(piece[index...], into: &text) else { return }
                self.rest.append(UInt8(ascii: "\""))
                self.state = .afterMember
                index = end
                continue
            }
            if case .opaque = self.state { return self.rest.append(contentsOf: piece[index...]) }
            self.rest.append(piece[index])
            self.take(piece[index])
            index += 1
        }
    }

    /// Parses the text, which has come to its end.
    ///
    /// - Returns: The value, with an empty string in place of the one that was taken out.
    /// - Throws: ``JSONSyntaxError``.
    func parse() throws(JSONSyntaxError) -> JSONValue {
        if self.isInside { throw self.error(self.decoder.endsTooEarly) }
        do {
            return try JSONParser.parse(self.rest)
        } catch {
            guard let gap = self.gap else { throw error }
            let place = JSONSyntaxError("", at: gap, in: self.rest[...])
            guard error.line == place.line, error.column > place.column else { throw error }
            // A string has no line breaks, so what it moves is on its own line.
            throw JSONSyntaxError(error.message, line: error.line, column: error.column + self.decoder.scalars)
        }
    }

    private mutating func decode(
        _ piece: ArraySlice<UInt8>,
        into text: inout [UInt8]
    ) throws(JSONSyntaxError) -> Int? {
        do {
            return try self.decoder.decode(piece, into: &text)
        } catch {
            throw self.error(error)
        }
    }

    private func error(_ failure: JSONStringDecoder.Failure) -> JSONSyntaxError {
        let place = JSONSyntaxError("", at: self.gap ?? 0, in: self.rest[...])
        return JSONSyntaxError(failure.message, line: place.line, column: place.column + failure.scalars)
    }

    /// Follows the text just closely enough to know where its members are.
    private mutating func take(_ byte: UInt8) {
        let isBlank = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        switch self.state {
        case .start: if !isBlank { self.state = byte == UInt8(ascii: "{") ? .beforeName : .opaque }
        case .beforeName:
            guard !isBlank else { return }
            self.state = byte == UInt8(ascii: "\"") ? .name(start: self.rest.count, isEscaped: false) : .opaque
        case .name(let start, let isEscaped):
            guard !isEscaped, byte == UInt8(ascii: "\"") else {
                return self.state = .name(start: start, isEscaped: !isEscaped && byte == UInt8(ascii: "\\"))
            }
            self.state = .beforeColon(isWanted: self.isWanted(self.rest[start...]))
        case .beforeColon(let isWanted):
            guard !isBlank else { return }
            self.state = byte == UInt8(ascii: ":") ? .beforeValue(isWanted: isWanted) : .opaque
        case .beforeValue(let isWanted): if !isBlank { self.beginValue(byte, isWanted: isWanted) }
        case .value(let depth): self.followValue(byte, depth: depth)
        case .valueString(let depth, let isEscaped):
            guard !isEscaped, byte == UInt8(ascii: "\"") else {
                return self.state = .valueString(depth: depth, isEscaped: !isEscaped && byte == UInt8(ascii: "\\"))
            }
            self.state = .value(depth: depth)
        case .afterMember: if !isBlank { self.state = byte == UInt8(ascii: ",") ? .beforeName : .opaque }
        case .member, .opaque: break
        }
    }

    private mutating func beginValue(_ byte: UInt8, isWanted: Bool) {
        // A second member of the name is left to the parser, which refuses it.
        guard byte == UInt8(ascii: "\""), isWanted, self.gap == nil else {
            return self.followValue(byte, depth: 0)
        }
        self.gap = self.rest.count
        self.state = .member
    }

    private mutating func followValue(_ byte: UInt8, depth: Int) {
        switch byte {
        case UInt8(ascii: "\""): self.state = .valueString(depth: depth, isEscaped: false)
        case UInt8(ascii: "{"), UInt8(ascii: "["): self.state = .value(depth: depth + 1)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): self.state = depth == 0 ? .opaque : .value(depth: depth - 1)
        case UInt8(ascii: ","): self.state = depth == 0 ? .beforeName : .value(depth: depth)
        default: self.state = .value(depth: depth)
        }
    }

    /// Whether a name between quotes, the second of which is included, is the one that is looked for.
    private func isWanted(_ quoted: ArraySlice<UInt8>) -> Bool {
        var decoder = JSONStringDecoder()
        var text: [UInt8] = []
        guard (try? decoder.decode(quoted, into: &text)) != nil else { return false }
        return text.elementsEqual(self.name.utf8)
    }
}
