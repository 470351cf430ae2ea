import ArgumentParser
import DistributedCronHTTP
import DistributedCronProcess

/// How the result of a command about single jobs or runs is printed.
struct OutputOptions: ParsableArguments {
    /// The forms of a result.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// For people.
        case table
        /// The API's own JSON.
        case json
        /// The name of a job, or the identity of what has no name.
        case name
    }

    @Option(name: .shortAndLong, help: "How to print the result: table, json (the API's own) or name.")
    var output = Format.table

    /// Prints what a server answered, unless it is for people, who are told in other ways.
    ///
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    func print(_ result: JSONValue) throws {
        switch self.output {
        case .json: try StandardOutput.write(result.line)
        case .name: try StandardOutput.write("\(result.jobName)\n")
        case .table: break
        }
    }
}
