/// What is known of one thing, a line each.
enum NamedLines {
    /// The lines, with the values below one another.
    static func text(_ lines: [(name: String, value: String)]) -> String {
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { line in
            let indentation = String(repeating: " ", count: width - line.name.count + 2)
            return "\(line.name)\(indentation)\(Table.printable(line.value))\n"
        }.joined()
    }
}
