import Logging

/// One worker's attempts in a supervisor, from its first word until nothing of them runs any more.
///
/// They go on when the worker is gone, as long as its lease permits, or as another worker's that takes them over; how those
/// end that do so by themselves is kept for another worker.
final class SupervisedWorker: Sendable {
    /// How many attempts a message tells of.
    private static let batch = 100

    let id: WorkerID
    private let connection: SupervisorConnection
    private let workers: SupervisedWorkers
    private let executor: any AttemptExecutor
    private let lease: LeaseFile
    let ends = AttemptEnds()
    private let supervision: Supervision
    private let watch: LeaseWatch
    private struct State {
        /// What is in hand, by the numbers that the worker has given.
        var attempts: [UInt64: SupervisedAttempt] = [:]
        /// What others have left that the worker was told of, and has not asked for.
        var offers: [AttemptKey: SupervisedAttempt] = [:]
        var offered: Set<AttemptKey> = []
        /// Whether nothing more is begun.
        var isEnding = false
        /// Whether nothing more is heard of the worker.
        var isGone = false
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

    /// Whether nothing more is heard of the worker over this connection.
    var isGone: Bool { self.state.withLock { $0.isGone } }

    /// What is the worker's and runs, in the order in which it began.
    var held: [SupervisedAttempt] {
        let attempts = self.state.withLock { state in
            state.attempts.sorted { $0.key < $1.key }.map(\.value)
        }
        return attempts.filter { $0.holder === self }
    }

    /// Tells the worker what others have left running, once of each.
    func offer(_ attempts: [SupervisedAttempt]) {
        let offers = attempts.map { (attempt: $0, left: $0.left) }
        self.state.withLock { state in
            let news = offers.filter { state.offered.insert($0.left.key).inserted }
            guard !news.isEmpty else { return }
            for offer in news { state.offers[offer.left.key] = offer.attempt }
            for start in stride(from: 0, to: news.count, by: Self.batch) {
                self.connection.post(.running(news[start..<min(start + Self.batch, news.count)].map(\.left)))
            }
        }
    }

    /// Does what the worker says until it is gone, and then waits for what runs.
    func serve(_ messages: inout AsyncStream<SupervisorMessage>.AsyncIterator) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch.run() }
            await withDiscardingTaskGroup { attempts in
                while let message = await messages.next() {
                    switch message {
                    case .execute(let number, let order):
                        let attempt = SupervisedAttempt(order, of: self, startedAt: SystemWallClock().now)
                        let isWanted = self.state.withLock { state in
                            if !state.isEnding { state.attempts[number] = attempt }
                            return !state.isEnding
                        }
                        guard isWanted else { continue }
                        guard self.workers.beginAttempt() else {
                            self.state.withLock { $0.attempts[number] = nil }
                            self.connection.post(.refused(number))
                            continue
                        }
                        attempts.addTask {
                            await self.execute(number, attempt)
                            self.workers.endAttempt()
                        }
                    case .resume(let number, let key):
                        guard let attempt = self.takeOver(number, key) else {
                            self.connection.post(.refused(number))
                            continue
                        }
                        attempts.addTask { await self.follow(number, attempt) }
                    case .cancel(let number): self.state.withLock { $0.attempts[number] }?.cancel()
                    case .kill(let run): await self.executor.kill(run)
                    case .review: self.lease.review()
                    case .settled(let attempts): self.workers.unsettled.settle(attempts)
                    case .begin, .ready, .output, .skipped, .ended, .refused, .left, .running: continue
                    }
                }
                self.state.withLock { state in
                    state.isGone = true
                    state.offers = [:]
                }
                self.workers.unsettled.end(self.connection)
                self.workers.handDown()
            }
            group.cancelAll()
        }
        self.isOver.finish()
    }

    /// Makes an attempt that another worker has left this worker's.
    ///
    /// - Returns: The attempt; nil if the worker was not told of it, or has asked before.
    private func takeOver(_ number: UInt64, _ key: AttemptKey) -> SupervisedAttempt? {
        let attempt = self.state.withLock { state -> SupervisedAttempt? in
            guard !state.isEnding, let attempt = state.offers.removeValue(forKey: key) else { return nil }
            state.attempts[number] = attempt
            return attempt
        }
        attempt?.handOver(to: self)
        // If the lease runs out just now, the watch has looked before this attempt was there to be seen.
        self.lease.review()
        return attempt
    }

    /// Shows the worker an attempt that another has begun, until its end.
    private func follow(_ number: UInt64, _ attempt: SupervisedAttempt) async {
        await self.show(attempt.output, of: number)
        let report = await attempt.report()
        self.state.withLock { $0.attempts[number] = nil }
        if let report { await self.connection.send(.ended(number, report)) }
    }

    /// Ends everything at once, and returns when nothing of it is left.
    func endAll() async {
        let attempts = self.state.withLock { state in
            state.isEnding = true
            return state.attempts.sorted { $0.key < $1.key }.map(\.value)
        }
        for attempt in attempts {
            attempt.cancel()
            await self.executor.kill(attempt.order.run)
        }
        for await _ in self.isOver.stream() {}
    }

    /// Whether the lease that an attempt lives by is good for longer than it takes to end what is begun.
    private func mayBegin(_ order: AttemptOrder) -> Bool {
        let deadline = self.lease.deadline(for: order.onOutage)
        guard case .run = self.supervision.verdict(deadline: deadline, now: self.lease.now) else { return false }
        return true
    }

    private func execute(_ number: UInt64, _ attempt: SupervisedAttempt) async {
        let (order, output) = (attempt.order, attempt.output)
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
        let holder = attempt.end()
        self.ends.forget(order.run)
        self.state.withLock { $0.attempts[number] = nil }
        // What was ended was ended because of its lease, or on the worker's word: its run's owner judges that.
        if report.outcome != .cancelled {
            var whole = report
            whole.output = tail
            self.workers.unsettled.add(Attempt(order, by: holder.id, report: whole), begunOver: holder.connection)
        }
        attempt.tell(report)
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
