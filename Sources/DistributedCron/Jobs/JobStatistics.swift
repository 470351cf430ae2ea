#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What has become of a job lately.
public struct JobStatistics: Sendable, Hashable {
    /// The newest run that has started or could not be started, or nil before the first.
    public var lastRun: Run?
    /// How many runs have ended after they had started, or because they could not.
    public var ended = 0
    /// How many of those have failed, timed out or were lost.
    public var failed = 0
    /// The 95th percentile of the seconds that the last attempts of those that started took (nearest rank), or nil
    /// without any.
    public var percentile95: Double?

    /// The figures of a job that never ran.
    public init() {}
}

extension JobStatistics {
    private static let failures: Set<RunState> = [.failed, .timedOut, .lost]

    /// The figures of a job's runs.
    ///
    /// - Parameters:
    ///   - runs: The job's runs, oldest first.
    ///   - since: From when runs count.
    public init(of runs: some BidirectionalCollection<Run>, since: Instant) {
        self.lastRun = runs.last { $0.startedAt != nil || Self.failures.contains($0.state) }
        var durations: [Double] = []
        for run in runs.reversed() {
            guard run.id.scheduledAt >= since else { break }
            let hasFailed = Self.failures.contains(run.state)
            guard run.state.isTerminal, run.startedAt != nil || hasFailed else { continue }
            self.ended += 1
            if hasFailed { self.failed += 1 }
            guard let start = run.startedAt, let end = run.finishedAt else { continue }
            durations.append(max(0, end.timeIntervalSince(start)))
        }
        durations.sort()
        if !durations.isEmpty {
            self.percentile95 = durations[(durations.count * 95 + 99) / 100 - 1]
        }
    }
}
