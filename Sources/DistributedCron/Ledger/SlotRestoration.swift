/// What the owner of a slot puts back into a store that has forgotten it.
///
/// Databases have been seen to lose their last commits. Watermark and rows are one transaction, so they are lost
/// together, and the slot would be claimed again as if nothing had happened. The owner knows better, from its node's
/// ``WorkerJournal`` or from the claims in its queue.
public struct SlotRestoration: Sendable, Hashable {
    /// The slot.
    public var slot: SlotID
    /// The slot's owner, who restores.
    public var worker: WorkerID
    /// The epoch under which it owns the slot; the rows that are put back keep their own.
    public var epoch: Epoch
    /// The watermark that the store has fallen back to.
    public var from: Instant
    /// The watermark up to which the slot is accounted for again; `from` if only rows are put back.
    public var to: Instant
    /// The least that the slot's claim sequence is afterwards.
    public var claimSequence: UInt64
    /// Runs in their true states.
    public var runs: [Run] = []
    /// Ranges of instants that are not run.
    public var gaps: [Gap] = []
    /// Versions that had their last run in the span, where they are still the current ones: open again, they would end
    /// later, and nothing would account for the instants between.
    public var versionEnds: [VersionEnd] = []
    /// Attempts that have ended.
    public var attempts: [Attempt] = []

    /// A restoration of a span without rows.
    public init(slot: SlotID, worker: WorkerID, epoch: Epoch, from: Instant, to: Instant, claimSequence: UInt64) {
        self.slot = slot
        self.worker = worker
        self.epoch = epoch
        self.from = from
        self.to = to
        self.claimSequence = claimSequence
    }
}

extension Run {
    /// How far the run has come with its current attempt.
    private var stage: Int {
        switch self.state {
        case .pending: self.attempt == 0 ? 0 : 4
        case .claimed: 1
        case .starting: 2
        case .running: 3
        case .succeeded, .failed, .timedOut, .cancelled, .lost, .skipped, .missed: 4
        }
    }

    /// This run moved forward to what is known to be true of it, or nil if it has come as far already.
    ///
    /// Pure, and the same for every store: a run that has ended stays as it is, and none goes back to an earlier
    /// attempt, owner or state.
    public func restored(to truth: Run) -> Run? {
        guard !self.state.isTerminal,
            (self.attempt, self.epoch, self.stage) < (truth.attempt, truth.epoch, truth.stage)
        else { return nil }
        var run = truth
        run.request = truth.request ?? self.request
        run.failures = max(truth.failures, self.failures)
        if !truth.state.isTerminal { run.cancellation = truth.cancellation ?? self.cancellation }
        return run
    }

    /// The same run under another version of its job.
    package func under(version: Int) -> Run {
        Run(
            id: self.id,
            version: version,
            state: self.state,
            reason: self.reason,
            detail: self.detail,
            attempt: self.attempt,
            worker: self.worker,
            epoch: self.epoch,
            startedAt: self.startedAt,
            finishedAt: self.finishedAt,
            exitCode: self.exitCode,
            failures: self.failures,
            notBefore: self.notBefore,
            cancellation: self.cancellation,
            request: self.request
        )
    }
}
