#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public import Logging
public import ServiceLifecycle

/// Removes the artifacts that no job and no attempt refers to any more.
///
/// Any number may work on the same backends. What was stored shortly before, and is to be referred to any moment, stays.
public struct Housekeeper: Service {
    /// How often artifacts are looked through; an hour by default.
    public var period = Duration.seconds(3_600)
    /// How long an artifact is left alone after it was stored, or stored again; an hour by default.
    public var grace = Duration.seconds(3_600)

    private let store: any JobStore
    private let artifacts: any ArtifactStore
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let logger: Logger

    /// Creates a housekeeper; `run()` starts it.
    ///
    /// - Parameters:
    ///   - store: What refers to artifacts.
    ///   - artifacts: What is looked through.
    ///   - clock: Measures the period.
    ///   - wallClock: The clock of the artifact store.
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

    /// Looks through the artifacts once every period, until gracefully shut down or cancelled.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await self.clock.sleep(for: self.period)) != nil {
                do {
                    let count = try await self.sweep()
                    guard count > 0 else { continue }
                    self.logger.info("Removed artifacts that nothing refers to", metadata: ["count": "\(count)"])
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.warning("Artifacts could not be looked through", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Removes what nothing refers to and was not stored within the grace.
    ///
    /// - Returns: How many artifacts were removed.
    /// - Throws: ``JobStoreError``; ``ArtifactStoreError``; `CancellationError`.
    public func sweep() async throws -> Int {
        // Before anything is read: a reference that is written after it was looked for is to bytes stored since then.
        let time = self.wallClock.now.addingTimeInterval(-(self.grace / .seconds(1)))
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
