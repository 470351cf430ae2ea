public import Logging
public import ServiceLifecycle

/// Cron inside a program: every role in this process, on backends that need no server.
///
/// ```swift
/// let cron = try await CronService(.directory("/var/lib/shop/cron"), timeZone: "Europe/Stockholm")
///
/// try await cron.job("purge-sessions", "*/15 * * * *") { run in
///     try await sessions.purge(before: run.scheduledAt.addingTimeInterval(-3600))
///     run.log("purged")
/// }
/// try await cron.command("nightly-dump", "@daily", run: "pg_dump shop | gzip >/srv/shop.gz", timeout: .seconds(3600))
/// try await cron.run()
/// ```
///
/// What a program declares is kept with what else is in the storage: runs go on where the last process stopped, instants
/// that passed meanwhile are accounted for by each job's misfire policy, and a job that is not declared any more is removed
/// when ``run()`` begins. Jobs that were added in other ways (``jobs``, or the REST API over it) stay as they are.
public final class CronService: Service {
    /// Where jobs, runs and files are kept.
    public struct Storage: Sendable {
        enum Kind { case memory, directory(String), store(any JobStore, files: String) }
        let kind: Kind

        /// In this process, with which all of it ends.
        public static let memory = Self(kind: .memory)

        /// In a directory, for one process at a time; made if it is not there, with its parents.
        ///
        /// Every change is on disk before it is acknowledged, and what a killed process left running is ended by the next.
        public static func directory(_ path: String) -> Self { Self(kind: .directory(path)) }

        /// Jobs and runs in a store that others can reach too, such as a database, and files in a directory of this machine.
        ///
        /// It is for one process at a time as well: whoever opens it later takes over at once what an earlier one had, and
        /// ``CronService/run()`` of that one ends its runs and throws ``JobStoreError`` with code `fenced`, two seconds later
        /// at most, or as soon as it can reach the store again. If neither has led when the second is opened, either may be the
        /// one that goes on. A store that is a service itself has to be run beside.
        ///
        /// - Parameters:
        ///   - store: The jobs and runs.
        ///   - path: The directory of scripts, binaries and long outputs; made if it is not there, with its parents.
        /// - Returns: The storage.
        public static func store(_ store: any JobStore, files path: String) -> Self {
            Self(kind: .store(store, files: path))
        }
    }

    /// How a program's cron behaves; the defaults are the system's.
    public struct Configuration: Sendable {
        /// How many runs go on at once; four for each core by default.
        public var capacity = WorkerConfiguration.defaultCapacity
        /// How long runs may go on after a graceful shutdown began, before they are ended; 10 seconds by default.
        public var drainTimeout = Duration.seconds(10)
        /// How long jobs that are over are kept after their last run and their last change; 90 days by default.
        public var jobRetention = Duration.seconds(90 * 86_400)
        /// How long runs are kept after their end; 30 days by default.
        public var runRetention = Duration.seconds(30 * 86_400)
        /// What jobs may contain.
        public var limits = JobService.Limits()

        /// Creates the defaults.
        public init() {}
    }

    /// What can be done with jobs and runs, declared here or not; a REST API is mounted over it.
    public let jobs: JobService
    let declarations = Lock<Set<String>>([])
    let handlers: HandlerExecutor
    private let backends: EmbeddedBackends
    private let outputs: LiveOutputs
    private let identities: IdentitySource
    private let configuration: Configuration
    let logger: Logger

    /// Opens the storage; ``run()`` starts everything else.
    ///
    /// - Parameters:
    ///   - storage: Where jobs, runs and files are kept.
    ///   - timeZone: The IANA zone of schedules that name none; UTC by default.
    ///   - configuration: How it behaves.
    ///   - logger: Receives the messages of all roles.
    /// - Throws: ``ZoneError`` if there is no such zone; ``JournalError`` if the directory cannot be used, with code
    ///   `locked` if another process has it; ``JobStoreError`` with code `unavailable`; what keeps the directory from
    ///   being made.
    public convenience init(
        _ storage: Storage,
        timeZone: String = Zone.utc.name,
        configuration: Configuration = Configuration(),
        logger: Logger = Logger(label: "distcron")
    ) async throws {
        let zone = try Zone.named(timeZone)
        let identities = IdentitySource()
        self.init(
            try await EmbeddedBackends.open(storage, identities: identities, logger: logger),
            timeZone: zone,
            configuration: configuration,
            identities: identities,
            logger: logger
        )
    }

    /// Composes the roles over backends.
    package init(
        _ backends: EmbeddedBackends,
        timeZone: Zone,
        configuration: Configuration,
        identities: IdentitySource,
        logger: Logger
    ) {
        self.backends = backends
        self.configuration = configuration
        self.identities = identities
        self.logger = logger
        self.outputs = LiveOutputs()
        self.handlers = HandlerExecutor(
            other: backends.processes,
            clock: backends.attemptClock,
            wallClock: backends.wallClock
        )
        self.jobs = JobService(
            store: backends.store,
            artifacts: backends.artifacts,
            coordinator: backends.coordinator,
            outputs: self.outputs,
            limits: configuration.limits,
            timeZone: timeZone,
            identities: identities
        )
    }

    /// Assigns, claims and executes until gracefully shut down or cancelled; first removes the jobs that earlier programs
    /// declared and this one has not.
    ///
    /// A graceful shutdown claims nothing more, lets runs go on for the drain time-out, ends those that are left, and
    /// records every end.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`, or `fenced` once another process has taken over the store; what
    ///   the executor finds wrong with its directory; `CancellationError` if cancelled.
    public func run() async throws {
        try await self.removeUndeclared()
        var housekeeper = Housekeeper(
            store: self.backends.store,
            artifacts: self.backends.artifacts,
            wallClock: self.backends.wallClock,
            logger: self.logger
        )
        housekeeper.jobRetention = self.configuration.jobRetention
        housekeeper.runRetention = self.configuration.runRetention
        // Shut down from the last to the first: the leader stays until the worker has recorded its last end.
        let roles: [any Service] = [housekeeper, self.manager, self.worker]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: roles.map { .init(service: $0) },
                logger: self.logger
            )
        )
        defer { self.backends.discard() }
        do {
            try await group.run()
        } catch let error as CoordinatorError where error.code == .sessionLost {
            throw JobStoreError(.fenced, message: "another process has opened the same store and taken over its jobs")
        }
    }

    /// Lets go of the storage, to which nothing is written afterwards; to be called when ``run()`` has returned.
    ///
    /// A program that ends need not call it: what was acknowledged is on disk already.
    public func close() async { await self.backends.close() }

    private var manager: Manager {
        var configuration = Manager.Configuration()
        // Whoever worked on this store before is dead, or ends as soon as it hears of this one.
        configuration.grace = .zero
        configuration.rebuildGrace = .zero
        configuration.coalescing = self.backends.coalescing
        configuration.beat = self.backends.beat
        // The worker has to end what it runs, and must not record it as ended: its runs are the other's now.
        configuration.onDefeat = { [coordinator = self.backends.coordinator] in coordinator.expire() }
        return Manager(
            id: self.identities.managerID(),
            store: self.backends.store,
            queue: self.backends.queue,
            coordinator: self.backends.coordinator,
            configuration: configuration,
            logger: self.logger
        )
    }

    private var worker: Worker {
        var configuration = WorkerConfiguration(capacity: self.configuration.capacity)
        configuration.drainTimeout = self.configuration.drainTimeout
        configuration.sweep = self.backends.sweep
        configuration.onRest = self.backends.onRest
        // There is no other worker that a closure could wait for.
        configuration.handlers = nil
        // Nor is there one that could take its slots: what runs goes on after the machine has slept, however long.
        configuration.lease = .seconds(10 * 365 * 86_400)
        configuration.handOverTimeout = .zero
        return Worker(
            id: self.identities.workerID(),
            host: "local",
            store: self.backends.store,
            queue: self.backends.queue,
            coordinator: self.backends.coordinator,
            scheduler: self.backends.scheduler,
            executor: self.handlers,
            outputs: self.outputs,
            configuration: configuration,
            wallClock: self.backends.wallClock,
            logger: self.logger
        )
    }
}
