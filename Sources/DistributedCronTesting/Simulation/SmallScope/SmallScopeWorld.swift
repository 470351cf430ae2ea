import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A state of the small world: the ledger, the workers, what is in flight between them, and what is left to go wrong.
struct SmallScopeWorld: Sendable {
    static let job = JobID(rawValue: 1)
    static let slot = SlotID(index: 0)
    static let token = LeaderToken(incarnation: 1, sequence: 1)
    static let start = Instant(epochSeconds: 1_767_225_600)
    /// What the job runs, by the numbers of its versions.
    static let commands = [1: "first", 2: "second"]

    /// A call whose caller does not wait for the answer any more.
    enum Stray: Sendable, Hashable {
        case claim(SlotClaim)
        case adopt([RunAdoption], WorkerID, Epoch)
        case mark(AttemptKey)
        case record(Attempt)
    }

    let scope: SmallScope
    var ledger: InMemoryLedger
    var now = Self.start
    var workers: [ModelWorker]
    var strays: [Stray] = []
    var budget: SmallScope.Budget
    /// Whether the slot's owner was told of the edit.
    var isEditTold = true

    // What has happened, for the checks.
    /// The attempts that a committed claim or adoption has permitted.
    var granted: Set<AttemptKey> = []
    /// At-most-once runs that have started.
    var started: Set<RunID> = []
    /// From when on the second version must be in force.
    var editedFrom: Instant?

    init(_ scope: SmallScope) throws {
        self.scope = scope
        self.budget = scope.budget
        self.ledger = InMemoryLedger(
            cluster: Cluster(id: ClusterID(rawValue: "small"), slotCount: 1),
            historyLimit: 100,
            totalLimit: 100,
            now: Self.start.date
        )
        _ = try self.ledger.createJob(Self.draft(scope, version: 1), idempotency: nil, now: Self.start.date)
        self.workers = [1, 2].map { ModelWorker(id: Self.worker($0)) }
        _ = try self.ledger.assign([Self.slot: self.workers[0].id], token: Self.token, now: Self.start.date)
    }

    static func worker(_ number: Int) -> WorkerID { WorkerID(rawValue: "w\(number)") }

    static func draft(_ scope: SmallScope, version: Int) throws -> JobDraft {
        var policies = JobPolicies(
            concurrency: scope.concurrency,
            retry: RetryPolicy(max: scope.retries, backoffSeconds: 0, jitter: 0)
        )
        policies.recovery = scope.recovery
        let definition = JobDefinition(
            schedule: try Schedule("* * * * *"),
            executable: .command(self.commands[version] ?? ""),
            policies: policies
        )
        return JobDraft(id: self.job, definition: definition)
    }

    // MARK: Reading

    var slot: Slot { self.ledger.slots[0].slot }

    /// The job's row; it is never removed.
    var row: InMemoryLedger.JobRow? { self.ledger.jobs[Self.job] }

    /// When time stands still.
    var end: Instant { Self.start + Int64(self.scope.instants) * 60 }

    /// The version that must be in force at an instant.
    func version(at instant: Instant) -> Int { self.editedFrom.map { instant >= $0 } ?? false ? 2 : 1 }

    /// Whether nothing is left to be done: every instant is accounted for and every run has ended.
    var isDone: Bool {
        guard self.now == self.end, self.slot.accountedUntil >= self.end, let row = self.row else { return false }
        return row.runs.allSatisfy(\.run.state.isTerminal)
            && self.workers.allSatisfy { $0.isGone || ($0.call == .none && $0.attempts.isEmpty) }
    }
}

extension SmallScopeWorld: Hashable {
    /// Compares all that can make a difference to what happens next or to what is checked.
    ///
    /// Of the ledger that is the slot's row and the job's row with its runs, their attempts and the gaps; the rest of it
    /// is lists that follow from these, or is empty here.
    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.now == rhs.now && lhs.slot == rhs.slot && lhs.budget == rhs.budget && lhs.strays == rhs.strays
            && lhs.isEditTold == rhs.isEditTold && lhs.editedFrom == rhs.editedFrom && lhs.started == rhs.started
            && lhs.granted == rhs.granted && lhs.row == rhs.row && lhs.workers == rhs.workers
    }

    /// Hashes what is cheap and differs most.
    func hash(into hasher: inout Hasher) {
        hasher.combine(self.now.epochSeconds)
        hasher.combine(self.slot.accountedUntil.epochSeconds)
        hasher.combine(self.slot.epoch.rawValue)
        hasher.combine(self.slot.claimSequence)
        hasher.combine(self.slot.revision.rawValue)
        hasher.combine(self.budget)
        hasher.combine(self.strays.count)
        hasher.combine(self.granted.count)
        hasher.combine(self.isEditTold)
        hasher.combine(self.editedFrom?.epochSeconds)
        hasher.combine(self.row?.gaps.count)
        for row in self.row?.runs ?? [] {
            hasher.combine(row.run.state)
            hasher.combine(row.run.attempt)
            hasher.combine(row.run.failures)
            hasher.combine(row.run.version)
            hasher.combine(row.run.epoch.rawValue)
            hasher.combine(row.attempts.count)
        }
        for worker in self.workers { self.hash(worker, into: &hasher) }
    }

    private func hash(_ worker: ModelWorker, into hasher: inout Hasher) {
        hasher.combine(worker.hasLease)
        hasher.combine(worker.isGone)
        hasher.combine(worker.inbox.assignment)
        hasher.combine(worker.inbox.ended.count)
        hasher.combine(worker.inbox.dead.count)
        hasher.combine(worker.told)
        hasher.combine(worker.board.stale.count)
        if let slot = worker.board.slot(Self.slot) {
            hasher.combine(slot.accountedUntil.epochSeconds)
            hasher.combine(slot.claimSequence)
            hasher.combine(slot.epoch.rawValue)
            hasher.combine(slot.revision.rawValue)
        }
        hasher.combine(worker.isCertain)
        hasher.combine(worker.board.departed.count)
        hasher.combine(worker.board.partings.count)
        switch worker.call {
        case .none: hasher.combine(0)
        case .reading: hasher.combine(1)
        case .read(let contents):
            hasher.combine(2)
            hasher.combine(contents.slot.claimSequence)
            hasher.combine(contents.slot.epoch.rawValue)
            hasher.combine(contents.slot.revision.rawValue)
            for open in contents.open { hasher.combine(open.run.state) }
        case .parting: hasher.combine(6)
        case .adopting: hasher.combine(3)
        case .claiming(let claim):
            hasher.combine(4)
            hasher.combine(claim.to.epochSeconds)
            hasher.combine(claim.runs.count)
            hasher.combine(claim.revision.rawValue)
        case .answered(_, let outcome):
            hasher.combine(5)
            hasher.combine(outcome)
        }
        for attempt in worker.attempts {
            hasher.combine(attempt.key.run.scheduledAt.epochSeconds)
            hasher.combine(attempt.key.number)
            switch attempt.stage {
            case .waiting: hasher.combine(0)
            case .marking(let isUnknown): hasher.combine(isUnknown ? 1 : 2)
            case .verifying: hasher.combine(3)
            case .marked(let isMarked): hasher.combine(isMarked ? 4 : 5)
            case .running(let isRecorded): hasher.combine(isRecorded ? 6 : 7)
            case .ended(let end): hasher.combine(end.report.outcome == .exited(0) ? 8 : 9)
            }
        }
    }
}
