#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

/// Writes starts and ends of attempts to the store, as many at a time as have come while it wrote the last.
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
    private let clock: any Clock<Duration>
    private let logger: Logger

    init(store: any JobStore, clock: any Clock<Duration>, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
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
    /// - Parameter recorded: Is told the attempts that have been recorded as ended.
    func run(_ recorded: ([EndedAttempt]) -> Void) async {
        while true {
            let (starts, ends, isClosed) = self.state.withLock { state in
                defer {
                    state.starts = [:]
                    state.ends = []
                }
                return (state.starts, state.ends, state.isClosed)
            }
            guard !starts.isEmpty || !ends.isEmpty else {
                if isClosed { return }
                // Attempts that a cancellation ends are still to be recorded, so only `close` ends this wait.
                await self.bell.waitDespiteCancellation()
                continue
            }
            if await self.write(starts, ends.map(\.attempt)) {
                recorded(
                    ends.map { EndedAttempt(attempt: AttemptKey(of: $0.attempt), isRetried: $0.attempt.retryAt != nil) }
                )
            }
            for end in ends { end.recorded.resume() }
        }
    }

    /// Writes until it succeeds, or cannot.
    ///
    /// - Returns: Whether everything is recorded.
    private func write(_ starts: [AttemptKey: Date], _ ends: [Attempt]) async -> Bool {
        var backoff = Backoff(self.clock)
        while true {
            do {
                try await self.store.record(starts: starts, ends: ends)
                return true
            } catch let error as JobStoreError where !error.isRetryable {
                return await self.writeApart(ends, error)
            } catch {
                self.logger.warning("Results could not be recorded", metadata: ["error": "\(error)"])
                guard (try? await backoff.wait()) != nil else { return false }
            }
        }
    }

    /// Writes each end by itself, so that one that the store refuses for good holds up no other.
    private func writeApart(_ ends: [Attempt], _ refusal: JobStoreError) async -> Bool {
        guard ends.count > 1 else {
            self.logger.error(
                "The store refuses a result",
                metadata: [LoggingKeys.run: "\(ends.first.map { "\($0.run)" } ?? "none")", "error": "\(refusal)"]
            )
            return false
        }
        var isRecorded = true
        for end in ends { isRecorded = await self.write([:], [end]) && isRecorded }
        return isRecorded
    }
}
