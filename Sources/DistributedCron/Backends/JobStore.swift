#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Jobs and the ledger of their runs: the source of truth.
///
/// Calls may be made concurrently by every process of a cluster. Each writing call is one transaction: it happens whole
/// or not at all, and what it acknowledged survives. Every decision that depends on what is stored is a condition of
/// the write, never a read before it. All times are the store's own unless a parameter says otherwise.
///
/// Every call throws ``JobStoreError``, with code `unavailable` where repeating it may help, or `CancellationError`.
public protocol JobStore: Sendable {
    /// The cluster's identity and shape, fixed when it was initialised.
    func cluster() async throws -> Cluster

    /// The store's clock.
    func now() async throws -> Date

    // MARK: Jobs

    /// Adds a job and raises its slot's revision.
    ///
    /// The first version is in force from the first whole second that is not past by the store's clock and later than the
    /// slot's watermark, so no instant of it is ever accounted for twice or not at all.
    ///
    /// - Parameter draft: The job. Adding the same identity twice is a conflict.
    /// - Returns: The job as stored.
    /// - Throws: ``JobStoreError`` with code `nameTaken` or `conflict`.
    func createJob(_ draft: JobDraft) async throws -> Job

    /// Finds a job, removed ones included.
    func job(_ id: JobID) async throws -> Job?

    /// Lists jobs in the order of their identities, removed ones included.
    ///
    /// - Parameters:
    ///   - cursor: The last job of the page before, or nil to begin.
    ///   - limit: The most jobs to return, 1 to 1,000.
    /// - Returns: The next jobs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError``.
    func jobs(after cursor: JobID?, limit: Int) async throws -> [Job]

    /// Ends a job's current version and marks the job as removed; raises its slot's revision.
    ///
    /// No instant at or after the moment of removal is claimed. Pending runs are cancelled; runs in progress end normally.
    /// Removing twice changes nothing.
    ///
    /// - Returns: The job as it is now, or nil if there never was one.
    func removeJob(_ id: JobID) async throws -> Job?

    // MARK: Runs

    /// Adds a pending run of a job's current version and raises its slot's revision, so that the owner claims it.
    ///
    /// A trigger that this job has a run of is recognised, and that run returned, so a call of unknown outcome can be
    /// repeated.
    ///
    /// - Returns: The run, with the store's clock to the second as its `scheduledAt`.
    /// - Throws: ``JobStoreError`` with code `notFound`; `removed`; or `overlap` if the job does not allow concurrent
    ///   runs and has one that has not ended.
    func requestRun(of job: JobID, trigger: TriggerID) async throws -> Run

    /// Finds a run.
    func run(_ id: RunID) async throws -> Run?

    /// Lists a job's runs, newest instant first.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - cursor: The last run of the page before, or nil to begin.
    ///   - limit: The most runs to return, 1 to 1,000.
    /// - Returns: The next runs; fewer than `limit` at the end, none for an unknown job.
    /// - Throws: ``JobStoreError``.
    func runs(of job: JobID, before cursor: RunID?, limit: Int) async throws -> [Run]

    /// Lists a job's gaps, newest first; at most `limit`, 1 to 1,000.
    func gaps(of job: JobID, limit: Int) async throws -> [Gap]

    /// Lists a run's attempts that have ended, oldest first.
    func attempts(of run: RunID) async throws -> [Attempt]

    // MARK: Slots, for the leader

    /// Every slot of every pool, in order.
    func slots() async throws -> [Slot]

    /// Gives slots to workers, raising the epoch of each.
    ///
    /// - Parameters:
    ///   - owners: The new owner of each slot.
    ///   - token: The leader's token, which is written into the slots.
    /// - Returns: The slots as they are now.
    /// - Throws: ``JobStoreError`` with code `fenced`, and nothing is changed, if a slot carries a higher token.
    func assign(_ owners: [SlotID: WorkerID], token: LeaderToken) async throws -> [Slot]

    // MARK: The ledger, for workers

    /// Loads what has changed in a slot.
    ///
    /// The answer holds every write that was acknowledged to anybody before the call, and is of one moment.
    ///
    /// - Parameters:
    ///   - slot: The slot.
    ///   - revision: What the caller knows already; ``Revision/zero`` for nothing, and then jobs without an instant to
    ///     come are left out.
    ///   - limit: The most jobs to return; at least 1.
    /// - Returns: The slot, its jobs that changed after `revision` in the order of their change, and all its runs
    ///   that have not ended. Ask again from `contents.revision` until that is the slot's own.
    /// - Throws: ``JobStoreError`` with code `notFound` for a slot that does not exist.
    func contents(of slot: SlotID, after revision: Revision, limit: Int) async throws -> SlotContents

    /// Accounts for spans of time, in one transaction: moves watermarks and inserts runs and gaps.
    ///
    /// A slot is written only if its row still has the claim's worker, epoch, revision and watermark, and the watermark
    /// either stays or moves forward to no later than the store's clock plus one second.
    ///
    /// - Parameter claims: One claim for each of some slots; at most one a slot.
    /// - Returns: An outcome for each claim, in order.
    /// - Throws: ``JobStoreError``. Whether anything was written is unknown then: load the slots again before anything
    ///   else.
    func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome]

    /// Writes runs of a dead worker as their new owner leaves them, in one transaction, and raises the claim sequence.
    ///
    /// All or nothing: the slot must have this owner and epoch, and each run must still be in the state and attempt
    /// that `adoptions` was decided on.
    ///
    /// - Returns: Whether it was written.
    func adopt(_ adoptions: [RunAdoption], slot: SlotID, worker: WorkerID, epoch: Epoch) async throws -> ClaimOutcome

    /// Marks claimed attempts as about to start, before the launch of a run that must not start twice.
    ///
    /// - Returns: Those that this call has marked. Only they may be launched.
    /// - Throws: ``JobStoreError``. Whether anything was marked is unknown then, and shows in the runs: nobody else marks
    ///   these attempts.
    func markStarting(_ attempts: [AttemptKey]) async throws -> Set<AttemptKey>

    /// Records starts and ends of attempts, in one transaction.
    ///
    /// Each is written only if its attempt is the run's current one, under the current epoch; the end of a superseded
    /// attempt is kept as history only. Repeating a call changes nothing.
    ///
    /// - Parameters:
    ///   - starts: Attempts that were launched, with the time by the node's clock.
    ///   - ends: Attempts that have ended.
    /// - Throws: ``JobStoreError``.
    func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws
}

/// A cluster's identity: a UUID in lower case.
public struct ClusterID: Sendable, Hashable, CustomStringConvertible {
    /// The identity as stored.
    public let rawValue: String

    /// Wraps an identity from a store or a generator.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identity as stored.
    public var description: String { self.rawValue }
}

/// What was fixed when a cluster was initialised.
public struct Cluster: Sendable, Hashable {
    /// The identity.
    public let id: ClusterID
    /// How many slots each pool has; a power of two.
    public let slotCount: Int

    /// Describes a cluster.
    public init(id: ClusterID, slotCount: Int) {
        self.id = id
        self.slotCount = slotCount
    }
}

/// A job that is to be created.
public struct JobDraft: Sendable, Hashable {
    /// The identity, made by the caller so that a repeated call is recognised.
    public var id: JobID
    /// The user's name for it.
    public var name: String?
    /// What the user asked for.
    public var definition: JobDefinition

    /// Drafts a job.
    public init(id: JobID, name: String? = nil, definition: JobDefinition) {
        self.id = id
        self.name = name
        self.definition = definition
    }
}

/// A job as the owner of its slot needs to know it.
public struct SlotJob: Sendable, Hashable {
    /// The job.
    public let id: JobID
    /// The versions in force at some time after the slot's watermark, oldest first; empty if there is none.
    public let versions: [JobVersion]
    /// Whether the watermark is known to have passed the last instant.
    public let isExhausted: Bool

    /// Describes a job to its owner.
    public init(id: JobID, versions: [JobVersion], isExhausted: Bool) {
        self.id = id
        self.versions = versions
        self.isExhausted = isExhausted
    }
}

/// A run that has not ended, with what it is to do.
public struct OpenRun: Sendable, Hashable {
    /// The run.
    public let run: Run
    /// The definition of the run's version.
    public let definition: JobDefinition

    /// Joins a run with its definition.
    public init(run: Run, definition: JobDefinition) {
        self.run = run
        self.definition = definition
    }
}

/// What has changed in a slot.
public struct SlotContents: Sendable, Hashable {
    /// The slot's row.
    public let slot: Slot
    /// The jobs that changed, in the order of their change.
    public let jobs: [SlotJob]
    /// Up to where `jobs` goes; the slot's own revision when nothing is left.
    public let revision: Revision
    /// Every run of the slot's jobs that has not ended, oldest first.
    public let open: [OpenRun]

    /// Describes a slot to its owner.
    public init(slot: Slot, jobs: [SlotJob], revision: Revision, open: [OpenRun]) {
        self.slot = slot
        self.jobs = jobs
        self.revision = revision
        self.open = open
    }
}

/// The change of one run's owner.
public struct RunAdoption: Sendable, Hashable {
    /// The run as it was when the change was decided.
    public let before: Run
    /// The run as the new owner leaves it.
    public let after: Run

    /// Changes a run's owner.
    public init(before: Run, after: Run) {
        self.before = before
        self.after = after
    }
}

/// One attempt of one run, by one owner of its slot.
public struct AttemptKey: Sendable, Hashable {
    /// The run.
    public let run: RunID
    /// The attempt's number, from 1.
    public let number: Int
    /// The epoch under which it was claimed or adopted: an adopter may launch under the number of the attempt that it
    /// took over, when that cannot have started.
    public let epoch: Epoch

    /// Names an attempt.
    public init(run: RunID, number: Int, epoch: Epoch) {
        self.run = run
        self.number = number
        self.epoch = epoch
    }

    /// The current attempt of a run.
    public init(of run: Run) {
        self.init(run: run.id, number: run.attempt, epoch: run.epoch)
    }
}
