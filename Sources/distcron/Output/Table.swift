/// Rows in aligned columns.
struct Table {
    private let header: [String]
    /// The column that gives way where the terminal is narrow.
    private let flexible: Int
    private var rows: [[String]] = []

    /// Begins a table.
    ///
    /// - Parameters:
    ///   - header: The titles of the columns.
    ///   - flexible: The index of the column that gives way where the terminal is narrow.
    init(_ header: [String], flexible: Int) {
        self.header = header
        self.flexible = flexible
    }

    /// Adds a row with as many cells as the header has.
    mutating func add(_ row: [String]) { self.rows.append(row.map(Self.printable)) }

    /// The lines, the last column without blanks at its end.
    ///
    /// - Parameter width: The most columns of a line, or nil for as many as it takes.
    /// - Returns: The header and the rows.
    func text(width: Int?) -> String {
        let all = [self.header] + self.rows
        var widths = self.header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        if let width {
            let excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
            if excess > 0 { widths[self.flexible] = max(8, widths[self.flexible] - excess) }
        }
        return all.map { self.line($0, widths: widths) }.joined()
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            let shown = Self.shorten(cell, to: width)
            line += shown + String(repeating: " ", count: width - shown.count + 2)
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }

    /// Takes characters out of the middle, where names differ least.
    static func shorten(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        let head = width / 2
        return text.prefix(head) + "…" + text.suffix(width - head - 1)
    }

    /// The text without what would break a line or move the cursor.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : $0 })
        )
    }
}
