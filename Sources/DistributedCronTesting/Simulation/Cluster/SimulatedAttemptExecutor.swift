import DistributedCron

/// Runs attempts as processes of a simulated node.
struct SimulatedAttemptExecutor: AttemptExecutor {
    /// How long a worker waits for the exit status of a process that is gone.
    private static let patience = Duration.seconds(2)
    /// How often a worker that starts finds no supervisor.
    private static let supervisorDies = 0.25

    let node: SimulatedNode
    let worker: WorkerID
    let process: SimulatedProcess
    let artifacts: any ArtifactStore
    let judge: Judge
    let faults: FaultSwitches

    private var engine: SimulationEngine { self.node.engine }
    private var table: ProcessTable { self.node.processes }

    /// A supervisor that was killed with its worker has left things running that the next one ends.
    func prepare() async throws {
        if self.engine.chance(Self.supervisorDies) { self.table.lose() }
    }

    func kill(_ run: RunID) async {
        if self.process.isAlive { self.table.kill(run) }
    }

    func leftEnds() -> AsyncStream<[Attempt]> {
        let (ends, continuation) = AsyncStream.makeStream(of: [Attempt].self)
        let left = self.table.left(to: self.worker) { continuation.yield([$0]) }
        if !left.isEmpty { continuation.yield(left) }
        return ends
    }

    func leftRunning() -> AsyncStream<[LeftAttempt]> {
        let left = self.table.leftRunning()
        return AsyncStream { continuation in
            if !left.isEmpty { continuation.yield(left) }
            continuation.finish()
        }
    }

    func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport {
        func report(_ outcome: AttemptOutcome) -> AttemptReport {
            AttemptReport(outcome: outcome, startedAt: left.startedAt, finishedAt: self.node.wallClock.now)
        }
        guard self.process.isAlive else { return report(.cancelled) }
        let ending = Ending()
        let (isToEnd, engine) = (Task.isCancelled, self.engine)
        let finding = self.table.handOver(left, to: self.worker, isToEnd: isToEnd) { exit, isKnown in
            // Nothing ends by a signal that was not made to, be it because of a lease.
            if case .signal = exit { _ = ending.expect(.cancelled) }
            if isKnown {
                ending.exited(exit)
            } else {
                engine.after(Self.patience) { ending.finish(.lost) }
            }
        }
        switch finding {
        case .running(let number, let age):
            if self.table.isAskedToEnd(number) { _ = ending.expect(.cancelled) }
            return report(await self.outcome(of: number, ending, left.order, timeoutAfter: age))
        case .ended(let outcome): return report(outcome)
        case nil: return report(left.order.mayRepeat ? .cancelled : .lost)
        }
    }

    func settled(_ attempts: [AttemptKey]) async {
        if self.process.isAlive { self.table.settle(attempts) }
    }

    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        let startedAt = self.node.wallClock.now
        func report(_ outcome: AttemptOutcome, hasStarted: Bool = true) -> AttemptReport {
            AttemptReport(
                outcome: outcome,
                startedAt: hasStarted ? startedAt : nil,
                finishedAt: self.node.wallClock.now
            )
        }
        if let reason = await self.obstacle(to: order) { return report(.notStarted(reason), hasStarted: false) }
        guard self.process.isAlive, !Task.isCancelled else { return report(.cancelled, hasStarted: false) }
        guard !self.faults.strikes(.spawnFails) else {
            return report(.notStarted("fork: resource temporarily unavailable"), hasStarted: false)
        }
        let isUnreported = self.faults.strikes(.exitUnreported)
        let execution = await self.judge.starting(order, by: self.worker, on: self.node.name)
        let ending = Ending()
        // Not all of self: the table is part of it, and keeps these for as long as the process lives.
        let wallClock = self.node.wallClock
        let record: @Sendable (AttemptOutcome, WorkerID) -> Attempt = { outcome, worker in
            let report = AttemptReport(outcome: outcome, startedAt: startedAt, finishedAt: wallClock.now)
            return Attempt(order, by: worker, report: report)
        }
        let number = self.table.spawn(
            order,
            by: self.worker,
            startedAt: startedAt,
            execution: execution,
            record: isUnreported ? nil : record
        ) { [engine = self.engine] exit in
            if isUnreported {
                engine.after(Self.patience) { ending.finish(.lost) }
            } else {
                ending.exited(exit)
            }
        }
        return report(await self.outcome(of: number, ending, order, timeoutAfter: .zero))
    }

    /// Waits for the end of a process that has run for some time.
    private func outcome(
        of number: Int,
        _ ending: Ending,
        _ order: AttemptOrder,
        timeoutAfter age: Duration
    ) async -> AttemptOutcome {
        let timeout = order.timeout.map { timeout in
            self.engine.after(max(.zero, timeout - age)) {
                self.end(number, ending, .timedOut, grace: order.killGrace)
            }
        }
        let outcome = await withTaskCancellationHandler {
            await ending.outcome()
        } onCancel: {
            guard self.process.isAlive else {
                self.table.orphan(number)
                return ending.finish(.cancelled)
            }
            self.end(number, ending, .cancelled, grace: order.killGrace)
        }
        if let timeout { self.engine.cancel(timeout) }
        return outcome
    }

    /// Asks a process to end, and makes it end after its grace.
    private func end(_ number: Int, _ ending: Ending, _ outcome: AttemptOutcome, grace: Duration) {
        guard ending.expect(outcome) else { return }
        self.table.terminate(number)
        self.engine.after(grace) { self.table.kill(number) }
    }

    /// Why an attempt cannot start, if it cannot.
    private func obstacle(to order: AttemptOrder) async -> String? {
        if self.node.isDiskFull {
            self.faults.count(.diskFull)
            return "no space left on device"
        }
        guard let artifact = order.executable.artifact else { return nil }
        var backoff = Backoff(self.node.clock)
        for _ in 1...4 {
            do {
                for try await _ in try await self.artifacts.read(artifact.digest) {}
                return nil
            } catch {
                guard (try? await backoff.wait()) != nil else { break }
            }
        }
        return "artifact \(artifact.digest.hexadecimal) cannot be had"
    }
}

/// How an attempt ends: by itself, or as somebody wanted it.
private final class Ending: Sendable {
    private struct State {
        var wanted: AttemptOutcome?
        var outcome: AttemptOutcome?
        var waiter: CheckedContinuation<AttemptOutcome, Never>?
    }
    private let state = Lock(State())

    /// - Returns: Whether nobody has wanted it before.
    func expect(_ outcome: AttemptOutcome) -> Bool {
        self.state.withLock { state in
            guard state.wanted == nil, state.outcome == nil else { return false }
            state.wanted = outcome
            return true
        }
    }

    func exited(_ exit: ProcessTable.Exit) {
        let natural: AttemptOutcome =
            switch exit {
            case .code(let code): .exited(code)
            case .signal(let number): .signaled(number)
            }
        self.finish(self.state.withLock { $0.wanted } ?? natural)
    }

    func finish(_ outcome: AttemptOutcome) {
        let waiter = self.state.withLock { state -> CheckedContinuation<AttemptOutcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    func outcome() async -> AttemptOutcome {
        await withCheckedContinuation { continuation in
            let outcome = self.state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
