#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where a run stands.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    /// Asked for, but not claimed by a worker yet.
    case pending
    /// Accounted for, and to be launched by the worker that claimed it.
    case claimed
    /// About to be launched: from here on it may have started. Only runs stop here that must not start
    /// twice, or whose slot was moved after they were claimed.
    case starting
    /// Launched.
    case running
    /// Ended with exit code 0.
    case succeeded
    /// Ended otherwise, or could not be started.
    case failed
    /// Exceeded its time-out and was ended.
    case timedOut = "timed_out"
    /// Ended on request.
    case cancelled
    /// Its worker died, and whether it ended is unknown.
    case lost
    /// Not run, because a policy said so at its time.
    case skipped
    /// Not run, because its time had passed.
    case missed

    /// Whether nothing follows: the run has its outcome.
    public var isTerminal: Bool {
        switch self {
        case .pending, .claimed, .starting, .running: false
        case .succeeded, .failed, .timedOut, .cancelled, .lost, .skipped, .missed: true
        }
    }
}

/// Why a run has the state that it has, in one word.
public struct RunReason: Sendable, Hashable, CustomStringConvertible {
    /// The word, as stored and shown.
    public let rawValue: String

    /// Wraps a word from a store.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The process ended with an exit code other than 0.
    public static let exit = Self(rawValue: "exit")
    /// A signal ended the process.
    public static let signal = Self(rawValue: "signal")
    /// The closure threw an error.
    public static let error = Self(rawValue: "error")
    /// The process could not be started.
    public static let spawn = Self(rawValue: "spawn")
    /// The attempt exceeded its time-out.
    public static let timeout = Self(rawValue: "timeout")
    /// The worker was shut down.
    public static let shutdown = Self(rawValue: "shutdown")
    /// The job was removed before the run began.
    public static let removed = Self(rawValue: "removed")
    /// Another run of the job was in progress.
    public static let overlap = Self(rawValue: "overlap")
    /// The instant was claimed too late.
    public static let misfire = Self(rawValue: "misfire")
    /// Somebody asked for it.
    public static let requested = Self(rawValue: "requested")
    /// A newer run of the job took its place.
    public static let replaced = Self(rawValue: "replaced")
    /// It waits for another run of the job to end.
    public static let queued = Self(rawValue: "queued")
    /// Too many runs of the job were waiting.
    public static let queueFull = Self(rawValue: "queue_full")
    /// The job has had all of its runs; it was edited after this instant, so the instant is still to be accounted for.
    public static let maxRuns = Self(rawValue: "max_runs")
    /// The job's deadline passed before the run could begin.
    public static let deadline = Self(rawValue: "deadline")
    /// The job was paused.
    public static let paused = Self(rawValue: "paused")
    /// It waits for a process that has the job's closure.
    public static let noHandler = Self(rawValue: "no_handler")
    /// The attempt was ended because its worker lost touch with the cluster.
    public static let lapsed = Self(rawValue: "lapsed")
    /// How the attempt ended was never reported.
    public static let unknown = Self(rawValue: "unknown")
    /// The worker died.
    public static let workerLost = Self(rawValue: "worker_lost")

    /// The word.
    public var description: String { self.rawValue }
}

/// The row that accounts for one instant of one job, or for one manual request, or for one instant of a backfill.
public struct Run: Sendable, Hashable, Identifiable {
    /// The identity, which all attempts share.
    public let id: RunID
    /// The version of the job that was in force at the instant; for what was asked for, when it was asked for.
    public let version: Int
    /// Where the run stands.
    public var state: RunState
    /// Why, if there is more to say than the state.
    public var reason: RunReason?
    /// A sentence for people that belongs to the reason, such as why a process could not be started.
    public var detail: String?
    /// The number of the current or last attempt; 0 before the first.
    public var attempt: Int
    /// The worker of that attempt.
    public var worker: WorkerID?
    /// The slot's epoch under which that attempt was claimed.
    public var epoch: Epoch
    /// When that attempt began, by its node's clock.
    public var startedAt: Date?
    /// When that attempt ended, by its node's clock.
    public var finishedAt: Date?
    /// The exit code of that attempt, if it ended with one; 128 + n where signal n ended it.
    public var exitCode: Int32?
    /// How many attempts have failed or timed out.
    public var failures: Int
    /// While pending: the first second at which it may be claimed, or nil for at once.
    public var notBefore: Instant?
    /// Why the attempt is to be ended, once somebody has asked for that.
    public var cancellation: RunReason?
    /// What the request of a user said, or nil for a run of the schedule.
    public var request: RunRequest?

    /// Assembles a run from what a store or a claim holds.
    public init(
        id: RunID,
        version: Int,
        state: RunState,
        reason: RunReason? = nil,
        detail: String? = nil,
        attempt: Int = 0,
        worker: WorkerID? = nil,
        epoch: Epoch = .zero,
        startedAt: Date? = nil,
        finishedAt: Date? = nil,
        exitCode: Int32? = nil,
        failures: Int = 0,
        notBefore: Instant? = nil,
        cancellation: RunReason? = nil,
        request: RunRequest? = nil
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.reason = reason
        self.detail = detail
        self.attempt = attempt
        self.worker = worker
        self.epoch = epoch
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.failures = failures
        self.notBefore = notBefore
        self.cancellation = cancellation
        self.request = request
    }
}

/// What came with a user's request for a run, or for the runs of a backfill.
public struct RunRequest: Sendable, Hashable {
    /// Why the run was asked for, for people.
    public var reason: String?
    /// Variables for this run, over the job's own.
    public var environment: [String: String]

    /// Describes a request.
    public init(reason: String? = nil, environment: [String: String] = [:]) {
        self.reason = reason
        self.environment = environment
    }
}

/// The row that accounts for a range of a job's instants that will not be run one by one.
public struct Gap: Sendable, Hashable {
    /// The job.
    public let job: JobID
    /// The first instant in the range.
    public let first: Instant
    /// The last instant in the range.
    public let last: Instant
    /// How many of the job's instants lie in the range, both ends included.
    public let count: Int
    /// Why they are not run.
    public let reason: RunReason
    /// The version of the job that was in force over the range.
    public let version: Int

    /// Accounts for a range.
    public init(job: JobID, first: Instant, last: Instant, count: Int, reason: RunReason, version: Int) {
        self.job = job
        self.first = first
        self.last = last
        self.count = count
        self.reason = reason
        self.version = version
    }
}

/// The record of one try at executing a run; append-only.
public struct Attempt: Sendable, Hashable {
    /// The run that was tried.
    public let run: RunID
    /// The attempt's number within the run, from 1.
    public let number: Int
    /// The worker that tried.
    public let worker: WorkerID
    /// The epoch under which it tried.
    public let epoch: Epoch
    /// How it ended, and what it wrote.
    public internal(set) var report: AttemptReport
    /// Why it was ended, if it was cancelled.
    public let cancellation: RunReason?
    /// When the run is to be tried again, or nil if the end of this attempt is the run's.
    package(set) public var retryAt: Instant?

    /// Records an attempt.
    public init(
        run: RunID,
        number: Int,
        worker: WorkerID,
        epoch: Epoch,
        report: AttemptReport,
        cancellation: RunReason? = nil,
        retryAt: Instant? = nil
    ) {
        self.run = run
        self.number = number
        self.worker = worker
        self.epoch = epoch
        self.report = report
        self.cancellation = cancellation
        self.retryAt = retryAt
    }

    /// Records an attempt that ended by itself, by what was ordered.
    package init(_ order: AttemptOrder, by worker: WorkerID, report: AttemptReport) {
        let outcome = report.outcome
        let mayRepeat = outcome != .lost || order.mayRepeat
        let retry = outcome.isFailure && mayRepeat ? order.retry : nil
        self.init(
            run: order.run,
            number: order.attempt,
            worker: worker,
            epoch: Epoch(fence: order.fence),
            report: report,
            retryAt: retry?.instant(afterEndAt: Instant(ceiling: report.finishedAt))
        )
    }
}
