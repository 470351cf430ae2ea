/// How a worker behaves; the defaults are the system's.
public struct WorkerConfiguration: Sendable {
    /// How many attempts run at once; four for each core by default.
    public var capacity: Int
    /// The pools whose slots the worker takes.
    public var pools: Set<PoolID> = [.default]
    /// How often the worker looks at its slots, whatever its scheduler does; 15 seconds by default.
    public var sweep = Duration.seconds(15)
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
    public var handlers: Set<String> = []

    /// Creates the defaults.
    ///
    /// - Parameter capacity: How many attempts run at once; at least 1.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
    }
}
