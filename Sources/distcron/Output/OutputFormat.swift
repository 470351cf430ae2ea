import ArgumentParser

/// How results are printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// Aligned columns for people.
    case table
    /// The API's own JSON.
    case json
    /// One name, or identity where there is no name, a line.
    case name
}

/// The option for how results are printed.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How to print results: table, json (the API's own) or name.")
    var output = OutputFormat.table
}
