#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How an attempt is run: as a process, or as a Swift closure.
public protocol AttemptExecutor: Sendable {
    /// Runs one attempt and returns when nothing of it is left.
    ///
    /// Never throws: what goes wrong is the attempt's outcome. If the surrounding task is cancelled, the attempt is
    /// asked to end, is made to end after `order.killGrace`, and the outcome is ``AttemptOutcome/cancelled``. A
    /// time-out works the same way and gives ``AttemptOutcome/timedOut``.
    ///
    /// - Parameter order: What to run. Attempts run concurrently; the caller bounds how many.
    /// - Returns: How it ended, and the end of what it wrote.
    func execute(_ order: AttemptOrder) async -> AttemptReport
}

/// Everything that an executor needs to know of one attempt.
public struct AttemptOrder: Sendable, Hashable {
    /// The run that is attempted.
    public var run: RunID
    /// The attempt's number within the run, from 1.
    public var attempt: Int
    /// A number that grows with every attempt, for the job to hand to whatever it writes to.
    public var fence: UInt64
    /// What to run.
    public var executable: Executable
    /// How long the attempt may take, or nil for as long as it likes.
    public var timeout: Duration?
    /// How long the attempt has between being asked to end and being made to.
    public var killGrace: Duration

    /// Orders one attempt.
    public init(
        run: RunID,
        attempt: Int,
        fence: UInt64,
        executable: Executable,
        timeout: Duration? = nil,
        killGrace: Duration = .seconds(10)
    ) {
        self.run = run
        self.attempt = attempt
        self.fence = fence
        self.executable = executable
        self.timeout = timeout
        self.killGrace = killGrace
    }
}

/// How an attempt ended.
public enum AttemptOutcome: Sendable, Hashable {
    /// It ended by itself with this exit code; 0 is success.
    case exited(Int32)
    /// A signal that the executor did not send ended it.
    case signaled(Int32)
    /// It exceeded its time-out and was ended.
    case timedOut
    /// The caller's task was cancelled and it was ended.
    case cancelled
    /// It never began; the text says why, for people.
    case notStarted(String)
}

/// What is known of an attempt after its end.
public struct AttemptReport: Sendable, Hashable {
    /// How it ended.
    public var outcome: AttemptOutcome
    /// When it began by the node's clock, or nil if it never did.
    public var startedAt: Date?
    /// When it ended, or failed to begin, by the node's clock.
    public var finishedAt: Date
    /// The end of what it wrote.
    public var output: OutputTail

    /// Reports one attempt.
    public init(outcome: AttemptOutcome, startedAt: Date?, finishedAt: Date, output: OutputTail) {
        self.outcome = outcome
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.output = output
    }
}
