import ArgumentParser
import DistributedCronHTTP
import DistributedCronProcess

/// How a list is printed.
struct ListOptions: ParsableArguments {
    /// The forms of a list.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// Aligned columns that fit the terminal.
        case table
        /// More columns, however wide the terminal is.
        case wide
        /// An array of the API's own JSON.
        case json
        /// The same, one element a line.
        case jsonl
        /// One name or identity a line.
        case name
    }

    @Option(name: .shortAndLong, help: "How to print the list: table, wide, json (the API's own), jsonl or name.")
    var output = Format.table

    /// Prints a list; in the forms for programs, page by page.
    ///
    /// - Parameters:
    ///   - pages: The elements.
    ///   - table: A table of the elements.
    /// - Returns: How many there were.
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    func print(
        _ pages: some AsyncSequence<[JSONValue], any Error>,
        table: ([JSONValue]) -> Table
    ) async throws -> Int {
        var count = 0
        var all: [JSONValue] = []
        for try await page in pages {
            switch self.output {
            case .table, .wide: all += page
            case .jsonl: try StandardOutput.write(page.flatMap(\.line))
            case .name: try StandardOutput.write(page.map { "\($0.jobName)\n" }.joined())
            case .json:
                for (index, element) in page.enumerated() {
                    try StandardOutput.write((count + index == 0 ? "[" : ",") + element.text)
                }
            }
            count += page.count
        }
        if self.output == .json { try StandardOutput.write(count == 0 ? "[]\n" : "]\n") }
        if !all.isEmpty {
            try StandardOutput.write(table(all).text(on: self.output == .table ? StandardOutput.terminal : nil))
        }
        return count
    }

    /// Whether the list is for people.
    var isTable: Bool { self.output == .table || self.output == .wide }
}
