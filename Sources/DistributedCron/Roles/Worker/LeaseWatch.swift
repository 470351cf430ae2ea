import Logging

/// A lease under which attempts run.
protocol WatchedLease: Sendable {
    /// The present, as the lease counts it.
    var now: Duration { get }
    /// Until when attempts of jobs with a policy may go on; nil if they may not.
    func deadline(for policy: OutagePolicy) -> Duration?
    /// Waits until what runs is to be judged anew, or until a time on the lease's clock; for one task.
    func waitForReview(until time: Duration?, on clock: any Clock<Duration>) async
}

/// Ends a worker's attempts before a lease that runs out does; one watch for all of them.
///
/// It sleeps until something would have to be done if the lease were not renewed, and judges by what the clock says
/// when it wakes. A clock may have slept with the machine, and the sleep on it may be late: so every heartbeat that
/// finds the lease about to run out makes it look too.
struct LeaseWatch: Sendable {
    let lease: any WatchedLease
    let ends: AttemptEnds
    let executor: any AttemptExecutor
    let supervision: Supervision
    let clock: any Clock<Duration>
    let logger: Logger

    /// Watches until cancelled, and looks once more then: a session that is lost cancels all that it served.
    func run() async {
        while true {
            let next = await self.look()
            guard !Task.isCancelled else { return }
            await self.lease.waitForReview(until: next, on: self.clock)
        }
    }

    /// Does what has to be done now.
    ///
    /// - Returns: When to look again even if nothing happens.
    private func look() async -> Duration? {
        var next: Duration?
        for policy in OutagePolicy.allCases {
            guard let time = await self.look(at: policy) else { continue }
            next = min(next ?? time, time)
        }
        return next
    }

    /// Does what has to be done about attempts of jobs with a policy.
    private func look(at policy: OutagePolicy) async -> Duration? {
        switch self.supervision.verdict(deadline: self.lease.deadline(for: policy), now: self.lease.now) {
        case .run(let time): return time
        case .ask(let time):
            self.tell(of: self.ends.lapse(policy).added)
            return time
        case .kill:
            let lapsed = self.ends.lapse(policy)
            for run in lapsed.running { await self.executor.kill(run) }
            // Afterwards, because nothing that a message may wait for must hold that up.
            for run in lapsed.running {
                self.logger.debug("An attempt is killed", metadata: [LoggingKeys.run: "\(run)"])
            }
            self.tell(of: lapsed.added)
            return nil
        }
    }

    private func tell(of added: [RunID]) {
        guard !added.isEmpty else { return }
        self.logger.warning("The lease is not renewed, so attempts are ended", metadata: ["runs": "\(added.count)"])
    }
}
