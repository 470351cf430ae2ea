import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sees everything that happens in a simulated cluster from outside, and says what must not have happened.
///
/// It believes nothing that the system says of itself: executions are told by the jobs, definitions and their times are
/// taken from the writes that the store acknowledged, and instants come from an evaluator of its own.
final class Judge: Sendable {
    /// How many violations are kept; one is enough.
    private static let limit = 8

    struct State: Sendable {
        var violations: [Violation] = []
        var history: [String] = []
        var executions: [Execution] = []
        /// By run, in the order of their starts.
        var byRun: [RunID: [Int]] = [:]
        /// Every attempt of which a claim or an adoption was committed.
        var permitted: Set<AttemptKey> = []
        /// When the last attempt of each run was.
        var permittedAt: [RunID: Duration] = [:]
        /// Those that are alive, by job.
        var alive: [JobID: Set<Int>] = [:]
        /// The nodes that stand still.
        var frozen: Set<String> = []
        /// When which node has stood still, in the order in which that began.
        var freezes: [Freeze] = []
        var jobs: [JobID: JobHistory] = [:]
        var jobOrder: [JobID] = []
        /// What each idempotency key has made.
        var created: [String: JobID] = [:]
        /// Jobs that were acknowledged to somebody who had sent no key.
        var unkeyed: Set<JobID> = []
        var slots: [Slot] = []
        /// Jobs of which the store has forgotten something that it had acknowledged.
        var forgotten: Set<JobID> = []
        /// Slots of which the store has forgotten a commit.
        var regressed: Set<SlotID> = []
        /// Attempts of which the store has forgotten the claim.
        var forgottenClaims: Set<AttemptKey> = []
        /// Attempts whose end the store knows, and those of which it has forgotten that.
        var ended: Set<AttemptKey> = []
        var forgottenEnds: Set<AttemptKey> = []
        /// Attempts that were taken over by another worker of their node.
        var takenOver: Set<AttemptKey> = []
        /// When the store has forgotten that they were.
        var forgottenTakeOvers: [AttemptKey: Duration] = [:]
        /// What users have asked to run, and jobs that they have removed, as they were told.
        var requests = RunRequests()
        var removed: [JobID] = []
        /// The workers of whose leases the store knows something, and those of which it has forgotten all of that.
        var leaseRows: Set<WorkerID> = []
        var forgottenLeases: Set<WorkerID> = []
        /// The workers that have registered.
        var leases: [WorkerID: WorkerTenure] = [:]
        /// Runs of which users have asked for the end, answered or not.
        var cancelled: Set<RunID> = []
        /// When a run of each job was last seen that had not ended, just before something was written of its slot.
        var busyAt: [JobID: Duration] = [:]
        /// How many failures of each run were recorded.
        var failures: [RunID: Int] = [:]
        /// Attempts that a task in some queue has told of, and since when.
        var filed: [AttemptKey: Duration] = [:]
        /// When each slot was last given to somebody.
        var movedAt: [SlotID: Duration] = [:]
        /// Attempts whose task was taken out of its queue, because their work was recorded.
        var consumed: Set<AttemptKey> = []
        /// When the store has last forgotten commits.
        var forgotAt: Duration?
        /// When the ensemble was last rebuilt, and with it the tasks that witness claims were lost.
        var rebuiltAt: Duration?
        /// Slots that were written since the moment to which the store is going to fall back; nil if it is not.
        var doomed: Set<SlotID>?
        /// The spans in which something was wrong, for the checker.
        var faults: [FaultSpan] = []
    }
    let engine: SimulationEngine
    let origin: Date
    /// How many attempts a worker runs at once.
    let capacity: Int
    /// Whether a readable history is kept.
    let isTracing: Bool
    let state = Lock(State())
    private let parts = Lock<(store: InMemoryJobStore?, ensemble: CoordinationService?)>((nil, nil))

    init(engine: SimulationEngine, origin: Date, capacity: Int, isTracing: Bool) {
        self.engine = engine
        self.origin = origin
        self.capacity = capacity
        self.isTracing = isTracing
    }

    func watch(_ store: InMemoryJobStore) { self.parts.withLock { $0.store = store } }
    func watch(_ ensemble: CoordinationService) { self.parts.withLock { $0.ensemble = ensemble } }
    var store: InMemoryJobStore? { self.parts.withLock { $0.store } }
    var ensemble: CoordinationService? { self.parts.withLock { $0.ensemble } }

    /// The true time.
    var now: Date { self.date(self.engine.now) }

    func date(_ time: Duration) -> Date { self.origin + time.seconds }

    var violations: [Violation] { self.state.withLock { $0.violations } }
    var history: [String] { self.state.withLock { $0.history } }

    /// How many executions there were.
    var executionCount: Int { self.state.withLock { $0.executions.count } }

    func violated(_ invariant: String, _ detail: String) {
        let violation = Violation(invariant: invariant, at: self.engine.now, detail: detail)
        self.state.withLock { if $0.violations.count < Self.limit { $0.violations.append(violation) } }
        self.trace { "VIOLATION of \(invariant): \(detail)" }
    }

    /// Adds a line to the history, if somebody reads it.
    func trace(_ line: () -> String) {
        guard self.isTracing else { return }
        let seconds = self.engine.now.nanoseconds / 1_000_000
        let text =
            "\(Instant(floor: self.now)) +\(seconds / 1_000).\(String(seconds % 1_000 + 1_000).dropFirst()) \(line())"
        self.state.withLock { $0.history.append(text) }
    }
}

/// One start of a job's process, as the process itself tells it.
struct Execution: Sendable {
    let run: RunID
    let attempt: Int
    let fence: UInt64
    let node: String
    /// The worker by whose lease it lives: who has started it, or the last that has taken it over.
    var worker: WorkerID
    /// Whether that has taken it over, and did not start it.
    var isTakenOver = false
    let start: Duration
    let policies: JobPolicies
    let timeout: Duration?
    /// What happens to it when its worker's lease is over.
    let onLapse: LapseConduct
    /// By which of its worker's leases it lives.
    let onOutage: OutagePolicy
    var end: Duration?
    var exit: ProcessTable.Exit?

    /// Whether it had begun at a moment, and not ended yet.
    func isAlive(at moment: Duration) -> Bool { self.start <= moment && self.end.map { $0 > moment } ?? true }
}

/// When a node stood still.
struct Freeze: Sendable {
    let node: String
    let start: Duration
    /// Nil while it does.
    var end: Duration?
}

/// When something was wrong.
struct FaultSpan: Sendable {
    let kind: FaultKind
    let start: Duration
    var end: Duration
}

/// The versions of a job, as the store acknowledged them.
struct JobHistory: Sendable, Equatable {
    var versions: [JobVersion] = []
    var isRemoved = false
}
