import DistributedCron

// Until when workers may act, by the true time, whatever their own clocks say: V6 and V15.
extension Judge {
    /// How late what ends with a lease may end.
    private static let slack = Duration.milliseconds(10)
    /// How long a lease is good; asked for once, because the configuration looks up the machine's processors.
    private static let lease = WorkerConfiguration().lease

    /// A worker has registered.
    func registered(_ worker: WorkerDescription) {
        self.state.withLock { $0.leases[worker.id] = WorkerTenure(node: worker.host) }
    }

    /// A heartbeat of a worker was answered, so that its lease is good for a while from when that was sent.
    func leased(_ worker: WorkerID, sentAt sent: Duration) {
        let end = sent + Self.lease
        let isNew = self.state.withLock { state -> Bool in
            guard let known = state.leases[worker], !known.hasLeft else { return false }
            state.leases[worker]?.end = max(known.end ?? end, end)
            state.leases[worker]?.isWatched = true
            return !known.isWatched
        }
        if isNew { self.watchLease(of: worker, until: end) }
    }

    /// A worker has ended everything that it did, and says so.
    func leaves(_ worker: WorkerID) {
        self.state.withLock { state in
            state.leases[worker]?.end = nil
            state.leases[worker]?.hasLeft = true
        }
    }

    /// Looks at what a worker has left alive when its lease is over.
    private func watchLease(of worker: WorkerID, until end: Duration) {
        self.engine.after(end + Self.slack - self.engine.now) {
            let now = self.engine.now
            let next = self.state.withLock { state -> Duration? in
                if let end = state.leases[worker]?.end, end + Self.slack > now { return end }
                state.leases[worker]?.isWatched = false
                return nil
            }
            if let next { return self.watchLease(of: worker, until: next) }
            self.checkOutlived(worker)
        }
    }

    /// An attempt starts: if the lease is over already, it is ended at once.
    func checkLease(of worker: WorkerID) {
        guard self.isLapsed(worker) else { return }
        self.engine.after(Self.slack) {
            // It may have been renewed in this very moment.
            if self.isLapsed(worker) { self.checkOutlived(worker) }
        }
    }

    /// Whether a worker's lease is over by the true time.
    func isLapsed(_ worker: WorkerID) -> Bool {
        self.state.withLock { $0.leases[worker]?.end }.map { $0 < self.engine.now } ?? false
    }

    /// What has to stop with a lease does not outlive it.
    private func checkOutlived(_ worker: WorkerID) {
        for execution in self.outlived(worker) where !self.isExcused(execution.run) {
            self.violated(
                "V6 sequential attempts",
                "\(execution.run) attempt \(execution.attempt) is alive on \(execution.node) after the lease of \(worker)"
            )
        }
    }

    /// The same for a node that has gone on, and has had its moment.
    func checkOutlived(on node: String) {
        let workers = self.state.withLock { state in
            state.leases.filter { $0.value.node == node && !$0.value.isWatched }.keys.sorted()
        }
        for worker in workers { self.checkOutlived(worker) }
    }

    private func outlived(_ worker: WorkerID) -> [Execution] {
        self.state.withLock { state in
            let alive = state.alive.values.joined().sorted().map { state.executions[$0] }
            return alive.filter {
                $0.worker == worker && $0.onLapse == .stop && !state.frozen.contains($0.node)
            }
        }
    }

    /// Nobody is taken for dead while the lease is good, nor before the grace is over.
    func checkGrace(_ adoption: RunAdoption) {
        guard let owner = adoption.before.worker else { return }
        let now = self.engine.now
        if let end = self.state.withLock({ $0.leases[owner]?.end }), now < end {
            self.violated(
                "V15 leader safe",
                "\(adoption.before.id) was taken from \(owner), whose lease is good for \(end - now) more"
            )
        }
        let grace = Manager.Configuration().grace
        // The leader counts from when it hears of it, which is later.
        guard let absence = self.ensemble?.absence(of: owner), now - absence < grace else { return }
        self.violated(
            "V15 leader safe",
            "\(adoption.before.id) was taken from \(owner) \(now - absence) after it vanished; the grace is \(grace)"
        )
    }
}

/// What is known of a worker from outside.
struct WorkerTenure: Sendable {
    let node: String
    /// Until when its lease is good; nil before it has one, and when it has left.
    var end: Duration?
    /// Whether somebody looks when the lease is over.
    var isWatched = false
    /// Whether it has said that it ends.
    var hasLeft = false
}
