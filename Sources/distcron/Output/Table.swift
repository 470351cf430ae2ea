import DistributedCronProcess

/// Rows in aligned columns.
struct Table {
    private let header: [String]
    /// The columns that give way where the terminal is narrow, the first one first.
    private let flexible: [Int]
    private let colour: (_ column: Int, _ cell: String) -> Colour?
    private var rows: [[String]] = []

    private static let gap = 2
    /// What is left of a column that gives way.
    private static let narrowest = 8

    /// Begins a table.
    ///
    /// - Parameters:
    ///   - header: The titles of the columns.
    ///   - flexible: The indices of the columns that give way where the terminal is narrow, the first one first.
    ///   - colour: The colour of a cell.
    init(
        _ header: [String],
        flexible: [Int],
        colour: @escaping (_ column: Int, _ cell: String) -> Colour? = { _, _ in nil }
    ) {
        self.header = header
        self.flexible = flexible
        self.colour = colour
    }

    /// Adds a row with as many cells as the header has.
    mutating func add(_ row: [String]) { self.rows.append(row.map(Self.printable)) }

    /// The lines, the last column without blanks at its end.
    ///
    /// - Parameter terminal: What the lines have to fit, or nil for as many columns as it takes, and no colours.
    /// - Returns: The header and the rows.
    func text(on terminal: Terminal?) -> String {
        let all = [self.header] + self.rows
        var widths = self.header.indices.map { column in all.map { $0[column].columns }.max() ?? 0 }
        if let terminal {
            var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - terminal.columns
            for column in self.flexible where excess > 0 {
                let cut = min(excess, max(0, widths[column] - max(Self.narrowest, self.header[column].columns)))
                widths[column] -= cut
                excess -= cut
            }
        }
        return all.enumerated().map { index, cells in
            self.line(cells, widths: widths, isHeader: index == 0, on: terminal)
        }.joined()
    }

    private func line(_ cells: [String], widths: [Int], isHeader: Bool, on terminal: Terminal?) -> String {
        var line = ""
        var blanks = 0
        for (column, (cell, width)) in zip(cells, widths).enumerated() {
            let shown = Self.shorten(cell, to: width)
            let colour = isHeader ? nil : self.colour(column, cell)
            if !shown.isEmpty {
                line += String(repeating: " ", count: blanks) + (colour?.paint(shown, on: terminal) ?? shown)
                blanks = 0
            }
            blanks += width - shown.columns + Self.gap
        }
        return line + "\n"
    }

    /// Takes characters out of the middle, where names differ least.
    static func shorten(_ text: String, to width: Int) -> String {
        guard text.columns > width else { return text }
        let end = String(text.reversed()).beginning(columns: max(0, width - width / 2 - 1)).reversed()
        return text.beginning(columns: width / 2) + "…" + String(end)
    }

    /// The text without what would break a line or move the cursor.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : $0 })
        )
    }
}
