#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import Foundation

// Arguments name parts; a number says how many jobs there are; `reuse` keeps them from one run to the next.
let arguments = CommandLine.arguments.dropFirst()
let jobs = max(Fleet.dueCount, arguments.lazy.compactMap { Int($0) }.first ?? 1_000_000)
let parts = Set(arguments.filter { Int($0) == nil && $0 != "reuse" })
func has(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

guard let url = ProcessInfo.processInfo.environment["DISTCRON_TEST_MARIADB"] else {
    print("error: DISTCRON_TEST_MARIADB says which server; see the README")
    exit(64)
}
let server = Server(configuration: try MariaDBConfiguration(url: url))
if has("create") {
    try await CreationMeasurement(database: try await server.database("bench_create")).run()
}
if has("ledger") {
    try await LedgerMeasurement(database: try await server.database("bench_ledger")).run()
}
let needing = ["pages", "changes", "walk", "worker"].filter(has)
if !needing.isEmpty {
    let database = try await server.database("bench_jobs", reusing: arguments.contains("reuse"))
    let ids = try await MillionJobs(database: database, count: jobs).make()
    // First, because what others have left on the heap would hide its peak.
    let scans = ScanMeasurement(database: database, ids: ids)
    if has("walk") { try await scans.measureWalk() }
    if has("pages") { try await PageMeasurement(database: database, ids: ids).run() }
    if has("worker") {
        try await ReadinessMeasurement(database: database, jobs: jobs, logger: server.logger).run()
    }
    if has("changes") { try await scans.measureChanges() }
}
#else
print("error: built without the trait MariaDB: swift run -c release --traits MariaDB mariadb-benchmark")
#endif
