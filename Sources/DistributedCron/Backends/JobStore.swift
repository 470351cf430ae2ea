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
    /// - Parameters:
    ///   - draft: The job. Adding the same identity twice is a conflict.
    ///   - key: The client's name for its request, kept for 24 hours with the job that it made; nil for none.
    /// - Returns: The job as stored, or the one that the same request has made before.
    /// - Throws: ``JobStoreError`` with code `nameTaken`, `conflict`, or `mismatch` if the key came with another request.
    func createJob(_ draft: JobDraft, idempotency key: IdempotencyKey?) async throws -> JobCreation

    /// Finds the job that a request with an idempotency key has made within the last 24 hours.
    ///
    /// - Throws: ``JobStoreError`` with code `mismatch` if the key came with another request.
    func job(madeBy key: IdempotencyKey) async throws -> Job?

    /// Finds a job, removed ones included.
    func job(_ id: JobID) async throws -> Job?

    /// Lists jobs in the order of their identities, removed ones included.
    ///
    /// - Parameters:
    ///   - filter: Which jobs.
    ///   - cursor: The last job of the page before, or nil to begin.
    ///   - limit: The most jobs to return, 1 to 1,000.
    /// - Returns: The next jobs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError``.
    func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job]

    /// Puts a new version of a job in force, if its current one is the expected one; raises its slot's revision.
    ///
    /// The new version is in force from the first whole second that is neither past by the store's clock nor accounted for
    /// already; instants before that belong to the versions before. A pause that ends with its version leaves its gap
    /// behind. A draft that changes nothing makes no version.
    ///
    /// - Parameters:
    ///   - draft: The job as it is to be; its identity says which one.
    ///   - version: The number of the version that the draft was made from.
    /// - Returns: The job as stored.
    /// - Throws: ``JobStoreError`` with code `notFound`; `removed`; `conflict` if the version is another; `nameTaken`.
    func updateJob(_ draft: JobDraft, ifVersion version: Int) async throws -> Job

    /// Ends a job's current version and marks the job as removed; raises its slot's revision.
    ///
    /// No instant at or after the moment of removal is claimed. Pending runs are cancelled; runs in progress end normally.
    /// Removing twice changes nothing.
    ///
    /// - Returns: The job as it is now, or nil if there never was one.
    func removeJob(_ id: JobID) async throws -> Job?

    /// Removes jobs that are over for good, with all that belongs to them; their names are free again.
    ///
    /// Left alone is a job that is not over (``JobProgress/isOver``), that has an instant which is not accounted for, or that was changed, or
    /// has had a run, at or after `time`. That time has to be so long ago that the owner of the job's slot has heard of
    /// everything since.
    ///
    /// - Parameters:
    ///   - jobs: At most 1,000 jobs.
    ///   - time: Since when they have to be idle, by the store's clock.
    /// - Returns: The jobs that were removed.
    /// - Throws: ``JobStoreError``.
    func purgeJobs(_ jobs: [JobID], idleSince time: Date) async throws -> Set<JobID>

    /// Forgets runs that ended long ago, with their attempts; of each job, what it has come to stays.
    ///
    /// Left alone is a run that has not ended, or whose instant or end is at or after `time`.
    ///
    /// - Parameters:
    ///   - time: Since when they have to be over, by the store's clock.
    ///   - limit: The most runs to forget in this call, 1 to 10,000: it never keeps a claim waiting for long.
    /// - Returns: How many were forgotten; fewer than `limit` if no more are left.
    /// - Throws: ``JobStoreError``.
    func purgeRuns(endedBefore time: Date, limit: Int) async throws -> Int

    // MARK: Runs

    /// Counts what has become of jobs lately.
    ///
    /// - Parameters:
    ///   - jobs: At most 1,000 jobs; unknown ones are left out of the answer.
    ///   - since: From when runs count, by their instants.
    /// - Returns: The figures.
    /// - Throws: ``JobStoreError``.
    func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics]

    /// Adds a pending run of a job's current version and raises its slot's revision, so that the owner claims it.
    ///
    /// A trigger that this job has a run of is recognised, and that run returned, so a call of unknown outcome can be
    /// repeated.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - trigger: The request's identity.
    ///   - request: What came with it.
    /// - Returns: The run, with the store's clock to the second as its `scheduledAt`.
    /// - Throws: ``JobStoreError`` with code `notFound`; `removed`; `overlap` if the job skips what overlaps and has a run
    ///   that has not ended, other than backfilled ones; `mismatch` if the trigger came with another request.
    func requestRun(of job: JobID, trigger: TriggerID, request: RunRequest) async throws -> Run

    /// Adds a pending run of a job's current version for each of some instants, all of them or none, and raises its
    /// slot's revision, so that the owner claims them one after the other.
    ///
    /// They account for nothing: whatever the schedule has made of the same instants stays beside them. A trigger that this
    /// job has runs of is recognised, and those runs returned, so a call of unknown outcome can be repeated.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - instants: The instants that the runs stand for, each once and oldest first; 1 to
    ///     ``JobPolicies/backfillLimit``.
    ///   - trigger: The request's identity, of the kind `backfill`.
    ///   - request: What came with it.
    /// - Returns: The runs, oldest first, each with its instant as its `scheduledAt`; of an earlier call those that are
    ///   kept.
    /// - Throws: ``JobStoreError`` with code `notFound`; `removed`; `overlap` if more than ``JobPolicies/backfillLimit``
    ///   backfilled runs of the job would wait; `mismatch` if the trigger came with another request.
    func backfill(
        _ job: JobID,
        at instants: [Instant],
        trigger: TriggerID,
        request: RunRequest
    ) async throws -> [Run]

    /// Ends a pending run, or asks the worker of one that may have started to end it; raises its slot's revision.
    ///
    /// Asking again changes nothing.
    ///
    /// - Parameters:
    ///   - id: The run.
    ///   - reason: Why, which becomes the run's reason.
    /// - Returns: The run as it is now.
    /// - Throws: ``JobStoreError`` with code `notFound`, or `ended`.
    func cancelRun(_ id: RunID, reason: RunReason) async throws -> Run

    /// Finds a run.
    func run(_ id: RunID) async throws -> Run?

    /// Lists runs, newest instant first.
    ///
    /// - Parameters:
    ///   - filter: Which runs.
    ///   - cursor: The last run of the page before, or nil to begin.
    ///   - limit: The most runs to return, 1 to 1,000.
    /// - Returns: The next runs; fewer than `limit` at the end, none for an unknown job.
    /// - Throws: ``JobStoreError``.
    func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run]

    /// Lists a job's gaps, newest first; at most `limit`, 1 to 1,000.
    ///
    /// A pause that goes on is a gap up to the slot's watermark.
    func gaps(of job: JobID, limit: Int) async throws -> [Gap]

    /// Lists a run's attempts that have ended, oldest first.
    func attempts(of run: RunID) async throws -> [Attempt]

    /// Lists the artifacts that jobs refer to: the files of the versions that are kept, and the outputs of attempts.
    ///
    /// - Parameters:
    ///   - cursor: The last job that the page before looked at, or nil to begin.
    ///   - limit: How many jobs to look at, 1 to 1,000.
    /// - Returns: What the next jobs refer to.
    /// - Throws: ``JobStoreError``.
    func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences

    // MARK: Slots, for the leader

    /// Every slot of every pool, in order.
    func slots() async throws -> [Slot]

    /// Gives slots to workers, raising the epoch of each (``Epoch/next(at:)``, by the store's clock).
    ///
    /// - Parameters:
    ///   - owners: The new owner of each slot.
    ///   - token: The leader's token, which is written into the slots.
    ///   - above: An epoch that all of theirs are to exceed: one that the store may have forgotten.
    /// - Returns: The slots as they are now.
    /// - Throws: ``JobStoreError`` with code `fenced`, and nothing is changed, if a slot carries a higher token.
    func assign(_ owners: [SlotID: WorkerID], token: LeaderToken, above: Epoch) async throws -> [Slot]

    /// The workers of runs that are claimed and have not ended.
    ///
    /// Those that are not registered any more have died, and their runs are to be adopted.
    func workersOfOpenRuns() async throws -> Set<WorkerID>

    /// Sees to it that workers that are gone are never confirmed again, and says how long they may still go on.
    ///
    /// A leader calls this before it gives their slots to others, or has their runs taken over, and waits for as long as the
    /// answer says. Workers that never were confirmed are revoked as well: a call of theirs may be on its way.
    ///
    /// What is revoked is kept for an hour: longer than a worker may still ask, or be answered something that counts.
    ///
    /// A token that comes into a slot while the call is under way may be overlooked. A revocation by a leader that has just
    /// been followed does no harm: nobody is given anything for it, and a worker that is revoked by mistake only loses what
    /// it could go on with in an outage.
    ///
    /// - Parameters:
    ///   - workers: The workers, whose sessions are gone.
    ///   - token: The leader's token.
    /// - Returns: An answer for each of them.
    /// - Throws: ``JobStoreError`` with code `fenced`, and nothing is changed, if a slot carried a higher token before the
    ///   call.
    func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation]

    /// Lists the workers that are confirmed now, in the order of their identities.
    ///
    /// For people who want to know what goes on while the coordination service is away. Nothing may be decided by it: the answer
    /// may be some seconds old, and is measured by the store's clock, which neither a worker nor a leader goes by.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    func confirmedWorkers() async throws -> [ConfirmedWorker]

    // MARK: The ledger, for workers

    /// Confirms for a while that a worker's slots are its own, unless that was revoked.
    ///
    /// A worker asks for this when the coordination service does not answer, and only while it has a lease: one by that
    /// service, or one by this call. It counts from before the call was sent, and for less than `length`. No slot of its is
    /// given to others before a leader has called ``revokeConfirmations(of:token:)`` and waited.
    ///
    /// - Parameters:
    ///   - worker: The worker.
    ///   - length: For how long; ten minutes at most is the caller's to keep to, because what is revoked is remembered for an hour.
    /// - Returns: False if it was revoked; it is taken for dead then.
    /// - Throws: ``JobStoreError``. Whether it was confirmed is unknown then, and must not count.
    func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool

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
    /// either stays or moves forward to no later than the store's clock plus one second. Every pending run that the claim
    /// takes must be pending still, in the attempt before the one that is claimed, or in the same one if it is refused: a
    /// claim whose call comes late may know an earlier attempt, and nothing else tells that it is out of date.
    ///
    /// - Parameter claims: One claim for each of some slots; at most one a slot.
    /// - Returns: An outcome for each claim, in order.
    /// - Throws: ``JobStoreError``. Whether anything was written is unknown then: load the slots again before anything
    ///   else.
    func claim(_ claims: [SlotClaim]) async throws -> [ClaimOutcome]

    /// Writes runs of a dead worker as their new owner leaves them, in one transaction, and raises the claim sequence.
    ///
    /// All or nothing: the slot must have this owner and epoch, and each run must still be in the state and attempt
    /// that `adoptions` was decided on, and the same worker's: another may have taken the attempt over where it runs.
    ///
    /// - Returns: Whether it was written.
    func adopt(_ adoptions: [RunAdoption], slot: SlotID, worker: WorkerID, epoch: Epoch) async throws -> ClaimOutcome

    /// Makes attempts that a dead worker has left running the attempts of another worker of its node, in one transaction.
    ///
    /// Each is written only if its run has not ended and is in this attempt and the predecessor's still. It stays the
    /// same attempt under the same epoch, whoever owns the slot by now, and is the new worker's to end: nobody adopts it
    /// while that is alive. One that is `claimed` becomes `starting`, for its worker says that it may have started.
    /// Repeating a call changes nothing.
    ///
    /// - Parameters:
    ///   - attempts: The attempts.
    ///   - predecessor: The worker that began them. The caller knows that its process is dead.
    ///   - worker: The worker that has them from now on.
    /// - Returns: Those that are the new worker's now, also by an earlier call. Only those may be gone on with.
    /// - Throws: ``JobStoreError``. Whether anything was written is unknown then, and shows in the runs.
    func takeOver(
        _ attempts: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID
    ) async throws -> Set<AttemptKey>

    /// Puts back what the store has forgotten of a slot, in one transaction.
    ///
    /// The slot must have this owner and epoch, and the watermark that the restoration was decided on. Runs, gaps and
    /// attempts that are missing are added; a run that is there is moved forward (``Run/restored(to:)``) and never back.
    /// The claim sequence is raised to the restoration's if it is lower. What belongs to jobs that the store does not
    /// know is left out, and a run of a version that it does not know becomes one of the current version.
    ///
    /// The new watermark is not held against the store's clock, unlike a claim's: it was accepted once already, and a
    /// store that has fallen over to a clock behind would otherwise refuse the truth.
    ///
    /// - Returns: Whether it was written. Repeating what was written changes nothing, and is refused if it moved the
    ///   watermark.
    /// - Throws: ``JobStoreError``. Whether anything was written is unknown then: load the slot again.
    func restore(_ restoration: SlotRestoration) async throws -> ClaimOutcome

    /// Marks claimed attempts as about to start, before the launch of a run that must not start twice, or
    /// whose slot is another worker's now.
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
    /// - Returns: The runs of `ends` that are not there, or have not come to the attempt: they were purged, or the store
    ///   has forgotten them or that the attempt was claimed. Nothing is recorded of those.
    /// - Throws: ``JobStoreError``.
    @discardableResult
    func record(starts: [AttemptKey: Date], ends: [Attempt]) async throws -> Set<RunID>
}

extension JobStore {
    /// Gives slots to workers when no epoch is known that the store may have forgotten.
    ///
    /// - Throws: ``JobStoreError`` with code `fenced`, and nothing is changed, if a slot carries a higher token.
    public func assign(_ owners: [SlotID: WorkerID], token: LeaderToken) async throws -> [Slot] {
        try await self.assign(owners, token: token, above: .zero)
    }

    /// Adds a job whose creation is not repeated.
    ///
    /// - Throws: ``JobStoreError`` with code `nameTaken` or `conflict`.
    public func createJob(_ draft: JobDraft) async throws -> Job {
        try await self.createJob(draft, idempotency: nil).job
    }

    /// Lists all jobs in the order of their identities, a page at a time.
    ///
    /// - Throws: ``JobStoreError``.
    public func jobs(after cursor: JobID?, limit: Int) async throws -> [Job] {
        try await self.jobs(matching: JobFilter(), after: cursor, limit: limit)
    }

    /// Lists a job's runs, newest instant first, a page at a time.
    ///
    /// - Throws: ``JobStoreError``.
    public func runs(of job: JobID, before cursor: RunID?, limit: Int) async throws -> [Run] {
        try await self.runs(matching: RunFilter(job: job), before: cursor, limit: limit)
    }

    /// Adds a pending run with nothing to say about it.
    ///
    /// - Throws: ``JobStoreError`` with code `notFound`, `removed` or `overlap`.
    public func requestRun(of job: JobID, trigger: TriggerID) async throws -> Run {
        try await self.requestRun(of: job, trigger: trigger, request: RunRequest())
    }
}
