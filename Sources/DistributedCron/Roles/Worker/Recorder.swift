#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

/// Writes starts and ends of attempts to the store, as many at a time as have come while it wrote the last.
///
/// Ends are written down in the node's journal first, so that they survive the worker while the store cannot be reached.
/// A journal that cannot be written does not hold them up: until it can, they are as safe as the store. The executor is
/// told when they are in it, and may have kept them for another worker until then.
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
    private let executor: any AttemptExecutor
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let logger: Logger

    init(
        store: any JobStore,
        journal: any WorkerJournal,
        executor: any AttemptExecutor,
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        logger: Logger
    ) {
        self.store = store
        self.journal = journal
        self.executor = executor
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// Waits until the node's journal accepts what is written down.
    ///
    /// - Throws: ``JournalError`` with code `failed` if it never will; `CancellationError` if cancelled.
    func awaitJournal() async throws {
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.journal.append([
                    WorkerJournalEntry(date: self.wallClock.now, fact: .recorded([]))
                ])
            } catch let error as JournalError where error.code == .failed {
                throw error
            } catch {
                self.logger.warning("Nothing can be written down, so no work is taken", metadata: ["error": "\(error)"])
                try await backoff.wait()
            }
        }
    }

    /// Records what workers before this one have left to record.
    ///
    /// - Throws: ``JobStoreError`` if the store cannot be reached; a result that it refuses for good is let go of.
    func recover(_ ends: [Attempt]) async throws {
        guard !ends.isEmpty else { return }
        self.logger.info("Recording what an earlier worker left", metadata: ["attempts": "\(ends.count)"])
        var missing: Set<RunID> = []
        do {
            missing = try await self.store.record(starts: [:], ends: ends)
        } catch let error as JobStoreError where !error.isRetryable {
            missing = await self.writeApart(ends, error)
        }
        let recorded = ends.filter { !missing.contains($0.run) }
        await self.witness([], recorded: recorded.map { AttemptKey(of: $0) }, nil)
    }

    /// Records how attempts have ended that workers before this one began and did not live to hear of.
    ///
    /// Returns when that is done, or when the task is cancelled; what cannot be recorded then is in the journal.
    func inherit(_ ends: [Attempt], _ inbox: WorkerInbox) async {
        self.logger.info("Recording what an earlier worker did not hear of", metadata: ["attempts": "\(ends.count)"])
        await self.witness(ends, recorded: [], inbox)
        let missing = await self.write([:], ends)
        let recorded = ends.filter { !missing.contains($0.run) }
        await self.witness([], recorded: recorded.map { AttemptKey(of: $0) }, inbox)
        self.tell(of: recorded, inbox)
        // They are put back with their ends, if the store has forgotten them.
        if !missing.isEmpty { inbox.miss(missing.sorted()) }
    }

    /// Writes down that attempts which an earlier worker has left running are a worker's now.
    ///
    /// Returns when that is done; or when it never will be, or the task is cancelled: nothing more is claimed then before
    /// it is.
    func tookOver(_ attempts: [AttemptKey], by worker: WorkerID, _ inbox: WorkerInbox) async {
        let entry = WorkerJournalEntry(date: self.wallClock.now, fact: .takenOver(attempts, by: worker))
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.journal.append([entry])
            } catch {
                self.logger.warning("What was taken over could not be written down", metadata: ["error": "\(error)"])
                if (error as? JournalError)?.code == .failed { return inbox.leaveUnwritten([entry]) }
                guard (try? await backoff.wait()) != nil else { return inbox.leaveUnwritten([entry]) }
            }
        }
    }

    /// Writes facts down, or leaves them to be written down before anything more is claimed.
    private func witness(_ ends: [Attempt], recorded: [AttemptKey], _ inbox: WorkerInbox?) async {
        let now = self.wallClock.now
        var facts = ends.map { WorkerJournalEntry.Fact.ended($0) }
        if !recorded.isEmpty { facts.insert(.recorded(recorded), at: 0) }
        guard !facts.isEmpty else { return }
        let entries = facts.map { WorkerJournalEntry(date: now, fact: $0) }
        do {
            try await self.journal.append(entries)
            if !ends.isEmpty { await self.executor.settled(ends.map { AttemptKey(of: $0) }) }
        } catch {
            self.logger.warning("Results could not be written down", metadata: ["error": "\(error)"])
            inbox?.leaveUnwritten(entries)
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
        await withDiscardingTaskGroup { missing in
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
                    if isClosed { return await self.witness([], recorded: noted, inbox) }
                    // Attempts that a cancellation ends are still to be recorded, so only `close` ends this wait.
                    await self.bell.waitDespiteCancellation()
                    continue
                }
                if !ends.isEmpty {
                    await self.witness(ends.map(\.attempt), recorded: noted, inbox)
                    noted = []
                }
                let lost = await self.write(starts, ends.map(\.attempt))
                let recorded = ends.filter { !lost.contains($0.attempt.run) }
                noted += recorded.map { AttemptKey(of: $0.attempt) }
                self.settle(recorded, inbox)
                let rest = ends.filter { lost.contains($0.attempt.run) }
                if !rest.isEmpty { missing.addTask { await self.pursue(rest, inbox) } }
            }
        }
    }

    private typealias End = (attempt: Attempt, recorded: CheckedContinuation<Void, Never>)

    private func settle(_ ends: [End], _ inbox: WorkerInbox) {
        self.tell(of: ends.map(\.attempt), inbox)
        for end in ends { end.recorded.resume() }
    }

    private func tell(of ends: [Attempt], _ inbox: WorkerInbox) {
        guard !ends.isEmpty else { return }
        inbox.ended(ends.map { EndedAttempt(attempt: AttemptKey(of: $0), isRetried: $0.retryAt != nil) })
    }

    /// Records ends of runs that the store does not have.
    ///
    /// It has forgotten them, most likely, and they will be put back with their true ends: only then those count as
    /// recorded. What is not put back within ``WorkerInbox/patience`` was purged, or its job was forgotten too.
    private func pursue(_ ends: [End], _ inbox: WorkerInbox) async {
        let stopwatch = Stopwatch(self.clock)
        var backoff = Backoff(self.clock)
        var missing = ends
        while !missing.isEmpty, stopwatch.elapsed < WorkerInbox.patience {
            inbox.miss(missing.map(\.attempt.run))
            guard (try? await backoff.wait()) != nil else { break }
            let lost = await self.write([:], missing.map(\.attempt))
            let found = missing.filter { !lost.contains($0.attempt.run) }
            await self.witness([], recorded: found.map { AttemptKey(of: $0.attempt) }, inbox)
            self.settle(found, inbox)
            missing.removeAll { !lost.contains($0.attempt.run) }
        }
        guard !missing.isEmpty else { return }
        self.logger.error("The store does not have runs that have ended", metadata: ["runs": "\(missing.count)"])
        self.settle(missing, inbox)
    }

    /// Writes until it succeeds, or cannot.
    ///
    /// - Returns: The runs of which nothing is recorded.
    private func write(_ starts: [AttemptKey: Date], _ ends: [Attempt]) async -> Set<RunID> {
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.store.record(starts: starts, ends: ends)
            } catch let error as JobStoreError where !error.isRetryable {
                return await self.writeApart(ends, error)
            } catch {
                self.logger.warning("Results could not be recorded", metadata: ["error": "\(error)"])
                guard (try? await backoff.wait()) != nil else { return Set(ends.map(\.run)) }
            }
        }
    }

    /// Writes each end by itself, so that one that the store refuses for good holds up no other.
    private func writeApart(_ ends: [Attempt], _ refusal: JobStoreError) async -> Set<RunID> {
        guard ends.count > 1 else {
            self.logger.error(
                "The store refuses a result",
                metadata: [LoggingKeys.run: "\(ends.first.map { "\($0.run)" } ?? "none")", "error": "\(refusal)"]
            )
            return Set(ends.map(\.run))
        }
        var lost: Set<RunID> = []
        for end in ends { lost.formUnion(await self.write([:], [end])) }
        return lost
    }
}
