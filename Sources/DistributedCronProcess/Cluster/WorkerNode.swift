package import DistributedCron
package import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the workers of one node have in common, one after the other.
package struct WorkerNode: Sendable {
    package let host: String
    package let executor: ProcessExecutor
    package let journal: DirectoryWorkerJournal
    /// How they behave; the times that follow from a session are still to be set.
    package let configuration: WorkerConfiguration

    /// Opens the node's directories.
    ///
    /// - Throws: ``Failure``; ``JournalError``, with code `locked` if another worker uses the directory.
    package init(_ settings: Settings, logger: Logger) async throws {
        let capacity = try settings.read(.workerCapacity, "a number from 1 to 10000") { text in
            Int(text).flatMap { (1...10_000).contains($0) ? $0 : nil }
        }
        var configuration = capacity.map { WorkerConfiguration(capacity: $0) } ?? WorkerConfiguration()
        let drain = try settings.read(.workerDrain, "a span such as 15m") { Span($0) }
        if let drain { configuration.drainTimeout = drain.duration }
        self.configuration = configuration
        self.host = settings.value(of: .workerHost)?.text ?? ProcessInfo.processInfo.hostName
        let directory = try Directories.made(settings, .workerDirectory)
        let artifacts = DirectoryArtifactStore(directory: try Directories.made(settings, .artifactsDirectory))
        self.executor = ProcessExecutor(artifacts: artifacts, directory: "\(directory)/runs", logger: logger)
        self.journal = try await DirectoryWorkerJournal.open(directory: "\(directory)/journal", logger: logger)
    }
}
