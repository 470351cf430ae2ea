package import DistributedCron

/// What an exhaustive search over the protocol's cores explores, and how far.
///
/// The cores are the real ones, ``SlotBoard`` and ``InMemoryLedger``; the environment is a model: calls and messages in
/// flight, processes, the clock, leases, the leader. Two workers, one slot, one job that runs each minute.
package struct SmallScope: Sendable {
    /// How often the environment may do what it may refrain from.
    package struct Budget: Sendable, Hashable {
        /// Workers that end, and their processes with them; their calls in flight may still land.
        package var crashes = 0
        /// Leases that lapse, and may be renewed.
        package var lapses = 0
        /// Calls of the ledger whose answer is lost; they may land later, or never.
        package var timeouts = 0
        /// Moves of a live worker's slot.
        package var moves = 0
        /// The most of all these together.
        package var faults = 0
        /// Edits of the job.
        package var edits = 0
        /// Attempts that fail.
        package var failures = 0

        package init() {}
    }

    /// A mistake that the model makes on purpose, to show that the search finds it.
    package enum Flaw: String, Sendable, CaseIterable {
        /// A worker launches a claim's runs when it sends the claim.
        case launchesBeforeTheAnswer
        /// A worker that does not know whether its claim was committed goes on as if it was.
        case takesSilenceForConsent
        /// A worker launches an at-most-once run without marking it.
        case launchesWithoutAMark
        /// A worker that does not know whether it has marked a run looks first and marks then.
        case looksBeforeItMarks
        /// The leader takes a worker for dead whose processes go on.
        case buriesTheLiving
        /// Nobody is told of a death.
        case keepsDeathsSecret
    }

    /// What becomes of runs whose worker died.
    package var recovery = RecoveryPolicy.rerun
    /// What becomes of instants that meet a run in progress.
    package var concurrency = ConcurrencyPolicy.allow
    /// How often a failed run is tried again, at once.
    package var retries = 0
    /// How many instants there are.
    package var instants = 3
    /// Whether the moment at which a start is recorded is explored; else it is recorded with the end.
    package var recordsStarts = false
    /// What the environment may do.
    package var budget = Budget()
    /// What is wrong, if anything.
    package var flaw: Flaw?
    /// The most states; a search that would reach more ends with that as its finding.
    package var stateLimit = 2_000_000

    /// Explores a job with these policies.
    package init(
        _ recovery: RecoveryPolicy = .rerun,
        _ concurrency: ConcurrencyPolicy = .allow,
        _ change: (inout Budget) -> Void = { _ in }
    ) {
        self.recovery = recovery
        self.concurrency = concurrency
        change(&self.budget)
    }
}
