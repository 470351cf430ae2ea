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

    /// A heartbeat of a worker was answered, so that it may act for a while from when that was sent.
    func leased(_ worker: WorkerID, sentAt sent: Duration) {
        self.extend(OutagePolicy.allCases, of: worker, to: sent + Self.lease)
    }

    /// The ledger has confirmed a worker, so that what goes on in an outage may for a while.
    func confirmed(_ worker: WorkerID, sentAt sent: Duration) {
        self.trace { "store: \(worker) is confirmed" }
        self.extend([.lease], of: worker, to: sent + Self.lease)
        let now = self.engine.now
        self.state.withLock { $0.leases[worker]?.confirmedAt = now }
    }

    private func extend(_ policies: [OutagePolicy], of worker: WorkerID, to end: Duration) {
        let new = self.state.withLock { state -> [OutagePolicy] in
            guard let known = state.leases[worker], !known.hasLeft else { return [] }
            for policy in policies { state.leases[worker]?.ends[policy] = max(known.ends[policy] ?? end, end) }
            let new = policies.filter { !known.watched.contains($0) }
            state.leases[worker]?.watched.formUnion(new)
            return new
        }
        for policy in new { self.watchLease(of: worker, policy, until: end) }
    }

    /// A worker has ended everything that it did, and says so.
    func leaves(_ worker: WorkerID) {
        self.state.withLock { state in
            state.leases[worker]?.ends = [:]
            state.leases[worker]?.hasLeft = true
        }
    }

    /// Looks at what a worker has left alive when the lease is over that it lives by.
    private func watchLease(of worker: WorkerID, _ policy: OutagePolicy, until end: Duration) {
        self.engine.after(end + Self.slack - self.engine.now) {
            let now = self.engine.now
            let next = self.state.withLock { state -> Duration? in
                if let end = state.leases[worker]?.ends[policy], end + Self.slack > now { return end }
                state.leases[worker]?.watched.remove(policy)
                return nil
            }
            if let next { return self.watchLease(of: worker, policy, until: next) }
            self.checkOutlived(worker, policy)
        }
    }

    /// An attempt starts: if the lease is over already, it is ended at once.
    func checkLease(of worker: WorkerID, _ policy: OutagePolicy) {
        guard self.isLapsed(worker, policy) else { return }
        self.engine.after(Self.slack) {
            // It may have been renewed in this very moment.
            if self.isLapsed(worker, policy) { self.checkOutlived(worker, policy) }
        }
    }

    /// Whether the lease of a worker that attempts of jobs with a policy live by is over by the true time.
    func isLapsed(_ worker: WorkerID, _ policy: OutagePolicy) -> Bool {
        self.state.withLock { $0.leases[worker]?.ends[policy] }.map { $0 < self.engine.now } ?? false
    }

    /// What has to stop with a lease does not outlive it.
    private func checkOutlived(_ worker: WorkerID, _ policy: OutagePolicy) {
        for execution in self.outlived(worker, policy) where !self.isExcused(execution.run) {
            self.violated(
                "V6 sequential attempts",
                "\(execution.run) attempt \(execution.attempt) (\(policy)) is alive on \(execution.node) after the lease of \(worker)"
            )
        }
    }

    /// The same for a node that has gone on, and has had its moment.
    func checkOutlived(on node: String) {
        for policy in OutagePolicy.allCases {
            let workers = self.state.withLock { state in
                state.leases.filter { $0.value.node == node && !$0.value.watched.contains(policy) }.keys.sorted()
            }
            for worker in workers { self.checkOutlived(worker, policy) }
        }
    }

    private func outlived(_ worker: WorkerID, _ policy: OutagePolicy) -> [Execution] {
        self.state.withLock { state in
            let alive = state.alive.values.joined().sorted().map { state.executions[$0] }
            return alive.filter {
                $0.worker == worker && $0.onOutage == policy && $0.onLapse == .stop && !state.frozen.contains($0.node)
            }
        }
    }

    /// Nobody is taken for dead while the lease is good, nor before the grace is over.
    func checkGrace(_ adoption: RunAdoption) {
        guard let owner = adoption.before.worker else { return }
        let now = self.engine.now
        let isKnown = self.state.withLock { !$0.forgottenLeases.contains(owner) }
        if isKnown, let end = self.state.withLock({ $0.leases[owner]?.ends[.lease] }), now < end {
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
    /// Until when attempts of jobs with each policy may go on; nothing before it has a lease, and when it has left.
    var ends: [OutagePolicy: Duration] = [:]
    /// When the ledger has last confirmed it.
    var confirmedAt: Duration?
    /// Of which of these somebody looks when they are over.
    var watched: Set<OutagePolicy> = []
    /// Whether it has said that it ends.
    var hasLeft = false
}
