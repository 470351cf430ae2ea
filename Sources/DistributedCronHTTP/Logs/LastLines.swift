/// Finds where the last lines of a text begin, which comes in pieces and need not be kept.
package struct LastLines {
    private let limit: Int
    /// Where the last lines begin, in a ring.
    private var starts: [Int]
    private var next = 0
    private var offset = 0
    private var isAtStart = true

    /// Looks for a number of lines, at least one.
    init(_ limit: Int) {
        self.limit = limit
        self.starts = []
    }

    /// Where the last lines begin.
    var start: Int {
        guard self.starts.count == self.limit else { return self.starts.first ?? 0 }
        return self.starts[self.next]
    }

    /// Reads the next piece.
    mutating func read(_ piece: [UInt8]) {
        for byte in piece {
            if self.isAtStart { self.note(self.offset) }
            self.isAtStart = byte == UInt8(ascii: "\n")
            self.offset += 1
        }
    }

    /// The last lines of a text that is in memory.
    package static func of(_ text: [UInt8], _ limit: Int) -> [UInt8] {
        var lines = Self(limit)
        lines.read(text)
        return Array(text[lines.start...])
    }

    private mutating func note(_ start: Int) {
        if self.starts.count < self.limit {
            self.starts.append(start)
        } else {
            self.starts[self.next] = start
            self.next = (self.next + 1) % self.limit
        }
    }
}
