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
    let stopGrace: Duration
    let clock: any Clock<Duration>
    let wallClock: any WallClock
    let logger: Logger
    let waiting = WaitingLine<PlaceUse>()
    let ends = AttemptEnds()
    let left = LeftAttempts()
    private let held = HeldPermits()
    private let ongoing = OngoingPermits()
    private let draining = Bell()

    init(
        worker: WorkerID,
        store: any JobStore,
        executor: any AttemptExecutor,
        outputs: LiveOutputs,
        recorder: Recorder,
        lease: WorkerLease,
        stopGrace: Duration,
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
        self.stopGrace = stopGrace
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// How many permits wait for a free place, or for the coordination service.
    var waitingCount: Int { self.waiting.count }

    /// How many permits wait for the coordination service to come back.
    var heldCount: Int { self.held.count }

    /// Whether something runs, or waits for a free place, that goes on in an outage.
    var hasOngoing: Bool { !self.ongoing.isEmpty || self.ends.hasOngoing }

    /// Launches these as soon as there is room, those of the earliest instants first; once closed, none.
    func launch(_ permits: [LaunchPermit]) {
        self.ongoing.add(permits)
        if !self.waiting.add(permits.map { PlaceUse.launch($0) }) { self.ongoing.remove(permits) }
    }

    /// Takes over what earlier workers of the node have left running, as far as the store lets it.
    func inherit(_ left: [LeftAttempt]) { self.left.add(left) }

    /// Launches nothing more, nor takes anything over; ``run(capacity:drainTimeout:inbox:)`` returns when what runs has ended.
    func close() {
        self.left.close()
        self.ongoing.remove(self.waiting.close().compactMap(\.permit))
    }

    /// Has what runs ended after the drain time-out, as after the beginning of a graceful shutdown.
    func drain() { self.draining.ring() }

    /// Executes until closed or cancelled, and returns when every end has been recorded.
    ///
    /// - Parameters:
    ///   - capacity: How many attempts run at once.
    ///   - drainTimeout: How long after the beginning of a graceful shutdown, or ``drain()``, attempts are ended.
    ///   - inbox: Is told the runs with which this worker has no more to do (their ends are recorded, or they are
    ///     another's), and those that the store has forgotten.
    func run(capacity: Int, drainTimeout: Duration, inbox: WorkerInbox) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.recorder.run(inbox) }
            await self.watched {
                await self.drained(after: drainTimeout) {
                    await withTaskGroup(of: Void.self) { places in
                        for _ in 0..<capacity { places.addTask { await self.occupyPlace(inbox) } }
                        places.addTask { await self.takeOverWhatIsLeft(inbox) }
                    }
                }
            }
            self.recorder.close()
        }
    }

    /// Does some work while the attempts in it are ended if the lease runs out.
    private func watched(_ work: () async -> Void) async {
        let watch = LeaseWatch(
            lease: self.lease,
            ends: self.ends,
            executor: self.executor,
            supervision: Supervision(.stop, stopGrace: self.stopGrace),
            clock: self.clock,
            logger: self.logger
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watch.run() }
            group.addTask {
                await self.lease.whenGood(for: self.stopGrace) { self.launch(self.held.removeAll()) }
            }
            await work()
            group.cancelAll()
        }
    }

    /// Does some work, which is cancelled when it goes on for too long after a graceful shutdown began, or ``drain()``.
    private func drained(after timeout: Duration, _ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await work() }
            group.addTask {
                await withGracefulShutdownHandler {
                    await self.draining.wait()
                } onGracefulShutdown: {
                    self.draining.ring()
                }
                guard !Task.isCancelled else { return }
                try? await self.clock.sleep(for: timeout)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func occupyPlace(_ inbox: WorkerInbox) async {
        while let use = await self.waiting.next() {
            switch use {
            case .takenOver(let place): await place.waitUntilFree()
            case .launch(let permit): await self.execute(permit, inbox)
            }
        }
    }

    /// Ends an attempt that runs and is not this worker's any more, as if the lease had lapsed.
    func endIfRunning(_ run: RunID) { self.ends.lapse(run) }

    /// Ends an attempt that runs or waits for a free place; one that has ended stays as it is.
    func cancel(_ cancellation: RunCancellation) {
        self.ends.cancel(cancellation)
        // It ends without having started, which nothing keeps from happening now.
        if let permit = self.held.remove(cancellation.run) { self.launch([permit]) }
    }

    /// Puts a permit aside until the coordination service is back.
    private func hold(_ permit: LaunchPermit) {
        self.held.add(permit)
        // Its end may have been asked for just now, or the service be back.
        guard self.ends.reason(of: permit.run.id) != nil || self.lease.isGood(for: self.stopGrace) else { return }
        if let permit = self.held.remove(permit.run.id) { self.launch([permit]) }
    }

    private func execute(_ permit: LaunchPermit, _ inbox: WorkerInbox) async {
        defer { self.ongoing.remove([permit]) }
        let key = AttemptKey(of: permit.run)
        let report: AttemptReport
        if self.ends.reason(of: key.run) != nil {
            report = self.unstarted(.cancelled)
        } else if permit.run.isExpired(at: Instant(floor: self.wallClock.now), under: permit.definition.policies) {
            report = self.unstarted(.expired)
        } else {
            switch await self.permission(permit, key, inbox) {
            case .granted:
                report = await self.attempt(permit, key)
            case .forgotten:
                report = self.unstarted(.notStarted("the store has forgotten that the run was claimed"))
            case .held:
                return self.hold(permit)
            case .refused:
                self.ends.forget(key.run)
                return inbox.ended([EndedAttempt(attempt: key, isRetried: false)])
            }
        }
        await self.conclude(key, report) { self.record(permit, report, endedFor: $0) }
    }

    /// Records how an attempt has ended, which has a record for each reason for which it may have been made to.
    func conclude(_ key: AttemptKey, _ report: AttemptReport, _ record: (RunReason?) -> Attempt) async {
        self.logger.debug(
            "Attempt ended",
            metadata: [
                LoggingKeys.run: "\(key.run)", LoggingKeys.attempt: "\(key.number)", "outcome": "\(report.outcome)",
            ]
        )
        // What was ended is this worker's to record only while the slot is certain to be; without a lease it may be
        // its next owner's. What ended by itself is true whoever records it.
        let isOurs = report.outcome == .cancelled ? await self.lease.waitUntilGood(under: .lease) : true
        var reason = self.ends.reason(of: key.run)
        // Nobody here has asked for its end: whoever watched over it did, or is gone, through no fault of the run's.
        if reason == nil, report.outcome == .cancelled, !Task.isCancelled { reason = .lapsed }
        self.ends.forget(key.run)
        guard isOurs else { return }
        await self.recorder.ended(record(reason))
    }

    /// The record of an attempt that was to end for a reason, if it has one, and may have ended by itself before.
    private func record(_ permit: LaunchPermit, _ report: AttemptReport, endedFor reason: RunReason?) -> Attempt {
        let policies = permit.definition.policies
        let retryAt: Instant? =
            switch reason {
            case .lapsed where report.outcome == .cancelled:
                permit.run.retry(afterLapseAt: Instant(floor: self.wallClock.now), under: policies)
            case nil, .lapsed:
                permit.run.retry(after: report.outcome, at: Instant(ceiling: report.finishedAt), under: policies)
            default: nil
            }
        return Attempt(
            run: permit.run.id,
            number: permit.run.attempt,
            worker: self.worker,
            epoch: permit.run.epoch,
            report: report,
            cancellation: report.outcome == .cancelled ? reason : nil,
            retryAt: retryAt
        )
    }

    private func unstarted(_ outcome: AttemptOutcome) -> AttemptReport {
        AttemptReport(outcome: outcome, startedAt: nil, finishedAt: self.wallClock.now, output: OutputTail())
    }

    /// Runs an attempt, which ends early if somebody asks for that.
    private func attempt(_ permit: LaunchPermit, _ key: AttemptKey) async -> AttemptReport {
        self.recorder.started(key, at: self.wallClock.now)
        let output = self.outputs.begin(key.run)
        let order = permit.order
        var report = await self.ends.untilCancelled(key.run, onLapse: order.onLapse, onOutage: order.onOutage) {
            // If the lease ran out just now, the watch has looked before this attempt was there to be seen.
            guard self.lease.isGood(for: self.stopGrace, under: order.onOutage) || order.onLapse == .finish else {
                self.ends.cancel(RunCancellation(run: key.run, reason: .lapsed))
                return self.unstarted(.cancelled)
            }
            return await self.executor.execute(order, output: output)
        }
        report.output = self.outputs.finish(output, of: key.run)
        return report
    }

    private enum Permission {
        case granted
        /// It stays as it is in the ledger, for the slot's next owner.
        case refused
        /// The store does not have the run any more, and nobody has put it back.
        case forgotten
        /// Not before the coordination service is back.
        case held
    }

    /// Waits for a lease, marks a run that must not start twice, that goes on in an outage, or whose slot is another worker's
    /// now, and says whether the attempt may start.
    ///
    /// Without a lease nothing starts, nor with one that is about to run out. What is not to start under the ledger's is
    /// held.
    private func permission(_ permit: LaunchPermit, _ key: AttemptKey, _ inbox: WorkerInbox) async -> Permission {
        let policies = permit.definition.policies
        let waited = await self.awaitLease(under: policies.onOutage)
        guard waited == .granted else { return waited }
        // The slot's next owner may have claimed the run, if the store has forgotten that this worker had, or, while the
        // coordination service is away, that the worker was taken for dead.
        guard
            policies.recovery == .atMostOnce || policies.onOutage == .lease
                || !inbox.isAssigned(permit.slot, under: key.epoch)
        else { return .granted }
        let permission = await self.mark(key, inbox)
        guard permission == .granted else { return permission }
        // The mark may have taken its time.
        return await self.awaitLease(under: policies.onOutage)
    }

    private func awaitLease(under policy: OutagePolicy) async -> Permission {
        switch await self.lease.waitUntilReady(for: self.stopGrace, under: policy) {
        case .ready: .granted
        case .held: .held
        case .refused: .refused
        }
    }

    private func mark(_ key: AttemptKey, _ inbox: WorkerInbox) async -> Permission {
        let stopwatch = Stopwatch(self.clock)
        var backoff = Backoff(self.clock)
        while true {
            do {
                if try await self.store.markStarting([key]).contains(key) { return .granted }
                // Nobody else has a permit for this attempt: if it is marked, a call whose answer was lost has done it,
                // or the claim loop, which put the run back after the store had forgotten it. A lost call may come
                // late, so whether it has is asked only now that it can do nothing more.
                let run = try await self.store.run(key.run)
                if let run, AttemptKey(of: run) == key {
                    if run.state == .starting { return .granted }
                    // A store that has forgotten the mark since then shows the run without it: it is marked once more.
                    guard run.state == .claimed else { return .refused }
                } else {
                    // One that is behind the attempt that was claimed has been forgotten like one that is not there.
                    guard run?.isBehind(key) ?? true else { return .refused }
                    guard stopwatch.elapsed < WorkerInbox.patience else { return .forgotten }
                    inbox.miss([key.run])
                }
            } catch {
                self.logger.warning("An attempt could not be marked as starting", metadata: ["error": "\(error)"])
            }
            guard (try? await backoff.wait()) != nil else { return .refused }
        }
    }
}
