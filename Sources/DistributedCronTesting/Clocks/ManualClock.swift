import DistributedCron

/// A clock whose time moves only when a test moves it.
///
/// Sleepers wake when the clock has been advanced to their deadline, the earliest first. A test that has to let other
/// tasks reach their sleep waits with ``waitForSleepers(_:)`` instead of real time.
///
/// ```swift
/// let clock = ManualClock()
/// async let slept: Void = clock.sleep(for: .seconds(10))
/// try await clock.waitForSleepers()
/// clock.advance(by: .seconds(10))
/// try await slept
/// ```
public final class ManualClock: Clock {
    /// A moment, as the time since the clock was made.
    public struct Instant: InstantProtocol, Sendable {
        /// The time since the clock was made.
        public let elapsed: Swift.Duration

        /// The moment at which a clock has run for some time.
        public init(elapsed: Swift.Duration) { self.elapsed = elapsed }

        /// The moment some time later.
        public func advanced(by duration: Swift.Duration) -> Self { Self(elapsed: self.elapsed + duration) }

        /// The time until another moment.
        public func duration(to other: Self) -> Swift.Duration { other.elapsed - self.elapsed }

        /// Whether one moment is earlier than another.
        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.elapsed < rhs.elapsed }
    }

    private struct Waiter<Key: Sendable, Failure: Error>: Sendable {
        let ticket: Int
        let key: Key
        let continuation: CheckedContinuation<Void, Failure>
    }
    private struct State {
        var now = Instant(elapsed: .zero)
        var nextTicket = 0
        /// In the order of their arrival.
        var sleepers: [Waiter<Instant, any Error>] = []
        /// Those who wait until so many sleep.
        var watchers: [Waiter<Int, any Error>] = []

        mutating func ticket() -> Int {
            defer { self.nextTicket += 1 }
            return self.nextTicket
        }
    }
    private let state = Lock(State())

    /// Creates a clock at zero.
    public init() {}

    /// The present.
    public var now: Instant { self.state.withLock { $0.now } }

    /// The smallest step, which is none: the clock is exact.
    public var minimumResolution: Swift.Duration { .zero }

    /// How many tasks sleep.
    public var sleeperCount: Int { self.state.withLock { $0.sleepers.count } }

    /// When the next task that sleeps will wake, or nil if none sleeps.
    public var nextDeadline: Instant? { self.state.withLock { state in state.sleepers.lazy.map(\.key).min() } }

    // MARK: Moving time

    /// Moves the clock forward and wakes whoever is due, the earliest deadline first.
    ///
    /// - Parameter duration: How far; not negative.
    public func advance(by duration: Swift.Duration) { self.advance(to: self.now.advanced(by: duration)) }

    /// Moves the clock forward to a moment and wakes whoever is due, the earliest deadline first.
    ///
    /// - Parameter instant: The new present; a moment that has passed changes nothing.
    public func advance(to instant: Instant) {
        let due = self.state.withLock { state in
            state.now = max(state.now, instant)
            let now = state.now
            defer { state.sleepers.removeAll { $0.key <= now } }
            return state.sleepers.filter { $0.key <= now }
        }
        for sleeper in due.sorted(by: { ($0.key, $0.ticket) < ($1.key, $1.ticket) }) { sleeper.continuation.resume() }
    }

    // MARK: Waiting

    /// Sleeps until the clock has been moved to a deadline.
    ///
    /// - Parameters:
    ///   - deadline: When to wake; a deadline that has passed returns at once.
    ///   - tolerance: Without effect, for the clock is exact.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Swift.Duration? = nil) async throws {
        try Task.checkCancellation()
        let ticket = self.state.withLock { $0.ticket() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.add(Waiter(ticket: ticket, key: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = self.state.withLock { state in
                state.sleepers.firstIndex { $0.ticket == ticket }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func add(_ sleeper: Waiter<Instant, any Error>) {
        enum Answer { case slept, cancelled, wait([Waiter<Int, any Error>]) }
        let answer = self.state.withLock { state -> Answer in
            // The cancellation handler may have run before there was anyone to wake.
            if Task.isCancelled { return .cancelled }
            if sleeper.key <= state.now { return .slept }
            state.sleepers.append(sleeper)
            let count = state.sleepers.count
            defer { state.watchers.removeAll { $0.key <= count } }
            return .wait(state.watchers.filter { $0.key <= count })
        }
        switch answer {
        case .slept: sleeper.continuation.resume()
        case .cancelled: sleeper.continuation.resume(throwing: CancellationError())
        case .wait(let watchers): for watcher in watchers { watcher.continuation.resume() }
        }
    }

    /// Waits until tasks sleep on this clock, so that moving it reaches them.
    ///
    /// - Parameter count: How many have to sleep at the same time; 1 by default.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func waitForSleepers(_ count: Int = 1) async throws {
        try Task.checkCancellation()
        let ticket = self.state.withLock { $0.ticket() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isOver = self.state.withLock { state in
                    guard !Task.isCancelled, state.sleepers.count < count else { return true }
                    state.watchers.append(Waiter(ticket: ticket, key: count, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let watcher = self.state.withLock { state in
                state.watchers.firstIndex { $0.ticket == ticket }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }
}
