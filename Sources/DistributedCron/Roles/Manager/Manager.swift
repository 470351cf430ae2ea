public import Logging
public import ServiceLifecycle

/// Leads, or waits to lead: assigns workers to jobs, a slot of jobs at a time, and watches over the workers.
///
/// The ledger is told first, then the workers; each write carries the leader's token, so one that was followed by
/// another does no harm. Graceful shutdown gives up leadership at once.
public struct Manager: Service {
    /// How a manager behaves; the defaults are the system's.
    public struct Configuration: Sendable {
        /// How often the leader compares the ledger with what it has told, whatever it hears; 15 seconds by default.
        public var beat = Duration.seconds(15)
        /// How long a worker is left alone after its registration has vanished; 3 seconds by default.
        public var grace = Duration.seconds(3)
        /// How long a worker is left alone that was registered with an ensemble that was rebuilt since, because its lease
        /// may still be good: the session time-out, 30 seconds by default.
        public var rebuildGrace = Duration.seconds(30)
        /// How long something may be due in slots of a worker that lives, and gets on in none, before others get its slots.
        ///
        /// 45 seconds by default, which are three sweeps of a worker. At least three times ``beat``, and more than a worker
        /// takes to load its jobs.
        public var stallLimit = Duration.seconds(45)
        /// How long a worker that has lost its slots for that is given none; 5 minutes by default.
        public var stallPause = Duration.seconds(300)
        /// The least time from one look at the slots to the next, within which changes count as one; 50 milliseconds
        /// by default.
        public var coalescing = Self.defaultCoalescing

        /// Is told when another leads under a higher token.
        package var onDefeat: (@Sendable () -> Void)?

        package static let defaultCoalescing = Duration.milliseconds(50)

        /// Creates the defaults.
        public init() {}
    }

    /// How long a leader whose writes were refused waits before it stands again.
    private static let pauseAfterDefeat = Duration.seconds(1)

    let id: ManagerID
    let store: any JobStore
    let queue: any TaskQueue
    let coordinator: any Coordinator
    let configuration: Configuration
    let clock: any Clock<Duration>
    let logger: Logger

    /// Creates a manager; `run()` starts it.
    ///
    /// - Parameters:
    ///   - id: The name under which it stands for election.
    ///   - store: The ledger.
    ///   - queue: Where workers' tasks are put.
    ///   - coordinator: This process's session.
    ///   - configuration: Times.
    ///   - clock: Measures waits.
    ///   - logger: Receives the manager's messages, tagged with its name.
    public init(
        id: ManagerID,
        store: any JobStore,
        queue: any TaskQueue,
        coordinator: any Coordinator,
        configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.id = id
        self.store = store
        self.queue = queue
        self.coordinator = coordinator
        self.configuration = configuration
        self.clock = clock
        var logger = logger
        logger[metadataKey: LoggingKeys.manager] = "\(id)"
        self.logger = logger
    }

    /// Stands for election and leads, until gracefully shut down or cancelled.
    ///
    /// - Throws: ``CoordinatorError`` with code `sessionLost` when the session is gone. `CancellationError` if
    ///   cancelled.
    public func run() async throws {
        do {
            try await untilGracefulShutdown {
                while true {
                    let token = try await self.coordinator.campaign(as: self.id)
                    try await Leadership(manager: self, token: token).run()
                    // Another has led under a higher token: stand again, behind whoever stands already.
                    self.configuration.onDefeat?()
                    try await self.coordinator.resign()
                    try await self.clock.sleep(for: Self.pauseAfterDefeat)
                }
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // The end that was asked for.
        } catch {
            try? await self.coordinator.resign()
            throw error
        }
        try? await self.coordinator.resign()
    }
}
