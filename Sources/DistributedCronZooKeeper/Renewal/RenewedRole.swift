#if ZooKeeper
import DistributedCron
public import Logging
public import ServiceLifecycle

/// A role that begins anew with another session whenever its last one was lost.
///
/// A manager or a worker ends with its session, because what it had may be somebody else's by then. Its process does not.
public struct RenewedRole: Service {
    /// How long a process waits before it tries again.
    private static let pause = Duration.seconds(1)

    private let sessions: ZooKeeperSessions
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let silence: Silence
    private let role: @Sendable (ZooKeeperCluster) async throws -> any Service

    /// Creates a role; `run()` starts it.
    ///
    /// - Parameters:
    ///   - sessions: Where its sessions come from.
    ///   - clock: Measures pauses.
    ///   - logger: Hears of sessions that were lost.
    ///   - role: Makes the role anew, with an identity that it has not had before.
    public init(
        _ sessions: ZooKeeperSessions,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        _ role: @escaping @Sendable (ZooKeeperCluster) async throws -> any Service
    ) {
        self.sessions = sessions
        self.clock = clock
        self.logger = logger
        self.silence = Silence(logger: logger)
        self.role = role
    }

    /// Does the role's work until gracefully shut down or cancelled.
    ///
    /// - Throws: ``ZooKeeperError`` of a kind for which waiting does not help; what the role threw, unless its session was
    ///   lost or the store could not be reached; `CancellationError` if cancelled.
    public func run() async throws {
        do {
            while true {
                let cluster = try await untilGracefulShutdown { try await self.sessions.open() }
                do {
                    try await self.listening(to: cluster) { try await self.role(cluster).run() }
                    return await cluster.close()
                } catch {
                    await cluster.close()
                    guard Self.isPassing(error) else { throw error }
                    self.logger.warning("Beginning anew with another session", metadata: ["error": "\(error)"])
                }
                // A role that ends at once must not keep the servers busy with sessions.
                try await untilGracefulShutdown { try await self.clock.sleep(for: Self.pause) }
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // The end that was asked for.
        }
    }

    /// Does something while the log is told whether ZooKeeper answers.
    private func listening(to cluster: ZooKeeperCluster, _ work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await state in cluster.coordinator.states() { self.silence.note(state) }
            }
            defer { group.cancelAll() }
            try await work()
        }
    }

    /// Whether a new session may do without what ended the last one's role.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as CoordinatorError: error.code == .sessionLost || error.isRetryable
        case let error as TaskQueueError: error.isRetryable
        case let error as JobStoreError: error.isRetryable
        default: false
        }
    }
}
#endif
