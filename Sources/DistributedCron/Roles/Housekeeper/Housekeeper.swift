#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public import Logging
public import ServiceLifecycle

/// Removes what nobody needs any more: jobs that were over and runs that ended long ago, and artifacts that nothing refers
/// to.
///
/// Any number may work on the same backends.
public struct Housekeeper: Service {
    /// How often it looks; an hour by default.
    public var period = Duration.seconds(3_600)
    /// How long jobs that are over are kept after their last run and their last change; 90 days by default, and at least an
    /// hour, within which workers hear of what has become of a job.
    public var jobRetention = Duration.seconds(90 * 86_400)
    /// How long runs are kept after their end; 30 days by default, and at least an hour.
    public var runRetention = Duration.seconds(30 * 86_400)
    /// How long an artifact is left alone after it was stored, or stored again, because what refers to it may be yet to
    /// be written; an hour by default.
    public var artifactGrace = Duration.seconds(3_600)

    private let store: any JobStore
    private let artifacts: any ArtifactStore
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let logger: Logger

    /// Creates a housekeeper; `run()` starts it.
    ///
    /// - Parameters:
    ///   - store: The jobs, and what refers to artifacts.
    ///   - artifacts: The artifacts.
    ///   - clock: Measures the period.
    ///   - wallClock: The clock of both stores.
    ///   - logger: Hears of what was removed, and of what failed.
    public init(
        store: any JobStore,
        artifacts: any ArtifactStore,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.store = store
        self.artifacts = artifacts
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// Looks once every period, until gracefully shut down or cancelled.
    public func run() async throws {
        try await untilGracefulShutdown {
            while (try? await self.clock.sleep(for: self.period)) != nil {
                do {
                    let jobs = try await self.purgeJobs()
                    if jobs > 0 { self.logger.info("Purged jobs that are over", metadata: ["count": "\(jobs)"]) }
                    let runs = try await self.purgeRuns()
                    if runs > 0 { self.logger.info("Forgot runs that ended long ago", metadata: ["count": "\(runs)"]) }
                    let artifacts = try await self.removeArtifacts()
                    guard artifacts > 0 else { continue }
                    self.logger.info("Removed artifacts that nothing refers to", metadata: ["count": "\(artifacts)"])
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.warning("What is old could not be removed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Removes the jobs that are over, removed or without an instant to come, once their retention is; with their history.
    ///
    /// - Returns: How many jobs were removed.
    /// - Throws: ``JobStoreError``; `CancellationError`.
    public func purgeJobs() async throws -> Int {
        let time = self.wallClock.now.addingTimeInterval(-(max(.seconds(3_600), self.jobRetention) / .seconds(1)))
        var count = 0
        // One that is over and whose last run failed has the status `error`.
        for status in [JobStatus.finished, .error] {
            var filter = JobFilter()
            filter.status = status
            var cursor: JobID?
            repeat {
                let page = try await self.store.jobs(matching: filter, after: cursor, limit: 1_000)
                cursor = page.last?.id
                let old = page.filter { $0.progress.isOver && $0.updatedAt < time }.map(\.id)
                if !old.isEmpty { count += try await self.store.purgeJobs(old, idleSince: time).count }
            } while cursor != nil
        }
        return count
    }

    /// Forgets the runs that ended before their retention.
    ///
    /// - Returns: How many runs were forgotten.
    /// - Throws: ``JobStoreError``; `CancellationError`.
    public func purgeRuns() async throws -> Int {
        let time = self.wallClock.now.addingTimeInterval(-(max(.seconds(3_600), self.runRetention) / .seconds(1)))
        let limit = 1_000
        var count = 0
        while true {
            let purged = try await self.store.purgeRuns(endedBefore: time, limit: limit)
            count += purged
            guard purged == limit else { return count }
            try Task.checkCancellation()
        }
    }

    /// Removes the artifacts that nothing refers to and that were not stored within the grace.
    ///
    /// - Returns: How many artifacts were removed.
    /// - Throws: ``JobStoreError``; ``ArtifactStoreError``; `CancellationError`.
    public func removeArtifacts() async throws -> Int {
        // Before anything is read: a reference that is written after it was looked for is to bytes stored since then.
        let time = self.wallClock.now.addingTimeInterval(-(self.artifactGrace / .seconds(1)))
        var unused: Set<ArtifactDigest> = []
        for try await stored in try await self.artifacts.list() where stored.storedAt < time {
            unused.insert(stored.artifact.digest)
        }
        var cursor: JobID?
        repeat {
            guard !unused.isEmpty else { return 0 }
            try Task.checkCancellation()
            let page = try await self.store.artifacts(after: cursor, limit: 1_000)
            unused.subtract(page.digests)
            cursor = page.last
        } while cursor != nil
        var count = 0
        for digest in unused {
            try Task.checkCancellation()
            if try await self.artifacts.remove(digest, storedBefore: time) { count += 1 }
        }
        return count
    }
}
