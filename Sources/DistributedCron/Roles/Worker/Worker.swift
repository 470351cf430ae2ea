public import Logging
public import ServiceLifecycle

/// Owns slots, claims their due instants in the ledger, and executes the runs.
///
/// One loop owns all that the worker knows of its slots (``SlotBoard``) and does one thing at a time: take in what it
/// was told, load what has changed, adopt what a dead worker left, claim what is due. The attempts run beside it, as
/// many at once as the worker's capacity, and their ends are recorded before their task is completed.
///
/// The store is not trusted to remember: what is claimed, launched and ended is in the node's ``WorkerJournal`` as well,
/// before anything is launched. What the store has forgotten is put back, and an alarm logged, before anything else is
/// claimed in the slot.
///
/// What the worker before it on its node has left running it takes over, if the ledger lets it: from then on that is
/// recorded, cancelled and ended like what it launched itself, in whatever slot.
///
/// Graceful shutdown stops claiming, has the slots given to other workers, lets attempts go on for
/// ``WorkerConfiguration/drainTimeout``, ends those that are left, and records every end. The worker stays registered until
/// then, because others run again what a worker has left unfinished that is not. Runs that are claimed and not launched
/// stay so in the ledger, and are adopted when it has gone. A worker whose journal has failed for good leaves in the same
/// way.
public struct Worker: Service {
    /// The identity, random for each process.
    public let id: WorkerID
    private let host: String
    private let store: any JobStore
    private let queue: any TaskQueue
    private let coordinator: any Coordinator
    private let scheduler: any Scheduler
    private let executor: any AttemptExecutor
    private let outputs: LiveOutputs
    private let journal: any WorkerJournal
    private let configuration: WorkerConfiguration
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let logger: Logger

    /// Creates a worker; `run()` starts it.
    ///
    /// - Parameters:
    ///   - id: The identity, which no other process may ever have had.
    ///   - host: The node's name, for people.
    ///   - store: The ledger.
    ///   - queue: Where tasks come from.
    ///   - coordinator: This process's session.
    ///   - scheduler: The node's alarm clock.
    ///   - executor: How attempts are run.
    ///   - outputs: Where this process finds what its running attempts write.
    ///   - journal: The node's record of what its workers do; nil for one in memory that ends with this worker.
    ///   - configuration: Capacity and times.
    ///   - clock: Measures waits and the lease; it must go on while the machine sleeps.
    ///   - wallClock: Decides which instants are due.
    ///   - logger: Receives the worker's messages, tagged with its identity.
    public init(
        id: WorkerID,
        host: String,
        store: any JobStore,
        queue: any TaskQueue,
        coordinator: any Coordinator,
        scheduler: any Scheduler,
        executor: any AttemptExecutor,
        outputs: LiveOutputs = LiveOutputs(),
        journal: (any WorkerJournal)? = nil,
        configuration: WorkerConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.id = id
        self.host = host
        self.store = store
        self.queue = queue
        self.coordinator = coordinator
        self.scheduler = scheduler
        self.executor = executor
        self.outputs = outputs
        self.journal = journal ?? InMemoryWorkerJournal(wallClock: wallClock)
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        var logger = logger
        logger[metadataKey: LoggingKeys.worker] = "\(id)"
        self.logger = logger
    }

    /// Works until gracefully shut down or cancelled.
    ///
    /// - Throws: ``InvalidWorkerConfiguration``, before anything is done. ``CoordinatorError`` with code `sessionLost`
    ///   when the session is gone; every attempt has been ended then, because others will run what this worker had.
    ///   ``JournalError`` with code `failed` when the journal accepts nothing any more, and what ran has ended.
    ///   `CancellationError` if cancelled.
    public func run() async throws {
        try self.configuration.validate()
        try await self.executor.prepare()
        let cluster = try await self.store.cluster()
        let inbox = WorkerInbox()
        let recorder = Recorder(
            store: self.store,
            journal: self.journal,
            executor: self.executor,
            clock: self.clock,
            wallClock: self.wallClock,
            logger: self.logger
        )
        let memory = WorkerMemory(of: self.id, try await self.journal.entries())
        // Before anybody may take its runs over: they have ended.
        try await recorder.recover(memory.unrecorded)
        // Whoever can write nothing down claims nothing: it would be given slots and let go of them, again and again.
        try await untilGracefulShutdown { try await recorder.awaitJournal() }
        var description = WorkerDescription(
            id: self.id,
            host: self.host,
            pools: self.configuration.pools,
            capacity: self.configuration.capacity
        )
        if self.configuration.drainMemory?.isAsked == true { description.drain = .asked }
        try await self.coordinator.register(description)
        try await self.queue.open(self.id)
        let lease = WorkerLease(
            length: self.configuration.lease,
            margin: self.configuration.outageMargin,
            clock: self.clock,
            onLease: self.configuration.onLease
        )
        let attempts = AttemptPool(
            worker: self.id,
            store: self.store,
            executor: self.executor,
            outputs: self.outputs,
            recorder: recorder,
            lease: lease,
            stopGrace: self.configuration.effectiveStopGrace,
            clock: self.clock,
            wallClock: self.wallClock,
            logger: self.logger
        )
        let claims = ClaimLoop(
            worker: self.id,
            slotCount: cluster.slotCount,
            store: self.store,
            queue: self.queue,
            scheduler: self.scheduler,
            configuration: self.configuration,
            clock: self.clock,
            wallClock: self.wallClock,
            logger: self.logger,
            inbox: inbox,
            lease: lease,
            attempts: attempts,
            journal: self.journal,
            memory: memory
        )
        self.logger.info("Working", metadata: [LoggingKeys.host: "\(self.host)"])
        let result = await self.work(claims, inbox: inbox, lease: lease, attempts: attempts)
        try? await self.coordinator.deregister()
        // What cannot be settled now is the leader's, who finds a queue without a worker.
        try? await self.leaveQueue()
        try result.get()
    }

    /// Closes the queue, unless there is something in it that another worker has to do.
    private func leaveQueue() async throws {
        for task in try await self.queue.pendingTasks(for: self.id) {
            switch task {
            case .sync:
                continue
            case .adopt:
                return
            case .claim(_, _, _, _, let runs):
                for key in runs {
                    // A run that the store does not know may have been forgotten: the task is all that tells of it.
                    guard let run = try await self.store.run(key.run), run.state.isTerminal else { return }
                }
            }
        }
        try await self.queue.close(self.id)
    }

    private func work(
        _ claims: ClaimLoop,
        inbox: WorkerInbox,
        lease: WorkerLease,
        attempts: AttemptPool
    ) async -> Result<Void, any Error> {
        await withTaskGroup(of: Ending?.self) { group -> Result<Void, any Error> in
            group.addTask {
                await attempts.run(
                    capacity: self.configuration.capacity,
                    drainTimeout: self.configuration.drainTimeout,
                    inbox: inbox
                )
                return .over
            }
            group.addTask {
                let result = await Result.catching { try await self.takeIn(claims, inbox: inbox, lease: lease) }
                attempts.close()
                // Nothing is claimed any more; what runs counts by itself.
                lease.isConfirmationWanted = false
                guard case .failure(let error) = result, !(error is CancellationError) else { return nil }
                if error is JournalError {
                    self.logger.error(
                        "Nothing more is claimed, because the journal has failed",
                        metadata: ["error": "\(error)"]
                    )
                    attempts.drain()
                    return .leaving(error)
                }
                // What is ended now is not recorded as ended: its next owner decides.
                lease.revoke()
                return .lost(error)
            }
            group.addTask {
                // Also while the worker leaves: without its session nothing that was ended can be recorded.
                for await state in self.coordinator.states() where state == .lost {
                    lease.revoke()
                    attempts.close()
                    return .lost(CoordinatorError(.sessionLost, message: "the worker's session was lost"))
                }
                return nil
            }
            let confirmations = self.confirmations(lease, inbox: inbox, attempts: attempts)
            group.addTask {
                await self.heartbeat(lease, inbox: inbox, attempts: attempts, confirmations).run()
                return nil
            }
            group.addTask {
                guard await confirmations.waitUntilRefused() else { return nil }
                attempts.close()
                return .lost(
                    CoordinatorError(.sessionLost, message: "the ledger says that the worker is taken for dead")
                )
            }
            group.addTask {
                for await ends in self.executor.leftEnds() { await attempts.recorder.inherit(ends, inbox) }
                return nil
            }
            group.addTask {
                for await left in self.executor.leftRunning() {
                    guard await lease.waitUntilGood(for: attempts.stopGrace) else { return nil }
                    attempts.inherit(left)
                }
                return nil
            }
            if let memory = self.configuration.drainMemory {
                group.addTask {
                    for await isAsked in self.coordinator.drainRequests(of: self.id) { memory.isAsked = isAsked }
                    return nil
                }
            }
            let handsOver = self.configuration.handOverTimeout > .zero
            if handsOver {
                group.addTask {
                    if await waitForGracefulShutdown() { await self.handOver() }
                    return .handedOver
                }
            }
            var isHandedOver = !handsOver
            var isOver = false
            var reason: (any Error)?
            for await ending in group {
                switch ending {
                case nil: continue
                case .over?: isOver = true
                case .handedOver?: isHandedOver = true
                case .leaving(let error)?:
                    reason = error
                    guard handsOver else { continue }
                    group.addTask {
                        await self.handOver()
                        return .handedOver
                    }
                case .lost(let error)?:
                    group.cancelAll()
                    await group.waitForAll()
                    return .failure(error)
                }
                // The heartbeat goes on until both.
                if isOver, isHandedOver { group.cancelAll() }
            }
            if let reason { return .failure(reason) }
            return .success(())
        }
    }

    /// What ends the work, or will.
    private enum Ending: Sendable {
        /// The last attempt has ended.
        case over
        /// The slots are other workers', or nobody took them in time.
        case handedOver
        /// Nothing more can be claimed, and what runs ends as after a graceful shutdown.
        case leaving(any Error)
        /// The session is lost, and every attempt has to end at once.
        case lost(any Error)
    }

    /// Takes in all that brings work, until shut down.
    private func takeIn(_ claims: ClaimLoop, inbox: WorkerInbox, lease: WorkerLease) async throws {
        try await untilGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await assignment in self.coordinator.assignments(for: self.id) { inbox.assign(assignment) }
                }
                group.addTask {
                    for try await task in try await self.queue.tasks(for: self.id) { inbox.deliver(task) }
                    try Task.checkCancellation()
                    lease.revoke()
                    throw CoordinatorError(.sessionLost, message: "the worker's queue was closed: it is taken for dead")
                }
                group.addTask {
                    for await _ in self.scheduler.wakeups { inbox.wake() }
                }
                group.addTask { try await self.scheduler.run() }
                group.addTask { try await claims.run() }
                // `waitForAll` would wait for the others after the first has failed, and cancel none of them.
                while try await group.next() != nil {}
            }
        }
    }

    /// Asks for the slots to be given to others, and waits until they are: whoever is gone before is left alone for a grace.
    private func handOver() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.clock.sleep(for: self.configuration.handOverTimeout) }
            group.addTask {
                do {
                    try await self.askForSuccessors()
                    for await assignment in self.coordinator.assignments(for: self.id) where assignment.slots.isEmpty {
                        return
                    }
                } catch {
                    // All has ended, or the session has, and then the slots are given to others anyway.
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func askForSuccessors() async throws {
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.coordinator.setDraining(true, of: self.id)
            } catch let error as CoordinatorError where error.isRetryable {
                self.logger.info("The worker's slots could not be given away yet", metadata: ["error": "\(error)"])
                try await backoff.wait()
            }
        }
    }

    private func confirmations(_ lease: WorkerLease, inbox: WorkerInbox, attempts: AttemptPool) -> Confirmations {
        Confirmations(
            worker: self.id,
            store: self.store,
            lease: lease,
            clock: self.clock,
            logger: self.logger,
            isRunning: { attempts.hasOngoing },
            onBeginning: { inbox.wake() }
        )
    }

    private func heartbeat(
        _ lease: WorkerLease,
        inbox: WorkerInbox,
        attempts: AttemptPool,
        _ confirmations: Confirmations
    ) -> Heartbeat {
        Heartbeat(
            coordinator: self.coordinator,
            lease: lease,
            interval: self.configuration.heartbeat,
            clock: self.clock,
            logger: self.logger,
            onRecovery: { inbox.wake() },
            confirmations: confirmations,
            outages: OutageLog(lease: lease, wallClock: self.wallClock, logger: self.logger) { attempts.heldCount }
        )
    }
}

extension Result where Success == Void, Failure == any Error {
    fileprivate static func catching(_ work: () async throws -> Void) async -> Self {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
