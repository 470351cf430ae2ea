import DistributedCronHTTP
import DistributedCronProcess

/// A worker as a row of a table shows it.
enum WorkerLine {
    static let header = ["WORKER", "STATE", "HOST", "POOLS", "CAPACITY", "SLOTS"]

    /// A table of workers.
    static func table(_ workers: [JSONValue]) -> Table {
        var table = Table(Self.header, flexible: [3, 2, 0]) { column, cell in
            column == 1 ? Self.colour(of: cell) : nil
        }
        for worker in workers { table.add(Self.cells(worker)) }
        return table
    }

    /// The cells of a worker.
    static func cells(_ worker: JSONValue) -> [String] {
        [
            worker.identity,
            worker["state"]?.string ?? "",
            worker["host"]?.string ?? "-",
            worker["pools"]?.array?.compactMap(\.string).joined(separator: ",") ?? "-",
            worker["capacity"]?["total"]?.integer.map { "\($0)" } ?? "-",
            worker["slots"]?.integer.map { "\($0)" } ?? "-",
        ]
    }

    private static func colour(of state: String) -> Colour {
        switch state {
        case "ready": .good
        case "draining": .attention
        default: .bad
        }
    }
}
