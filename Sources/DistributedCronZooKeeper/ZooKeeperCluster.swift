#if ZooKeeper
public import DistributedCron
public import Logging

/// A process's part in a cluster that agrees through ZooKeeper: one session, and what goes over it.
///
/// A session that is lost stays lost: open another.
public final class ZooKeeperCluster: Sendable {
    /// Elections, registrations, assignments and the change signal.
    public let coordinator: ZooKeeperCoordinator
    /// The workers' queues.
    public let taskQueue: ZooKeeperTaskQueue
    private let session: ZooKeeperSession

    private init(session: ZooKeeperSession, layout: ZooKeeperLayout, maximumTasks: Int, logger: Logger) {
        self.session = session
        self.coordinator = ZooKeeperCoordinator(session: session, layout: layout)
        self.taskQueue = ZooKeeperTaskQueue(
            session: session,
            layout: layout,
            maximumTasks: maximumTasks,
            logger: logger
        )
    }

    /// Begins a session, and makes the cluster's nodes unless they are there.
    ///
    /// - Parameters:
    ///   - configuration: Where ZooKeeper is.
    ///   - cluster: The cluster, as the store knows it.
    ///   - incarnation: Which life of the ensemble it is if the nodes have to be made: higher than any that the store has
    ///     seen, or it refuses the leaders that are elected.
    ///   - maximumTasks: How many tasks a worker's queue may hold.
    ///   - logger: Hears of what cannot be read.
    /// - Returns: The session.
    /// - Throws: ``ZooKeeperError``, of the kind `otherCluster` if the chroot belongs to another cluster, and `otherVersion`
    ///   if one of its processes is too old or too new for this program; `CancellationError`.
    public static func open(
        _ configuration: ZooKeeperConfiguration,
        cluster: ClusterID,
        incarnation: UInt64,
        maximumTasks: Int = 8_192,
        logger: Logger = Logger(label: "distcron.zookeeper")
    ) async throws -> ZooKeeperCluster {
        let session = try await ZooKeeperSession.open(configuration)
        do {
            let layout = try await ZooKeeperLayout.prepare(
                session,
                root: configuration.chroot,
                cluster: cluster,
                incarnation: incarnation
            )
            try await layout.refuseSkew(session)
            return ZooKeeperCluster(session: session, layout: layout, maximumTasks: maximumTasks, logger: logger)
        } catch {
            session.abandon()
            throw error
        }
    }

    /// Ends the session, with all that is ephemeral of it, and waits for that.
    public func close() async { await self.session.close() }
}
#endif
