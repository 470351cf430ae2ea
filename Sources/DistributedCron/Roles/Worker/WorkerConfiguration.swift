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
    /// How long an acknowledged heartbeat permits the worker to act; 26 seconds by default, which suits a session
    /// time-out of 30 seconds.
    public var lease = Duration.seconds(26)
    /// How long attempts may go on after a graceful shutdown began, before they are ended; 15 minutes by default.
    public var drainTimeout = Duration.seconds(900)
    /// How many claimed runs may wait for a free place before the worker stops claiming; 20,000 by default.
    public var maximumWaiting = 20_000
    /// The closures that the worker's executor can run, none by default; runs of others wait for a worker that can.
    ///
    /// Nil for every closure: where there is no other worker that a run could wait for.
    public var handlers: Set<String>? = []

    /// Is told what the worker knows of its slots whenever it comes to rest; nil for nobody.
    package var onRest: (@Sendable ([SlotID: SlotView]) -> Void)?

    package static let defaultSweep = Duration.seconds(15)
    /// Four attempts for each core.
    public static var defaultCapacity: Int { 4 * ProcessInfo.processInfo.activeProcessorCount }

    /// Creates the defaults.
    ///
    /// - Parameter capacity: How many attempts run at once; at least 1, and four for each core by default.
    public init(capacity: Int = Self.defaultCapacity) {
        self.capacity = max(1, capacity)
    }
}
