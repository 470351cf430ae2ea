import BenchmarkSupport
import DistributedCron
import DistributedCronTesting
import Foundation

// Arguments name parts; a number says how many jobs there are.
let arguments = CommandLine.arguments.dropFirst()
let jobs = max(Fleet.dueCount, arguments.lazy.compactMap { Int($0) }.first ?? 1_000_000)
let parts = Set(arguments.filter { Int($0) == nil })
let disk = DiskMeasurement(directory: ".build/store-benchmark", jobs: jobs)

print("\(jobs) jobs")
if parts.isEmpty || parts.contains("worker") {
    let time = ManualTime(now: Fleet.start.date)
    let store = InMemoryJobStore(wallClock: time.wallClock)
    let heap = Report.heapBytes()
    let seconds = try await Report.seconds { try await Fleet(count: jobs).create(in: store, concurrency: 1) }
    Report.line("jobs created in memory, one after the other", Double(jobs) / seconds, "per second")
    Report.line("memory of the store", Double(Report.heapBytes() - heap) / Double(jobs), "bytes per job")
    try await WorkerMeasurement(store: store, time: time, jobs: jobs).run()
}
if parts.isEmpty || parts.contains("start") { try await disk.measureStart() }
if parts.isEmpty || parts.contains("writes") { try await disk.measureWrites() }
