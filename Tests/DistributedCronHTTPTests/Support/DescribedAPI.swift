/// The operations that a description in YAML names, read just closely enough to compare them with the router.
///
/// It relies on how that one file is laid out: paths are indented by two blanks, methods by four, items by eight.
struct DescribedAPI {
    /// What one method at one path takes.
    struct Operation: Hashable {
        let method: String
        let path: String
        let query: Set<String>
    }

    let operations: Set<Operation>
    /// The responses of each operation, by `METHOD path`.
    let statuses: [String: Set<String>]

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let shared = Self.sharedQueryParameters(lines)
        var operations: Set<Operation> = []
        var statuses: [String: Set<String>] = [:]
        var path = ""
        var method: String?
        var query: Set<String> = []
        func finish() {
            guard let method else { return }
            operations.insert(Operation(method: method, path: path, query: query))
        }
        for (index, line) in lines.enumerated() where Self.isInside("paths:", lines, index) {
            if line.hasPrefix("  /") {
                finish()
                (method, query) = (nil, [])
                path = String(line.dropFirst(2).dropLast())
            } else if let word = Self.key(line, indent: 4), word != "parameters" {
                finish()
                (method, query) = (word.uppercased(), [])
            } else if line.hasPrefix("        - $ref: \"#/components/parameters/") {
                let name = line.dropLast().split(separator: "/").last.map(String.init) ?? ""
                if let parameter = shared[name] { query.insert(parameter) }
            } else if line.hasPrefix("        - name: "), lines[index + 1] == "          in: query" {
                query.insert(String(line.dropFirst(16)))
            } else if let method, let status = Self.status(line) {
                statuses["\(method) \(path)", default: []].insert(status)
            }
        }
        finish()
        self.operations = operations
        self.statuses = statuses
    }

    /// The parameters of the query among the shared ones, by the names that they are referred to with.
    private static func sharedQueryParameters(_ lines: [String]) -> [String: String] {
        var names: [String: String] = [:]
        var key = ""
        var name = ""
        guard let start = lines.firstIndex(of: "  parameters:") else { return [:] }
        for line in lines[(start + 1)...] {
            if let word = Self.key(line, indent: 2), !word.isEmpty { break }
            if let word = Self.key(line, indent: 4) { key = word }
            if line.hasPrefix("      name: ") { name = String(line.dropFirst(12)) }
            if line == "      in: query" { names[key] = name }
        }
        return names
    }

    private static func isInside(_ section: String, _ lines: [String], _ index: Int) -> Bool {
        let heading = lines[...index].last { !$0.isEmpty && !$0.hasPrefix(" ") }
        return heading == section
    }

    /// The key of a line such as `    get:`.
    private static func key(_ line: String, indent: Int) -> String? {
        let blanks = line.prefix { $0 == " " }.count
        guard blanks == indent, line.hasSuffix(":") else { return nil }
        return String(line.dropFirst(indent).dropLast())
    }

    private static func status(_ line: String) -> String? {
        let isStatus = line.hasPrefix("        \"") && line.dropFirst(9).prefix(3).allSatisfy(\.isNumber)
        return isStatus ? String(line.dropFirst(9).prefix(3)) : line.hasPrefix("        default:") ? "default" : nil
    }
}
