/// One slot's share of a claim: a span of time, and the rows that account for every instant in it.
public struct SlotClaim: Sendable, Hashable {
    /// The slot.
    public var slot: SlotID
    /// The claiming worker.
    public var worker: WorkerID
    /// The epoch under which it owns the slot.
    public var epoch: Epoch
    /// The revision at which it knows the slot's jobs.
    public var revision: Revision
    /// The watermark from which the span begins, itself not in the span.
    public var from: Instant
    /// The new watermark, with which the span ends; equal to `from` when only pending runs are taken.
    public var to: Instant
    /// New runs, each `claimed`, `pending` if it has to wait, or born with its outcome.
    public var runs: [Run] = []
    /// Ranges of instants that will not be run.
    public var gaps: [Gap] = []
    /// Pending runs whose time has come, as the claim leaves them: `claimed` or refused.
    public var taken: [Run] = []
    /// Runs in progress that are to be ended.
    public var cancellations: [RunCancellation] = []
    /// Versions that end with this claim, because they have had all their runs.
    public var versionEnds: [VersionEnd] = []
    /// Jobs without an instant after `to`.
    public var exhausted: [JobID] = []

    /// A claim of a span without rows.
    public init(slot: SlotID, worker: WorkerID, epoch: Epoch, revision: Revision, from: Instant, to: Instant) {
        self.slot = slot
        self.worker = worker
        self.epoch = epoch
        self.revision = revision
        self.from = from
        self.to = to
    }

    /// How many rows the claim writes beside the slot's own.
    public var rowCount: Int {
        self.runs.count + self.gaps.count + self.taken.count + self.cancellations.count + self.versionEnds.count
    }
}

/// The wish that a run ends.
public struct RunCancellation: Sendable, Hashable {
    /// The run.
    public let run: RunID
    /// Why.
    public let reason: RunReason

    /// Wishes for a run's end.
    public init(run: RunID, reason: RunReason) {
        self.run = run
        self.reason = reason
    }
}

/// The end of a job's current version, after the last of the runs that it was to have.
public struct VersionEnd: Sendable, Hashable {
    /// The job.
    public let job: JobID
    /// The version's number.
    public let version: Int
    /// The first second no longer in force.
    public let effectiveTo: Instant

    /// Ends a version.
    public init(job: JobID, version: Int, effectiveTo: Instant) {
        self.job = job
        self.version = version
        self.effectiveTo = effectiveTo
    }
}

/// What a store says of one slot's claim, after its COMMIT has answered.
public enum ClaimOutcome: Sendable, Hashable {
    /// The span is accounted for, and its claimed runs may be launched.
    case committed
    /// Nothing of this slot was written: its row did not have the claim's worker, epoch, revision and watermark, or
    /// `to` lies in the future of the store's clock.
    case refused
}

/// A claim that the store has committed: the source of permits to launch.
package struct CommittedClaim: Sendable {
    package let claim: SlotClaim

    /// Accepts a claim that was committed, and no other.
    package init?(_ claim: SlotClaim, outcome: ClaimOutcome) {
        guard outcome == .committed else { return nil }
        self.claim = claim
    }

    /// The permits for the claim's runs.
    ///
    /// - Parameter definition: Finds what a run is to do.
    /// - Returns: One for each run that is to be launched.
    package func permits(_ definition: (Run) -> JobDefinition?) -> [LaunchPermit] {
        (self.claim.runs + self.claim.taken).compactMap { run in
            guard run.state == .claimed, let definition = definition(run) else { return nil }
            return LaunchPermit(run: run, slot: self.claim.slot, definition: definition)
        }
    }
}

/// The right to launch one attempt, which only a committed claim or a committed adoption can make.
package struct LaunchPermit: Sendable, Hashable, Comparable {
    /// The run, in state `claimed`, with the number of the attempt that may be launched.
    package let run: Run
    /// The run's slot.
    package let slot: SlotID
    /// What to run.
    package let definition: JobDefinition

    fileprivate init(run: Run, slot: SlotID, definition: JobDefinition) {
        self.run = run
        self.slot = slot
        self.definition = definition
    }

    /// Permits the launch of a run that the ledger shows as claimed under a slot's owner and epoch, which only a
    /// committed claim or adoption can have written.
    package init?(found open: OpenRun, in slot: Slot, of worker: WorkerID) {
        guard open.run.state == .claimed, open.run.worker == worker, slot.worker == worker,
            open.run.epoch == slot.epoch
        else { return nil }
        self.init(run: open.run, slot: slot.id, definition: open.definition)
    }

    /// Permits the launch of a run that was claimed under an epoch which is over: nobody else launches it while its
    /// worker lives.
    package init?(left open: OpenRun, in slot: SlotID, under epoch: Epoch, of worker: WorkerID) {
        guard open.run.state == .claimed, open.run.worker == worker, open.run.epoch == epoch else { return nil }
        self.init(run: open.run, slot: slot, definition: open.definition)
    }

    /// What the executor is told.
    package var order: AttemptOrder {
        AttemptOrder(
            run: self.run.id,
            attempt: self.run.attempt,
            fence: self.run.epoch.fence(attempt: self.run.attempt),
            executable: self.definition.executable,
            timeout: self.definition.policies.timeout,
            killGrace: self.definition.policies.killGrace,
            environment: self.definition.environment.merging(self.run.request?.environment ?? [:]) { $1 },
            workingDirectory: self.definition.workingDirectory,
            onLapse: self.definition.policies.onLapse,
            onOutage: self.definition.policies.onOutage,
            mayRepeat: self.definition.policies.recovery == .rerun,
            retry: self.run.retry(under: self.definition.policies)
        )
    }

    /// Orders by instant, backfilled runs last: what waits for a free place, waits in this order.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.run.id.precedes(rhs.run.id) }
}
