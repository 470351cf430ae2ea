import BenchmarkSupport
import DistributedCron
import DistributedCronTesting
import Foundation
import Logging

/// What one directory costs.
struct DiskMeasurement {
    private static let writes = 20_000
    private static let writers = 64
    private static let rounds = 9

    /// Where to write; everything in it is replaced.
    let directory: String
    let jobs: Int
    private let logger = Logger(label: "benchmark") { StreamLogHandler.standardError(label: $0) }

    /// The start of a store with all jobs.
    func measureStart() async throws {
        let path = try self.emptied("start")
        let store = try await InMemoryJobStore.open(directory: path, logger: self.logger)
        let seconds = try await Report.seconds {
            try await Fleet(count: self.jobs).create(in: store, concurrency: 512)
        }
        await store.close()
        Report.line("jobs created on disk, 512 at a time", Double(self.jobs) / seconds, "per second")
        var fastest = Double.infinity
        for _ in 0..<2 {
            let seconds = try await Report.seconds {
                let store = try await InMemoryJobStore.open(directory: path, logger: self.logger)
                await store.close()
            }
            fastest = min(fastest, seconds)
        }
        Report.line("start with \(self.jobs) jobs on disk", fastest, "s", "aim: 10 s")
    }

    /// Jobs posted through the API's service, against the bare writing of as many bytes.
    ///
    /// Each round measures both, one after the other: what a disk can do changes from minute to minute.
    func measureWrites() async throws {
        var rounds: [(service: Double, bare: Double)] = []
        for _ in 0..<Self.rounds {
            let path = try self.emptied("writes")
            let store = try await InMemoryJobStore.open(directory: path, logger: self.logger)
            let service = JobService(
                store: store,
                artifacts: InMemoryArtifactStore(),
                coordinator: InMemoryEnsemble().session()
            )
            let rate = try await Self.rate { number in
                var request = JobRequest(schedule: "\(number % 60) 3 * * *", executable: .command("report \(number)"))
                request.name = "nightly-report-\(number)"
                _ = try await service.create(request)
            }
            await store.close()
            let record = [UInt8](repeating: 7, count: try Self.bytes(in: path) / Self.writes)
            let log = BareLog(path: "\(path)/bare")
            rounds.append((rate, try await Self.rate { _ in await log.append(record) }))
        }
        let middle = Self.rounds / 2
        Report.line(
            "jobs created through the API's service, \(Self.writers) at a time",
            rounds.map(\.service).sorted()[middle],
            "per second"
        )
        Report.line("peer: bare appending with a shared sync", rounds.map(\.bare).sorted()[middle], "per second")
        Report.line("ratio of both, median", rounds.map { $0.service / $0.bare }.sorted()[middle], "of the limit")
    }

    /// How often a second something can be done by several at once.
    private static func rate(_ write: @escaping @Sendable (Int) async throws -> Void) async throws -> Double {
        let seconds = try await Report.seconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<Self.writers {
                    group.addTask {
                        for number in stride(from: writer, to: Self.writes, by: Self.writers) {
                            try await write(number)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return Double(Self.writes) / seconds
    }

    private static func bytes(in directory: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: directory).reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
            return sum + (attributes[.size] as? Int ?? 0)
        }
    }

    private func emptied(_ name: String) throws -> String {
        let path = "\(self.directory)/\(name)"
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        return path
    }
}
