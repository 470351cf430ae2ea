#if HTTP && MariaDB && ZooKeeper
import DistributedCron
package import DistributedCronMariaDB
package import DistributedCronZooKeeper
package import Logging
package import ServiceLifecycle
import UnixSignals

/// What the process of each role of a cluster has: the store, the ensemble, and somebody who wants it to end.
package struct ClusterProcess: Sendable {
    /// What every role wants to know.
    package static let settings = Setting.database + Setting.ensemble

    package let store: MariaDBJobStore
    package let sessions: ZooKeeperSessions
    package let logger: Logger

    /// Prepares a process; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - settings: Where everything is.
    ///   - label: The logger's name.
    /// - Throws: ``Failure``.
    package init(_ settings: Settings, label: String) throws {
        let logger = Logger(label: label)
        let database = try Database.required(by: settings, logger: logger)
        let ensemble = try Ensemble.required(by: settings)
        let store = MariaDBJobStore(configuration: database.configuration, logger: logger)
        logger.info("Beginning", metadata: ["store": "\(database.configuration)", "ensemble": "\(ensemble)"])
        self.store = store
        self.sessions = ZooKeeperSessions(configuration: ensemble, store: store, logger: logger)
        self.logger = logger
    }

    /// Runs services until SIGTERM or SIGINT, which shut them down from the last to the first; the store outlives them.
    ///
    /// - Throws: ``Failure``.
    package func run(_ services: [any Service]) async throws {
        let configuration = ServiceGroupConfiguration(
            services: ([self.store] + services).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: self.logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}

extension Failure {
    /// What ends the process of a role; nil for what is none of that.
    package init?(role error: any Error) {
        switch error {
        case let error as ZooKeeperError: self.init(ensemble: error)
        case let error as JobStoreError: self.init(database: error)
        case let error as CoordinatorError: self.init(.unavailable, error.message)
        case let error as TaskQueueError: self.init(.unavailable, error.message)
        case let error as SupervisorError: self.init(.unavailable, error.message)
        case let error as JournalError where error.code == .failed:
            self.init(
                .failed,
                error.message,
                help: "see to the disk: a worker that is started again opens the journal anew"
            )
        case let error as JournalError: self.init(error.code == .locked ? .unavailable : .noInput, error.message)
        case let error as InvalidWorkerConfiguration:
            self.init(
                .configuration,
                error.message,
                help: "give the session more time: session=10s in the URL of ZooKeeper, within what its servers permit"
            )
        default: return nil
        }
    }
}
#endif
