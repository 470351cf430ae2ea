/// A worker's leases, shared by the tasks that renew them and those that act under them.
///
/// A worker has one session, so leases that were revoked stay so.
final class WorkerLease: WatchedLease {
    private let pair: Lock<LeasePair>
    /// Held while a change is made and told, so that the last thing told is what is true.
    private let telling = Lock(())
    private let wanted = Lock(false)
    private let stopwatch: Stopwatch
    /// Told where somebody may wait for them.
    private let renewals = Broadcast<Void>()
    /// For how long the lease has to be good for all that was ever waited for.
    private let horizon = Lock(Duration.zero)
    private let reviews = Bell()
    private let needs = Bell()
    private let onLease: (@Sendable ((OutagePolicy) -> Duration) -> Void)?

    /// How long an acknowledgement permits the worker to act.
    let length: Duration
    /// How much is left of the session's lease when the coordination service begins to count as silent.
    let margin: Duration

    /// Leases that are still to be given.
    ///
    /// - Parameters:
    ///   - length: How long an acknowledgement permits the worker to act.
    ///   - margin: How much is left of the session's lease when the coordination service begins to count as silent.
    ///   - clock: Measures that.
    ///   - onLease: Is told for how long the leases are good, whenever one is renewed, or they are revoked.
    init(
        length: Duration,
        margin: Duration = .zero,
        clock: any Clock<Duration>,
        onLease: (@Sendable ((OutagePolicy) -> Duration) -> Void)? = nil
    ) {
        self.length = length
        self.margin = margin
        self.pair = Lock(LeasePair(length: length))
        self.stopwatch = Stopwatch(clock)
        self.onLease = onLease
    }

    /// The present, as the leases count it.
    var now: Duration { self.stopwatch.elapsed }

    /// Until when attempts of jobs with a policy may go on; nil if they may not.
    func deadline(for policy: OutagePolicy) -> Duration? { self.deadlines[policy] }

    private var deadlines: LeaseDeadlines { self.pair.withLock { $0.deadlines } }

    /// Whether the worker has the session's lease now.
    var isValid: Bool { self.isGood(for: .zero) }

    /// Whether the worker may act for more than some time from now, even if no lease is renewed.
    ///
    /// - Parameters:
    ///   - time: The time.
    ///   - policy: For jobs of which policy; by default for all, which takes the session's lease.
    /// - Returns: Whether it may.
    func isGood(for time: Duration = .zero, under policy: OutagePolicy = .hold) -> Bool {
        // Read first, so that no renewal that comes between the two takes an earlier time for the present.
        let now = self.now
        return self.deadlines.permits(policy, at: now + time)
    }

    /// Waits until the worker may act for more than some time.
    ///
    /// - Returns: False if the task was cancelled first.
    func waitUntilGood(for time: Duration = .zero, under policy: OutagePolicy = .hold) async -> Bool {
        await self.awaitRenewal(for: time) { self.isGood(for: time, under: policy) ? true : nil } ?? false
    }

    func acknowledge(sentAt sent: Duration) { self.renew { $0.acknowledge(sentAt: sent) } }

    private func renew(_ change: (inout LeasePair) -> Void) {
        let former = self.telling.withLock { _ in
            let (former, deadlines) = self.pair.withLock { pair in
                let former = pair.deadlines
                change(&pair)
                return (former, pair.deadlines)
            }
            guard deadlines != LeaseDeadlines() else { return LeaseDeadlines() }
            self.onLease?({ policy in max(.zero, (deadlines[policy] ?? .zero) - self.now) })
            return former
        }
        // After the change: whoever has looked before it, and waits, has looked at no later time.
        let now = self.now
        // Else there was nothing to wait for.
        if !former.permitsAll(at: now + self.horizon.withLock { $0 }) { self.renewals.send(()) }
        // Else what is waited for has only been moved, and whoever waits sees that when it would have come.
        if !former.permitsAll(at: now) { self.review() }
    }

    func revoke() {
        self.telling.withLock { _ in
            self.pair.withLock { $0.revoke() }
            self.onLease?({ _ in .zero })
        }
        self.review()
    }

    // MARK: While the coordination service is away

    /// Whether the worker has anything for which it needs a lease in the ledger while the coordination service is away.
    var isConfirmationWanted: Bool {
        get { self.wanted.withLock { $0 } }
        set {
            let isNew = self.wanted.withLock { wanted in
                defer { wanted = newValue }
                return newValue && !wanted
            }
            if isNew, self.isSilent { self.needs.ring() }
        }
    }

    /// Waits until the worker begins to need a lease in the ledger while the coordination service is away already, or the
    /// task is cancelled; for one task.
    func waitUntilWanted() async { await self.needs.wait() }

    /// Whether the coordination service has not answered for so long that the session's lease may be about to run out.
    var isSilent: Bool { !self.isGood(for: self.margin) }

    /// Whether the worker goes on by the ledger, and does not wait for the coordination service.
    var isAway: Bool {
        let now = self.now
        return self.pair.withLock { pair in
            pair.ledger.isValid(at: now) && !pair.session.isValid(at: now + self.margin)
        }
    }

    /// Waits until the worker goes on by the ledger, or the task is cancelled.
    func waitUntilAway() async {
        await self.awaitRenewal(for: self.margin) { self.isAway ? () : nil }
    }

    /// The ledger has confirmed the worker.
    ///
    /// - Parameter sent: When the call was sent, under a lease that was good then.
    func confirm(sentAt sent: Duration) { self.renew { $0.confirm(sentAt: sent) } }

    /// Whether an attempt may start.
    enum Readiness: Sendable, Hashable {
        case ready
        /// Not before the coordination service is back, while others may.
        case held
        /// The task was cancelled first.
        case refused
    }

    /// Waits until an attempt of a job with a policy may start and go on for more than some time, or is to be held.
    func waitUntilReady(for time: Duration, under policy: OutagePolicy) async -> Readiness {
        await self.awaitRenewal(for: time) { self.readiness(for: time, under: policy) } ?? .refused
    }

    private func readiness(for time: Duration, under policy: OutagePolicy) -> Readiness? {
        if self.isGood(for: time, under: policy) { return .ready }
        return policy == .hold && self.isGood(for: time, under: .lease) ? .held : nil
    }

    /// Calls something at least whenever all may start and go on for more than some time and could not before, until
    /// cancelled.
    func whenGood(for time: Duration, _ work: () -> Void) async {
        await self.awaitRenewal(for: time) { () -> Void? in
            if self.isGood(for: time) { work() }
            return nil
        }
    }

    /// Waits until something is so because of a renewal, if it is not so yet.
    ///
    /// - Parameters:
    ///   - time: For how long from now a lease may have to be good for it.
    ///   - answer: Looks whether it is so.
    /// - Returns: What it is, or nil if the task was cancelled first.
    @discardableResult
    private func awaitRenewal<Answer>(for time: Duration, _ answer: () -> Answer?) async -> Answer? {
        // Before the first look, after which no renewal that may change the answer goes untold.
        self.horizon.withLock { $0 = max($0, time) }
        if let answer = answer() { return answer }
        for await _ in self.renewals.stream() {
            if let answer = answer() { return answer }
        }
        return nil
    }

    // MARK: Supervising

    /// Has what runs under the leases judged anew.
    func review() { self.reviews.ring() }

    /// Waits for the next review, or until a time on the leases' clock; for one task.
    func waitForReview(until time: Duration?, on clock: any Clock<Duration>) async {
        guard let time else { return await self.reviews.wait() }
        await self.reviews.wait(atMost: time - self.now, on: clock)
    }
}
