import Logging
import ServiceLifecycle

/// Executes permitted attempts, a bounded number at once, and records how they end.
struct AttemptPool: Sendable {
    let worker: WorkerID
    let store: any JobStore
    let executor: any AttemptExecutor
    let recorder: Recorder
    let lease: WorkerLease
    let clock: any Clock<Duration>
    let wallClock: any WallClock
    let logger: Logger
    private let waiting = WaitingLine<LaunchPermit>()

    init(
        worker: WorkerID,
        store: any JobStore,
        executor: any AttemptExecutor,
        recorder: Recorder,
        lease: WorkerLease,
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        logger: Logger
    ) {
        self.worker = worker
        self.store = store
        self.executor = executor
        self.recorder = recorder
        self.lease = lease
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// How many permits wait for a free place.
    var waitingCount: Int { self.waiting.count }

    /// Launches these as soon as there is room, those of the earliest instants first.
    func launch(_ permits: [LaunchPermit]) { self.waiting.add(permits) }

    /// Launches nothing more; ``run(capacity:drainTimeout:recorded:)`` returns when what runs has ended.
    func close() { self.waiting.close() }

    /// Executes until closed or cancelled, and returns when every end has been recorded.
    ///
    /// - Parameters:
    ///   - capacity: How many attempts run at once.
    ///   - drainTimeout: How long after the beginning of a graceful shutdown attempts are ended.
    ///   - recorded: Is told the runs whose attempts have been recorded as ended.
    func run(capacity: Int, drainTimeout: Duration, recorded: @escaping @Sendable ([RunID]) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.recorder.run(recorded) }
            await self.drained(after: drainTimeout) {
                await withTaskGroup(of: Void.self) { places in
                    for _ in 0..<capacity { places.addTask { await self.occupyPlace() } }
                }
            }
            self.recorder.close()
        }
    }

    /// Does some work, which is cancelled when it goes on for too long after a graceful shutdown began.
    private func drained(after timeout: Duration, _ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await work() }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return }
                try? await self.clock.sleep(for: timeout)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func occupyPlace() async {
        while let permit = await self.waiting.next() {
            await self.execute(permit)
        }
    }

    private func execute(_ permit: LaunchPermit) async {
        let key = AttemptKey(run: permit.run.id, number: permit.run.attempt)
        guard await self.mayStart(permit, key) else { return }
        self.recorder.started(key, at: self.wallClock.now)
        let report = await self.executor.execute(permit.order)
        self.logger.debug(
            "Attempt ended",
            metadata: [
                LoggingKeys.run: "\(key.run)", LoggingKeys.attempt: "\(key.number)", "outcome": "\(report.outcome)",
            ]
        )
        // Ended because the lease was lost: what becomes of the run is its next owner's to decide.
        guard report.outcome != .cancelled || self.lease.isValid else { return }
        let attempt = Attempt(
            run: key.run,
            number: key.number,
            worker: self.worker,
            epoch: permit.run.epoch,
            report: report
        )
        await self.recorder.ended(attempt)
    }

    /// Marks a run that must not start twice, and says whether the attempt may start now.
    ///
    /// Without a lease nothing starts: the run stays claimed, for its next owner.
    private func mayStart(_ permit: LaunchPermit, _ key: AttemptKey) async -> Bool {
        guard self.lease.isValid else { return false }
        guard permit.definition.policies.recovery == .atMostOnce else { return true }
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.store.markStarting([key: permit.run.epoch]).contains(key)
            } catch {
                self.logger.warning("An attempt could not be marked as starting", metadata: ["error": "\(error)"])
                guard (try? await backoff.wait()) != nil else { return false }
            }
        }
    }
}
