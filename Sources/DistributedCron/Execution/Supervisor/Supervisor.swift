public import Logging
public import ServiceLifecycle

/// Runs the attempts of a node's workers in a process that outlives them.
///
/// A worker that was killed, stopped or cut off cannot end what it has started. So it starts nothing: it has a supervisor do
/// that (``SupervisedExecutor``), which reads from a file until when the worker's lease is good, and ends what must not
/// outlive it, whether the worker lives or not.
///
/// It serves workers of its own generation, which would start the very same supervisor: the same executable with the same
/// words. After an upgrade, or with another configuration, a worker starts another one beside it. That one looks now and then
/// whether the older has ended, so that nothing goes on of what it ran if it dies.
///
/// What ends by itself while its worker is gone is told to the next one, until one says that it has written it down. So is what
/// goes on, which the next one may take over: then that one's lease is the one that counts.
///
/// It ends by itself when nothing runs any more and no worker has come for a while. After a graceful shutdown it begins
/// nothing more, and ends with the last of what runs: until then it goes on to watch the leases, and to end what workers ask it
/// to. One that is cancelled ends what runs.
public struct Supervisor: Service {
    /// How long it does if there are ends of attempts that no worker has written down: long after other nodes have taken
    /// over what they could.
    private static let patience = Duration.seconds(600)
    /// How often it looks for supervisors of other generations that have ended.
    private static let glance = Duration.seconds(1)

    private let directory: String
    private let generation: String
    private let executor: any AttemptExecutor
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let first: SupervisorConnection?
    private let workers = SupervisedWorkers()
    /// How long it waits for another worker when there is nothing to do.
    var linger = Duration.seconds(10)
    /// Is told when workers can connect.
    var onServing: (@Sendable () -> Void)?

    /// Creates a supervisor; `run()` starts it.
    ///
    /// - Parameters:
    ///   - directory: Where workers find it; made if it is not there, but not its parents.
    ///   - generation: Which workers do, as the worker that has started this process says.
    ///   - executor: What runs the attempts.
    ///   - socket: The number of the descriptor by which the worker that has started this process talks to it; taken over.
    ///   - clock: Measures waits.
    ///   - logger: Hears of what is ended because of a lease.
    public init(
        directory: String,
        generation: String,
        executor: any AttemptExecutor,
        socket: Int32? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.directory = directory
        self.generation = generation
        self.executor = executor
        self.first = socket.map { SupervisorConnection(Descriptor(owning: $0), logger: logger) }
        self.clock = clock
        self.logger = logger
    }

    /// Serves workers until there is nothing to do; does nothing if another supervisor of its generation serves the directory.
    ///
    /// - Throws: What is wrong with the directory; what the executor finds wrong, such as something that a supervisor that
    ///   died left running and that cannot be ended.
    public func run() async throws {
        let directory = try SupervisorDirectory(path: self.directory)
        guard let lock = try directory.lock(self.generation) else { return }
        directory.removeOldLeases()
        // Before the look at what the dead have left: who dies later is missed then.
        let others = directory.others(than: self.generation)
        // Whoever died in this place has left attempts, which are over before anybody is told that they are.
        try await self.executor.prepare()
        let arrivals = SupervisorArrivals(try directory.listen(self.generation), logger: self.logger)
        if let first = self.first, first.isTrusted() { arrivals.add(first) }
        self.onServing?()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.workers.waitUntilIdle(
                    for: self.linger,
                    orFor: max(self.linger, Self.patience),
                    on: self.clock
                )
                arrivals.end()
            }
            group.addTask { await self.outlive(others) }
            group.addTask {
                guard await waitForGracefulShutdown() else { return }
                self.logger.info("Nothing more is begun, and the end comes with that of what runs")
                await self.workers.drain()
                arrivals.end()
            }
            for await connection in arrivals.connections {
                self.workers.arrive()
                group.addTask {
                    await self.serve(connection)
                    self.workers.leave()
                }
            }
            group.cancelAll()
        }
        arrivals.end()
        directory.remove(self.generation)
        withExtendedLifetime(lock) {}
    }

    /// Waits until supervisors of other generations have ended, and ends what they leave if they die.
    private func outlive(_ others: Set<String>) async {
        var others = others
        if !others.isEmpty {
            self.logger.info("Supervisors of other workers have not ended yet", metadata: ["count": "\(others.count)"])
        }
        while !others.isEmpty, (try? await self.clock.sleep(for: Self.glance)) != nil {
            do {
                let left = try SupervisorDirectory(path: self.directory).others(than: self.generation)
                if !others.isSubset(of: left) { try await self.executor.prepare() }
                others = left
            } catch {
                self.logger.error("What another supervisor left could not be ended", metadata: ["error": "\(error)"])
            }
        }
    }

    private func serve(_ connection: SupervisorConnection) async {
        defer { connection.close() }
        var messages = connection.messages().makeAsyncIterator()
        guard case .begin(let id, let grace)? = await messages.next() else { return }
        do {
            let directory = try SupervisorDirectory(path: self.directory)
            let (worker, earlier) = try self.workers.add(id) { () throws(SystemError) in
                SupervisedWorker(
                    id: id,
                    connection: connection,
                    among: self.workers,
                    executor: self.executor,
                    lease: try LeaseFile(LeaseFile.name(of: id), in: directory.descriptor),
                    stopGrace: grace,
                    clock: self.clock,
                    logger: self.logger
                )
            }
            // What the same worker has begun over a connection that is gone, nobody waits for any more.
            if let earlier { await earlier.endAll() }
            // First what others have left: a worker that is told to begin has heard of it.
            self.workers.unsettled.begin(id, over: connection)
            self.workers.handDown()
            connection.post(.ready)
            await worker.serve(&messages)
            // One that comes back finds another file, and writes to that.
            self.workers.remove(id, worker) { directory.removeLease(of: id) }
        } catch {
            self.logger.error(
                "A worker cannot be served",
                metadata: [LoggingKeys.worker: "\(id)", "error": "\(error)"]
            )
        }
    }
}
