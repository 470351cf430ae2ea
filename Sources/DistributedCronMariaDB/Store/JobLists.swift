#if MariaDB
import DistributedCron

/// Statements about many jobs at once.
enum JobLists {
    /// How many jobs a statement names at most.
    static let limit = 1_024

    /// Parts of a list, and marks for each: as many as a power of two, so that few statements are ever prepared.
    static func parts(of values: [SQLValue]) -> [(marks: String, values: [SQLValue])] {
        stride(from: 0, to: values.count, by: Self.limit).map { first in
            var part = Array(values[first..<min(first + Self.limit, values.count)])
            var size = 1
            while size < part.count { size *= 2 }
            // Naming one twice changes nothing.
            part += Array(repeating: part[part.count - 1], count: size - part.count)
            return ("(\(Array(repeating: "?", count: size).joined(separator: ", ")))", part)
        }
    }
}

extension Session {
    /// Executes a statement that ends with `IN`, once for each thousand jobs.
    ///
    /// - Returns: How many rows matched in total.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue], of jobs: some Sequence<JobID>) throws -> Int {
        // In one order everywhere, so that nobody waits in a circle.
        try JobLists.parts(of: jobs.sorted().map { .job($0) }).reduce(0) { matched, part in
            try matched + self.execute("\(sql) \(part.marks)", values + part.values)
        }
    }
}
#endif
