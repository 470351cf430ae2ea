/// The workers whose attempts a supervisor has.
final class SupervisedWorkers: Sendable {
    private struct State {
        var workers: [WorkerID: SupervisedWorker] = [:]
        /// The same in the order in which they came.
        var order: [SupervisedWorker] = []
        /// How many connections are served.
        var open = 0
        /// How many ever were.
        var arrived = 0
        /// How many attempts are under way.
        var running = 0
        var isDraining = false
    }
    private let state = Lock(State())
    /// How their attempts have ended, as far as none has written it down.
    let unsettled = UnsettledEnds()
    private let departures = Bell()
    private let ends = Bell()

    /// A connection is about to be served.
    func arrive() {
        self.state.withLock { state in
            state.open += 1
            state.arrived += 1
        }
    }

    /// A connection was served, and nothing runs any more that came over it.
    func leave() {
        self.state.withLock { $0.open -= 1 }
        self.departures.ring()
    }

    /// Takes a worker in, in the place of one of the same identity, whose attempts may still run.
    ///
    /// - Parameters:
    ///   - id: The identity.
    ///   - make: Makes the worker, and the file of its lease, which must not be removed for the earlier one meanwhile.
    /// - Returns: The worker, and the earlier one.
    /// - Throws: What keeps the worker from being made.
    func add(
        _ id: WorkerID,
        _ make: () throws(SystemError) -> SupervisedWorker
    ) throws(SystemError) -> (worker: SupervisedWorker, earlier: SupervisedWorker?) {
        try self.state.withLock {
            state throws(SystemError) -> (worker: SupervisedWorker, earlier: SupervisedWorker?) in
            let worker = try make()
            let earlier = state.workers[id]
            state.order.removeAll { $0 === earlier }
            state.order.append(worker)
            state.workers[id] = worker
            return (worker, earlier)
        }
    }

    /// Tells the worker that has come last, of those that are there, what the others have left running.
    func handDown() {
        let order = self.state.withLock { $0.order }
        guard let heir = order.last(where: { !$0.isGone }) else { return }
        heir.offer(order.filter(\.isGone).flatMap(\.held))
    }

    /// Forgets a worker, unless another has its identity now.
    ///
    /// - Parameters:
    ///   - id: The identity.
    ///   - worker: The worker.
    ///   - last: What is done if none has, and before one can.
    func remove(_ id: WorkerID, _ worker: SupervisedWorker, last: () -> Void) {
        self.state.withLock { state in
            guard state.workers[id] === worker else { return }
            state.workers[id] = nil
            state.order.removeAll { $0 === worker }
            last()
        }
    }

    // MARK: Attempts

    /// An attempt is about to begin.
    ///
    /// - Returns: False if none may any more.
    func beginAttempt() -> Bool {
        self.state.withLock { state in
            if !state.isDraining { state.running += 1 }
            return !state.isDraining
        }
    }

    /// An attempt has ended, and its worker was told.
    func endAttempt() {
        self.state.withLock { $0.running -= 1 }
        self.ends.ring()
    }

    /// Lets no more attempts begin, and returns when none is under way, or the task is cancelled.
    func drain() async {
        self.state.withLock { $0.isDraining = true }
        while !Task.isCancelled, self.state.withLock({ $0.running > 0 }) { await self.ends.wait() }
    }

    // MARK: Waiting

    /// Returns when nobody was there for some time, or the task is cancelled.
    ///
    /// - Parameters:
    ///   - time: For how long.
    ///   - patience: For how long if there is something that a worker has to hear.
    ///   - clock: Measures that.
    func waitUntilIdle(for time: Duration, orFor patience: Duration, on clock: any Clock<Duration>) async {
        while !Task.isCancelled {
            let (open, arrived) = self.state.withLock { ($0.open, $0.arrived) }
            guard open == 0 else {
                await self.departures.wait()
                continue
            }
            // While nobody is there nothing runs, and nothing is settled.
            try? await clock.sleep(for: self.unsettled.isEmpty ? time : patience)
            if self.state.withLock({ $0.open == 0 && $0.arrived == arrived }) { return }
        }
    }
}
