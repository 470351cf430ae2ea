import ArgumentParser
import DistributedCron
import DistributedCronHTTP

/// What jobs are sorted by.
enum JobOrder: String, CaseIterable, ExpressibleByArgument {
    case created
    case name
    case next
    case status

    /// The jobs in this order; what is alike stays in the order of creation.
    func sorted(_ jobs: [JSONValue]) -> [JSONValue] {
        switch self {
        case .created: jobs
        // Those without a name come last.
        case .name: Self.sorted(jobs) { ($0["name"]?.string).map { "0\($0.lowercased())" } ?? "1" }
        case .next: Self.sorted(jobs) { $0.instant("next_run_at")?.epochSeconds ?? .max }
        case .status: Self.sorted(jobs) { ["error": 0, "scheduled": 1][$0["status"]?.string ?? ""] ?? 2 }
        }
    }

    private static func sorted<Key: Comparable>(_ jobs: [JSONValue], by key: (JSONValue) -> Key) -> [JSONValue] {
        jobs.enumerated().map { (key: key($1), index: $0, job: $1) }
            .sorted { ($0.key, $0.index) < ($1.key, $1.index) }
            .map(\.job)
    }
}
