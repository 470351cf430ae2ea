import Logging

/// One worker's attempts in a supervisor, from its first word until nothing of them runs any more.
///
/// They go on when the worker is gone, as long as its lease permits; how those end that do so by themselves is kept for
/// another worker.
final class SupervisedWorker: Sendable {
    private let id: WorkerID
    private let connection: SupervisorConnection
    private let workers: SupervisedWorkers
    private let executor: any AttemptExecutor
    private let lease: LeaseFile
    private let ends = AttemptEnds()
    private let supervision: Supervision
    private let watch: LeaseWatch
    private struct State {
        /// The runs of what is in hand, by the numbers that the worker has given.
        var runs: [UInt64: RunID] = [:]
        /// Whether nothing more is begun.
        var isEnding = false
    }
    private let state = Lock(State())
    private let isOver = Broadcast<Void>()

    init(
        id: WorkerID,
        connection: SupervisorConnection,
        among workers: SupervisedWorkers,
        executor: any AttemptExecutor,
        lease: LeaseFile,
        stopGrace: Duration,
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.id = id
        self.connection = connection
        self.workers = workers
        self.executor = executor
        self.lease = lease
        self.supervision = Supervision(.stop, stopGrace: stopGrace)
        self.watch = LeaseWatch(
            lease: lease,
            ends: self.ends,
            executor: executor,
            supervision: self.supervision,
            clock: clock,
            logger: logger
        )
    }

    /// Does what the worker says until it is gone, and then waits for what runs.
    func serve(_ messages: inout AsyncStream<SupervisorMessage>.AsyncIterator) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch.run() }
            await withDiscardingTaskGroup { attempts in
                while let message = await messages.next() {
                    switch message {
                    case .execute(let number, let order):
                        let isWanted = self.state.withLock { state in
                            if !state.isEnding { state.runs[number] = order.run }
                            return !state.isEnding
                        }
                        guard isWanted else { continue }
                        guard self.workers.beginAttempt() else {
                            self.state.withLock { $0.runs[number] = nil }
                            self.connection.post(.refused(number))
                            continue
                        }
                        attempts.addTask {
                            await self.execute(number, order)
                            self.workers.endAttempt()
                        }
                    case .cancel(let number):
                        guard let run = self.state.withLock({ $0.runs[number] }) else { continue }
                        self.ends.cancel(RunCancellation(run: run, reason: .requested))
                    case .kill(let run): await self.executor.kill(run)
                    case .review: self.lease.review()
                    case .settled(let attempts): self.workers.unsettled.settle(attempts)
                    case .begin, .ready, .output, .skipped, .ended, .refused, .left: continue
                    }
                }
                self.workers.unsettled.end(self.connection)
            }
            group.cancelAll()
        }
        self.isOver.finish()
    }

    /// Ends everything at once, and returns when nothing of it is left.
    func endAll() async {
        let runs = self.state.withLock { state in
            state.isEnding = true
            return Set(state.runs.values)
        }
        for run in runs.sorted() {
            self.ends.cancel(RunCancellation(run: run, reason: .requested))
            await self.executor.kill(run)
        }
        for await _ in self.isOver.stream() {}
    }

    /// Whether the lease that an attempt lives by is good for longer than it takes to end what is begun.
    private func mayBegin(_ order: AttemptOrder) -> Bool {
        let deadline = self.lease.deadline(for: order.onOutage)
        guard case .run = self.supervision.verdict(deadline: deadline, now: self.lease.now) else { return false }
        return true
    }

    private func execute(_ number: UInt64, _ order: AttemptOrder) async {
        let output = AttemptOutput()
        let (report, tail) = await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.show(output, of: number) }
            let report = await self.ends.untilCancelled(order.run, onLapse: order.onLapse, onOutage: order.onOutage) {
                // The order may be old: its worker was stopped, perhaps, while it was on its way.
                guard order.onLapse == .finish || self.mayBegin(order) else {
                    return AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: SystemWallClock().now)
                }
                // If the lease runs out just now, the watch has looked before this attempt was there to be seen.
                self.lease.review()
                return await self.executor.execute(order, output: output)
            }
            let tail = output.finish()
            await group.waitForAll()
            return (report, tail)
        }
        self.ends.forget(order.run)
        self.state.withLock { $0.runs[number] = nil }
        // What was ended was ended because of its lease, or on the worker's word: its run's owner judges that.
        if report.outcome != .cancelled {
            var whole = report
            whole.output = tail
            self.workers.unsettled.add(Attempt(order, by: self.id, report: whole), begunOver: self.connection)
        }
        await self.connection.send(.ended(number, report))
    }

    /// Shows the worker what an attempt writes, as fast as it reads.
    private func show(_ output: AttemptOutput, of number: UInt64) async {
        for await event in output.follow() {
            switch event {
            case .bytes(_, let stream, let bytes): await self.connection.send(.output(number, stream, bytes))
            case .gap(let count): await self.connection.send(.skipped(number, count))
            case .end: return
            }
        }
    }
}
