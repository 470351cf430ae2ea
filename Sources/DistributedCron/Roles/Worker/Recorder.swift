#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

/// Writes starts and ends of attempts to the store, as many at a time as have come while it wrote the last.
///
/// Ends are written down in the node's journal first, so that they survive the worker while the store cannot be reached.
/// A journal that cannot be written does not hold them up: then they are as safe as the store.
///
/// Whoever reports an end waits until it is recorded. So results that cannot be written hold up the attempts after
/// them, and never more wait than run at once.
final class Recorder: Sendable {
    private struct State {
        var starts: [AttemptKey: Date] = [:]
        var ends: [(attempt: Attempt, recorded: CheckedContinuation<Void, Never>)] = []
        var isClosed = false
    }
    private let state = Lock(State())
    private let bell = Bell()
    private let store: any JobStore
    private let journal: any WorkerJournal
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let logger: Logger

    init(
        store: any JobStore,
        journal: any WorkerJournal,
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        logger: Logger
    ) {
        self.store = store
        self.journal = journal
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// Records what workers before this one have left to record.
    ///
    /// - Throws: ``JobStoreError`` if the store cannot be reached; a result that it refuses for good is let go of.
    func recover(_ ends: [Attempt], _ inbox: WorkerInbox) async throws {
        guard !ends.isEmpty else { return }
        self.logger.info("Recording what an earlier worker left", metadata: ["attempts": "\(ends.count)"])
        var missing: Set<RunID> = []
        do {
            missing = try await self.store.record(starts: [:], ends: ends)
        } catch let error as JobStoreError where !error.isRetryable {
            _ = await self.writeApart(ends, error, inbox)
        }
        let recorded = ends.filter { !missing.contains($0.run) }
        await self.witness([], recorded: recorded.map { AttemptKey(of: $0) })
    }

    private func witness(_ ends: [Attempt], recorded: [AttemptKey]) async {
        let now = self.wallClock.now
        var facts = ends.map { WorkerJournalEntry.Fact.ended($0) }
        if !recorded.isEmpty { facts.insert(.recorded(recorded), at: 0) }
        guard !facts.isEmpty else { return }
        do {
            try await self.journal.append(facts.map { WorkerJournalEntry(date: now, fact: $0) })
        } catch {
            self.logger.warning("Results could not be written down", metadata: ["error": "\(error)"])
        }
    }

    /// Notes that an attempt is being launched; the record is for people and may come late.
    func started(_ attempt: AttemptKey, at date: Date) {
        self.state.withLock { $0.starts[attempt] = date }
        self.bell.ring()
    }

    /// Records the end of an attempt; returns when that is done, or when the recorder has given up.
    func ended(_ attempt: Attempt) async {
        await withCheckedContinuation { continuation in
            self.state.withLock { $0.ends.append((attempt, continuation)) }
            self.bell.ring()
        }
    }

    /// Ends ``run(_:)`` once everything is recorded; nothing may be reported afterwards.
    func close() {
        self.state.withLock { $0.isClosed = true }
        self.bell.ring()
    }

    /// Writes until closed.
    ///
    /// Once cancelled it tries each write a single time, and leaves what cannot be written to whoever adopts the runs.
    ///
    /// - Parameter inbox: Is told the attempts that have been recorded as ended, and the runs that the store misses.
    func run(_ inbox: WorkerInbox) async {
        // Written down with the next ends, which saves a write; if that never comes, they are recorded once more.
        var noted: [AttemptKey] = []
        while true {
            let (starts, ends, isClosed) = self.state.withLock { state in
                defer {
                    state.starts = [:]
                    state.ends = []
                }
                return (state.starts, state.ends, state.isClosed)
            }
            guard !starts.isEmpty || !ends.isEmpty else {
                if isClosed { return await self.witness([], recorded: noted) }
                // Attempts that a cancellation ends are still to be recorded, so only `close` ends this wait.
                await self.bell.waitDespiteCancellation()
                continue
            }
            if !ends.isEmpty {
                await self.witness(ends.map(\.attempt), recorded: noted)
                noted = []
            }
            if await self.write(starts, ends.map(\.attempt), inbox) {
                noted += ends.map { AttemptKey(of: $0.attempt) }
                inbox.ended(
                    ends.map { EndedAttempt(attempt: AttemptKey(of: $0.attempt), isRetried: $0.attempt.retryAt != nil) }
                )
            }
            for end in ends { end.recorded.resume() }
        }
    }

    /// Writes until it succeeds, or cannot.
    ///
    /// A run that the store does not have was forgotten by it, most likely, and will be put back with its true end: only
    /// then its end counts as recorded.
    ///
    /// - Returns: Whether everything is recorded.
    private func write(_ starts: [AttemptKey: Date], _ ends: [Attempt], _ inbox: WorkerInbox) async -> Bool {
        let stopwatch = Stopwatch(self.clock)
        var backoff = Backoff(self.clock)
        while true {
            do {
                let missing = try await self.store.record(starts: starts, ends: ends)
                guard !missing.isEmpty else { return true }
                guard stopwatch.elapsed < WorkerInbox.patience else {
                    self.logger.error("The store does not have runs that have ended", metadata: ["runs": "\(missing.count)"])
                    return true
                }
                inbox.miss(missing.sorted())
            } catch let error as JobStoreError where !error.isRetryable {
                return await self.writeApart(ends, error, inbox)
            } catch {
                self.logger.warning("Results could not be recorded", metadata: ["error": "\(error)"])
            }
            guard (try? await backoff.wait()) != nil else { return false }
        }
    }

    /// Writes each end by itself, so that one that the store refuses for good holds up no other.
    private func writeApart(_ ends: [Attempt], _ refusal: JobStoreError, _ inbox: WorkerInbox) async -> Bool {
        guard ends.count > 1 else {
            self.logger.error(
                "The store refuses a result",
                metadata: [LoggingKeys.run: "\(ends.first.map { "\($0.run)" } ?? "none")", "error": "\(refusal)"]
            )
            return false
        }
        var isRecorded = true
        for end in ends { isRecorded = await self.write([:], [end], inbox) && isRecorded }
        return isRecorded
    }
}
