import Logging
import ServiceLifecycle

/// Executes permitted attempts, a bounded number at once, and records how they end.
struct AttemptPool: Sendable {
    let worker: WorkerID
    let store: any JobStore
    let executor: any AttemptExecutor
    let outputs: LiveOutputs
    let recorder: Recorder
    let lease: WorkerLease
    let clock: any Clock<Duration>
    let wallClock: any WallClock
    let logger: Logger
    private let waiting = WaitingLine<LaunchPermit>()
    private let ends = AttemptEnds()

    init(
        worker: WorkerID,
        store: any JobStore,
        executor: any AttemptExecutor,
        outputs: LiveOutputs,
        recorder: Recorder,
        lease: WorkerLease,
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        logger: Logger
    ) {
        self.worker = worker
        self.store = store
        self.executor = executor
        self.outputs = outputs
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

    /// Launches nothing more; ``run(capacity:drainTimeout:over:)`` returns when what runs has ended.
    func close() { self.waiting.close() }

    /// Executes until closed or cancelled, and returns when every end has been recorded.
    ///
    /// - Parameters:
    ///   - capacity: How many attempts run at once.
    ///   - drainTimeout: How long after the beginning of a graceful shutdown attempts are ended.
    ///   - over: Is told the runs with which this worker has no more to do: their ends are recorded, or they are
    ///     another's.
    func run(capacity: Int, drainTimeout: Duration, over: @escaping @Sendable ([EndedAttempt]) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.recorder.run(over) }
            await self.drained(after: drainTimeout) {
                await withTaskGroup(of: Void.self) { places in
                    for _ in 0..<capacity { places.addTask { await self.occupyPlace(over) } }
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

    private func occupyPlace(_ over: @Sendable ([EndedAttempt]) -> Void) async {
        while let permit = await self.waiting.next() {
            await self.execute(permit, refused: over)
        }
    }

    /// Ends an attempt that runs or waits for a free place; one that has ended stays as it is.
    func cancel(_ cancellation: RunCancellation) { self.ends.cancel(cancellation) }

    private func execute(_ permit: LaunchPermit, refused: ([EndedAttempt]) -> Void) async {
        let key = AttemptKey(of: permit.run)
        let report: AttemptReport
        if self.ends.reason(of: key.run) != nil {
            report = self.unstarted(.cancelled)
        } else if permit.run.isExpired(at: Instant(floor: self.wallClock.now), under: permit.definition.policies) {
            report = self.unstarted(.expired)
        } else {
            guard await self.mayStart(permit, key) else {
                self.ends.forget(key.run)
                return refused([EndedAttempt(run: key.run, isRetried: false)])
            }
            report = await self.attempt(permit, key)
        }
        let cancellation = self.ends.reason(of: key.run)
        self.ends.forget(key.run)
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
            report: report,
            cancellation: report.outcome == .cancelled ? cancellation : nil,
            retryAt: cancellation == nil
                ? permit.run.retry(
                    after: report.outcome,
                    at: Instant(ceiling: report.finishedAt),
                    under: permit.definition.policies
                ) : nil
        )
        await self.recorder.ended(attempt)
    }

    private func unstarted(_ outcome: AttemptOutcome) -> AttemptReport {
        AttemptReport(outcome: outcome, startedAt: nil, finishedAt: self.wallClock.now, output: OutputTail())
    }

    /// Runs an attempt, which ends early if somebody asks for that.
    private func attempt(_ permit: LaunchPermit, _ key: AttemptKey) async -> AttemptReport {
        self.recorder.started(key, at: self.wallClock.now)
        let output = self.outputs.begin(key.run)
        var report = await self.ends.untilCancelled(key.run) {
            await self.executor.execute(permit.order, output: output)
        }
        report.output = self.outputs.finish(output, of: key.run)
        return report
    }

    /// Waits for the lease, marks a run that must not start twice, and says whether the attempt may start now.
    ///
    /// Without a lease nothing starts. What may not start stays as it is in the ledger, for the slot's next owner.
    private func mayStart(_ permit: LaunchPermit, _ key: AttemptKey) async -> Bool {
        guard await self.lease.waitUntilValid() else { return false }
        guard permit.definition.policies.recovery == .atMostOnce else { return true }
        var backoff = Backoff(self.clock)
        while true {
            do {
                if try await self.store.markStarting([key]).contains(key) { return true }
                // Nobody else has a permit for this attempt: if it is marked, a call whose answer was lost has done it,
                // or the claim loop, which put the run back after the store had forgotten it.
                guard let run = try await self.store.run(key.run) else { return false }
                return AttemptKey(of: run) == key && run.state == .starting
            } catch {
                self.logger.warning("An attempt could not be marked as starting", metadata: ["error": "\(error)"])
                guard (try? await backoff.wait()) != nil else { return false }
            }
        }
    }
}
