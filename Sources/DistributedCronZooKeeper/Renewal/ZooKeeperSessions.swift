#if ZooKeeper
public import DistributedCron
public import Logging

/// Opens sessions, one after the other, for a process whose part in a cluster outlives each of them.
public final class ZooKeeperSessions: Sendable {
    private let configuration: ZooKeeperConfiguration
    private let store: any JobStore
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let problem = Lock<String?>(nil)

    /// Prepares for sessions.
    ///
    /// - Parameters:
    ///   - configuration: Where ZooKeeper is.
    ///   - store: The cluster's store, which knows which cluster it is, and which leaders there have been.
    ///   - clock: Measures pauses.
    ///   - logger: Hears of what is waited for.
    public init(
        configuration: ZooKeeperConfiguration,
        store: any JobStore,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// What a session is being waited for, in a sentence; nil if none is.
    public var trouble: String? { self.problem.withLock { $0 } }

    /// Opens a session, however long ZooKeeper or the store cannot be reached.
    ///
    /// - Parameter isPatient: Whether to wait also for what has to be mended by somebody, such as credentials.
    /// - Returns: The session.
    /// - Throws: ``ZooKeeperError`` of the kind `configuration`, `denied`, `otherCluster`, `otherVersion` or `malformed`,
    ///   unless patient; `CancellationError`.
    public func open(isPatient: Bool = false) async throws -> ZooKeeperCluster {
        var backoff = Backoff(self.clock)
        defer { self.problem.withLock { $0 = nil } }
        while true {
            let sentence: String
            do {
                return try await self.tryToOpen()
            } catch let error as ZooKeeperError {
                guard isPatient || !error.isPermanent else { throw error }
                sentence = error.sentence
            } catch let error as JobStoreError {
                sentence = error.message
            }
            let isNews = self.problem.withLock { problem in
                defer { problem = sentence }
                return problem != sentence
            }
            if isNews { self.logger.warning("Waiting for a session", metadata: ["problem": "\(sentence)"]) }
            try await backoff.wait()
        }
    }

    private func tryToOpen() async throws -> ZooKeeperCluster {
        let cluster = try await self.store.cluster().id
        // If the nodes have to be made: the tokens of those who lead by them have to be higher than all before.
        let lives = try await self.store.slots().map(\.leaderToken.incarnation)
        return try await ZooKeeperCluster.open(
            self.configuration,
            cluster: cluster,
            incarnation: (lives.max() ?? 0) + 1,
            logger: self.logger
        )
    }
}
#endif
