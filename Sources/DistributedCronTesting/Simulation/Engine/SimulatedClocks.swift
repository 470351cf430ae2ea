import DistributedCron

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A clock for waits, of one machine of a simulation.
///
/// The boot-time clock goes on while the machine is suspended, the monotonic one stands still (`clock_gettime(2)`).
package struct SimulatedClock: Clock {
    package typealias Instant = ManualClock.Instant

    private let engine: SimulationEngine
    /// How long the machine has been suspended, for a monotonic clock; nil for a boot-time clock.
    private let suspended: SuspendedTime?

    /// A boot-time clock.
    package init(engine: SimulationEngine) {
        self.engine = engine
        self.suspended = nil
    }

    /// A monotonic clock.
    package init(engine: SimulationEngine, suspended: SuspendedTime) {
        self.engine = engine
        self.suspended = suspended
    }

    package var now: Instant { Instant(elapsed: self.engine.now - (self.suspended?.total ?? .zero)) }

    package var minimumResolution: Swift.Duration { .nanoseconds(1) }

    package func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        while true {
            try Task.checkCancellation()
            let left = self.now.duration(to: deadline)
            guard left > .zero else { return }
            try await self.engine.sleep(for: left)
        }
    }
}

/// How long a machine has been suspended so far.
package final class SuspendedTime: Sendable {
    private let duration = Lock(Duration.zero)

    package init() {}

    package var total: Duration { self.duration.withLock { $0 } }

    package func add(_ duration: Duration) { self.duration.withLock { $0 += duration } }
}

/// The civil time of one machine of a simulation, which may be off, and may jump.
package final class SimulatedWallClock: WallClock {
    private let engine: SimulationEngine
    private let origin: Date
    private let offsetOfMachine = Lock(Duration.zero)

    /// - Parameters:
    ///   - engine: Whose time it shows.
    ///   - origin: The true time at the beginning.
    package init(engine: SimulationEngine, origin: Date) {
        self.engine = engine
        self.origin = origin
    }

    package var now: Date { self.origin + (self.engine.now + self.offset).seconds }

    /// By how much the clock is ahead of the true time.
    package var offset: Duration {
        get { self.offsetOfMachine.withLock { $0 } }
        set { self.offsetOfMachine.withLock { $0 = newValue } }
    }
}

extension SimulationEngine {
    private enum Sleep {
        case beginning
        case asleep(CheckedContinuation<Void, any Error>, timer: UInt64)
        case over
    }

    /// Waits until some time has passed.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    package func sleep(for duration: Duration) async throws {
        let sleep = Lock(Sleep.beginning)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let timer = self.after(duration) {
                    let sleeper = sleep.withLock { state -> CheckedContinuation<Void, any Error>? in
                        guard case .asleep(let continuation, _) = state else { return nil }
                        state = .over
                        return continuation
                    }
                    sleeper?.resume()
                }
                let isOver = sleep.withLock { state in
                    if case .over = state { return true }
                    state = .asleep(continuation, timer: timer)
                    return false
                }
                guard isOver else { return }
                self.cancel(timer)
                continuation.resume(throwing: CancellationError())
            }
        } onCancel: {
            let state = sleep.withLock { state in
                defer { state = .over }
                return state
            }
            guard case .asleep(let continuation, let timer) = state else { return }
            self.cancel(timer)
            continuation.resume(throwing: CancellationError())
        }
    }
}
