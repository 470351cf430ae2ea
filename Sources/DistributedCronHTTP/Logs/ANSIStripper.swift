/// Takes control sequences of terminals (ECMA-48) out of a text that comes in pieces: colours, cursor moves, titles.
package struct ANSIStripper {
    private enum State {
        case text
        /// After ESC.
        case escape
        /// After ESC and a byte that announces one more, such as a character set.
        case intermediate
        /// In a control sequence, `ESC [ … final`.
        case control
        /// In a string such as a window's title, up to BEL or `ESC \`.
        case string
        /// After ESC in a string.
        case stringEscape
    }

    private var state = State.text

    /// Begins with text.
    package init() {}

    /// The text of the next piece that a person would read.
    package mutating func strip(_ piece: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(piece.count)
        for byte in piece { self.take(byte, into: &text) }
        return text
    }

    private mutating func take(_ byte: UInt8, into text: inout [UInt8]) {
        switch self.state {
        case .text: if byte == 0x1B { self.state = .escape } else { text.append(byte) }
        case .escape: self.begin(byte)
        case .intermediate: if byte != 0x1B { self.state = .text } else { self.state = .escape }
        case .control:
            // Parameters and intermediates are 0x20 to 0x3F; a line end in a broken sequence is text again.
            if (0x40...0x7E).contains(byte) {
                self.state = .text
            } else if !(0x20...0x3F).contains(byte) {
                self.state = .text
                self.take(byte, into: &text)
            }
        case .string:
            if byte == 0x07 { self.state = .text } else if byte == 0x1B { self.state = .stringEscape }
        case .stringEscape: self.state = byte == UInt8(ascii: "\\") ? .text : .string
        }
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["): self.state = .control
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            self.state = .string
        case 0x20...0x2F: self.state = .intermediate
        case 0x1B: break
        default: self.state = .text
        }
    }
}
