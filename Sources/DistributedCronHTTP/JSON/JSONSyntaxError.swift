/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without the place.
    package let message: String
    /// The line, from 1.
    package let line: Int
    /// The column in Unicode scalars, from 1.
    package let column: Int

    /// Turns a position in bytes into one for people.
    init(_ message: String, at offset: Int, in bytes: ArraySlice<UInt8>) {
        let before = bytes[bytes.startIndex..<max(bytes.startIndex, min(offset, bytes.endIndex))]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
        self.message = message
        self.line = before.count { $0 == UInt8(ascii: "\n") } + 1
        self.column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    }

    /// Describes a mistake at a known place.
    init(_ message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    /// The message with the place.
    package var description: String { "line \(self.line), column \(self.column): \(self.message)" }
}
