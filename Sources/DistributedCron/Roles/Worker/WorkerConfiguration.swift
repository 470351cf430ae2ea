#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How a worker behaves; the defaults are the system's.
public struct WorkerConfiguration: Sendable {
    /// How many attempts run at once; four for each core by default.
    public var capacity: Int
    /// The pools whose slots the worker takes.
    public var pools: Set<PoolID> = [.default]
    /// How often the worker looks at its slots, whatever its scheduler does; 15 seconds by default.
    public var sweep = Self.defaultSweep
    /// How often the worker proves that it lives; 2 seconds by default.
    public var heartbeat = Duration.seconds(2)
    /// How long an acknowledged heartbeat permits the worker to act, counted from its sending; 26 seconds by default,
    /// which suits a session time-out of 30 seconds, and more than a second longer than ``heartbeat``.
    public var lease = Duration.seconds(26)
    /// How long before the end of a lease that is not renewed attempts are asked to end, before they are killed; nil,
    /// the default, for 10 seconds or a third of ``lease``, whichever is shorter.
    ///
    /// Shorter than what is left of the lease when a heartbeat is due, so that none that comes in time is too late.
    public var stopGrace: Duration?
    /// How long attempts may go on after a graceful shutdown began, before they are ended; 15 minutes by default.
    public var drainTimeout = Duration.seconds(900)
    /// How long a worker that is shut down waits for others to take its slots, two seconds by default; zero if they are to
    /// find it gone.
    ///
    /// It asks for that as soon as the shutdown begins. Where there is no other worker the slots stay.
    public var handOverTimeout = Duration.seconds(2)
    /// How many claimed runs may wait for a free place before the worker stops claiming; 20,000 by default.
    public var maximumWaiting = 20_000
    /// The closures that the worker's executor can run, none by default; runs of others wait for a worker that can.
    ///
    /// Nil for every closure: where there is no other worker that a run could wait for.
    public var handlers: Set<String>? = []

    /// By which the worker knows that the one before it was asked to have no slots, and then has none either; nil, the
    /// default, where none follows another in one process.
    public var drainMemory: DrainMemory?

    /// Is told what the worker knows of its slots whenever it comes to rest; nil for nobody.
    package var onRest: (@Sendable ([SlotID: SlotView]) -> Void)?
    /// Is told after each acknowledged heartbeat, and each confirmation by the ledger, for how long the leases are good; nil
    /// for nobody.
    ///
    /// What it is given says for how long attempts of jobs with a policy may go on, from the moment at which it is asked.
    /// Whoever wants to know the end on another clock looks at that first, and asks then: a delay in between makes the end
    /// earlier, and never later. Zero means that the lease is over or revoked; after the latter nothing follows. Calls come
    /// one at a time, and should be short.
    package var onLease: (@Sendable ((OutagePolicy) -> Duration) -> Void)?

    package static let defaultSweep = Duration.seconds(15)
    /// Four attempts for each core.
    public static var defaultCapacity: Int { 4 * ProcessInfo.processInfo.activeProcessorCount }

    /// Creates the defaults.
    ///
    /// - Parameter capacity: How many attempts run at once; at least 1, and four for each core by default.
    public init(capacity: Int = Self.defaultCapacity) {
        self.capacity = max(1, capacity)
    }

    /// ``stopGrace``, or what it is by default.
    var effectiveStopGrace: Duration { self.stopGrace ?? min(.seconds(10), self.lease / 3) }

    /// How much is left of the lease when the worker begins to ask the ledger for another: in the middle between what is
    /// left when the next heartbeat is due, and what is left when attempts are asked to end.
    var outageMargin: Duration { (self.effectiveStopGrace + self.lease - self.heartbeat) / 2 }
}

extension WorkerConfiguration {
    /// Sets ``heartbeat`` and ``lease`` to what suits a session.
    ///
    /// The lease of a worker has to be over when the service takes its session for ended. The service may have seen the last
    /// sign of life a heartbeat and half a tick later than the worker can prove, and a second is left for delays. With
    /// sessions of six seconds or more, heartbeats are close enough for the ledger to be asked, and to have 0.4 seconds to
    /// answer, before attempts are asked to end.
    ///
    /// - Parameters:
    ///   - sessionTimeout: How long the service waits for a sign of life, as it has agreed to.
    ///   - tick: The unit of the service's time; 2 seconds is ZooKeeper's.
    public mutating func suit(sessionTimeout: Duration, tick: Duration = .seconds(2)) {
        self.heartbeat = min(.seconds(2), sessionTimeout / 12)
        self.lease = sessionTimeout - self.heartbeat - tick / 2 - Self.slack
    }

    /// What is added to ``heartbeat`` for scheduling delays and the drift of clocks.
    static let slack = Duration.seconds(1)

    /// Checks that a worker can keep its lease with these times; a worker that is run does so first.
    ///
    /// - Throws: ``InvalidWorkerConfiguration``.
    public func validate() throws(InvalidWorkerConfiguration) {
        let (heartbeat, lease, grace) = (self.heartbeat, self.lease, self.effectiveStopGrace)
        guard heartbeat > .zero else {
            throw InvalidWorkerConfiguration(message: "the heartbeat of \(heartbeat) must be longer than nothing")
        }
        guard lease > heartbeat + Self.slack else {
            throw InvalidWorkerConfiguration(
                message: "the lease of \(lease) must be longer than the heartbeat of \(heartbeat) and \(Self.slack)"
            )
        }
        guard grace >= .zero, grace < lease - heartbeat else {
            throw InvalidWorkerConfiguration(
                message: """
                    the stop grace of \(grace) must be shorter than the lease of \(lease) without the heartbeat of \
                    \(heartbeat), or attempts would be ended between two heartbeats
                    """
            )
        }
    }
}

/// Times of a worker that do not go together; thrown before it has done anything.
public struct InvalidWorkerConfiguration: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for operators.
    public let message: String

    /// The message.
    public var description: String { self.message }
}
