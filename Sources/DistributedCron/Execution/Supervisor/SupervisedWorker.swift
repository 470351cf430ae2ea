import Logging

/// One worker's attempts in a supervisor, from its first word until nothing of them runs any more.
///
/// They go on when the worker is gone, as long as its lease permits.
final class SupervisedWorker: Sendable {
    private let connection: SupervisorConnection
    private let executor: any AttemptExecutor
    private let lease: LeaseFile
    private let ends = AttemptEnds()
    private let watch: LeaseWatch
    /// The runs of what is in hand, by the numbers that the worker has given.
    private let runs = Lock<[UInt64: RunID]>([:])
    private let isOver = Broadcast<Void>()

    init(
        connection: SupervisorConnection,
        executor: any AttemptExecutor,
        lease: LeaseFile,
        stopGrace: Duration,
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.connection = connection
        self.executor = executor
        self.lease = lease
        self.watch = LeaseWatch(
            lease: lease,
            ends: self.ends,
            executor: executor,
            supervision: Supervision(.stop, stopGrace: stopGrace),
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
                        self.runs.withLock { $0[number] = order.run }
                        attempts.addTask { await self.execute(number, order) }
                    case .cancel(let number):
                        guard let run = self.runs.withLock({ $0[number] }) else { continue }
                        self.ends.cancel(RunCancellation(run: run, reason: .requested))
                    case .kill(let run): await self.executor.kill(run)
                    case .review: self.lease.review()
                    case .begin, .ready, .output, .skipped, .ended: continue
                    }
                }
            }
            group.cancelAll()
        }
        self.isOver.finish()
    }

    /// Ends everything at once, and returns when nothing of it is left.
    func endAll() async {
        for run in Set(self.runs.withLock { $0.values }).sorted() {
            self.ends.cancel(RunCancellation(run: run, reason: .requested))
            await self.executor.kill(run)
        }
        for await _ in self.isOver.stream() {}
    }

    private func execute(_ number: UInt64, _ order: AttemptOrder) async {
        let output = AttemptOutput()
        let report = await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.show(output, of: number) }
            let report = await self.ends.untilCancelled(order.run, onLapse: order.onLapse) {
                // If the lease has run out meanwhile, the watch has looked before this attempt was there to be seen.
                self.lease.review()
                return await self.executor.execute(order, output: output)
            }
            output.finish()
            await group.waitForAll()
            return report
        }
        self.ends.forget(order.run)
        self.runs.withLock { $0[number] = nil }
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
