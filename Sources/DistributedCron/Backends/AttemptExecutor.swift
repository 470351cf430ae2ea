#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How an attempt is run: as a process, or as a Swift closure.
public protocol AttemptExecutor: Sendable {
    /// Ends and removes what a predecessor of this executor left running when its program died.
    ///
    /// To be called before the first attempt, and before anything is claimed that a predecessor may still be running:
    /// when it returns, nothing of what that left is running any more. Whoever calls it again, when another has died
    /// since, has it done again, beside what this executor runs. Does nothing by default.
    ///
    /// - Throws: What makes the executor unusable.
    func prepare() async throws

    /// Runs one attempt and returns when nothing of it is left.
    ///
    /// Never throws: what goes wrong is the attempt's outcome. If the surrounding task is cancelled, the attempt is
    /// asked to end, is made to end after `order.killGrace`, and the outcome is ``AttemptOutcome/cancelled``. A
    /// time-out works the same way and gives ``AttemptOutcome/timedOut``.
    ///
    /// - Parameters:
    ///   - order: What to run. Attempts run concurrently; the caller bounds how many.
    ///   - output: Takes what the attempt writes, while it runs. The caller makes one for each attempt and finishes it.
    /// - Returns: How it ended. The executor leaves ``AttemptReport/output`` empty: that is the caller's to fill.
    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport

    /// Ends the attempt of a run at once, whatever grace it has, also if it was asked to end before.
    ///
    /// For an attempt that must not go on for a moment longer; its surrounding task is cancelled as well, before or just
    /// after. Its outcome is ``AttemptOutcome/cancelled``, if nothing else has ended it before. Returns when the end is under way:
    /// that nothing is left is told by ``execute(_:output:)``, as ever. A run of which nothing is executed is ignored.
    ///
    /// Does nothing by default, for executors that have nothing but the request to end: what goes on then may run
    /// beside its successor.
    ///
    /// - Parameter run: The run.
    func kill(_ run: RunID) async

    /// How attempts have ended that earlier workers of this node began, and that none has written down, as it becomes known.
    ///
    /// For executors whose attempts outlive the worker. To be called once, after ``prepare()``. What was told is told to the
    /// next worker too, unless ``settled(_:)`` was called for it. Only attempts that ended by themselves: what was ended
    /// is for its run's next owner to judge. Nothing by default.
    ///
    /// - Returns: The records of attempts, for their runs' ledger; some may be in it already.
    func leftEnds() -> AsyncStream<[Attempt]>

    /// Says that the ends of attempts are written down where they outlive this worker, so that no other has to hear of them.
    ///
    /// Does nothing by default.
    ///
    /// - Parameter attempts: Attempts that ``execute(_:output:)`` has reported, or ``leftEnds()`` has told of.
    func settled(_ attempts: [AttemptKey]) async

    /// What workers of this node that are gone have left running, as it becomes known.
    ///
    /// For executors whose attempts outlive the worker. To be called once, after ``prepare()``. Each goes on for as long as
    /// its own worker's lease permits, unless it is gone on with (``resume(_:output:)``). Nothing by default.
    ///
    /// - Returns: The attempts; some may have ended by now.
    func leftRunning() -> AsyncStream<[LeftAttempt]>

    /// Goes on with an attempt that a worker of this node has left running, and returns when nothing of it is left.
    ///
    /// From now on it is this worker's: it lives by this worker's lease, and is cancelled and killed like what
    /// ``execute(_:output:)`` runs. If its own worker's lease has made it end by then, that takes its course. The caller
    /// has asked the runs' ledger before, which nobody else may have given the run to.
    ///
    /// - Parameters:
    ///   - left: What ``leftRunning()`` has told of, each once.
    ///   - output: Takes the end of what the attempt has written, as far as that is known, and what it writes.
    /// - Returns: How it ended, or has ended meanwhile; that may have been told by ``leftEnds()`` as well. Where that cannot
    ///   be known, ``AttemptOutcome/cancelled`` if it may be repeated, and else ``AttemptOutcome/lost``.
    func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport
}

extension AttemptExecutor {
    /// Does nothing.
    public func prepare() async throws {}

    /// Does nothing.
    public func kill(_ run: RunID) async {}

    /// Tells of nothing.
    public func leftEnds() -> AsyncStream<[Attempt]> { AsyncStream { continuation in continuation.finish() } }

    /// Does nothing.
    public func settled(_ attempts: [AttemptKey]) async {}

    /// Tells of nothing.
    public func leftRunning() -> AsyncStream<[LeftAttempt]> {
        AsyncStream { continuation in continuation.finish() }
    }

    /// Knows of nothing that was left running.
    public func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport {
        left.lossReport(at: SystemWallClock().now)
    }

    /// Runs one attempt with an output of its own.
    ///
    /// - Parameter order: What to run.
    /// - Returns: How it ended, and the end of what it wrote.
    public func execute(_ order: AttemptOrder) async -> AttemptReport {
        let output = AttemptOutput()
        var report = await self.execute(order, output: output)
        report.output = output.finish()
        return report
    }
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
    /// The variables that the job's definition adds to the environment of its processes.
    public var environment: [String: String]
    /// The absolute path of the directory in which processes start, or nil for a private one.
    public var workingDirectory: String?
    /// What happens to the attempt when the lease of its worker lapses.
    public var onLapse: LapseConduct
    /// By which of its worker's leases the attempt lives: the session's (`hold`), or also the ledger's (`lease`).
    public var onOutage: OutagePolicy
    /// Whether the run may be attempted again although this attempt may have done its work.
    public var mayRepeat: Bool
    /// When the run is tried again if the attempt fails, or nil if it is not.
    public var retry: AttemptRetry?

    /// Orders one attempt.
    public init(
        run: RunID,
        attempt: Int,
        fence: UInt64,
        executable: Executable,
        timeout: Duration? = nil,
        killGrace: Duration = .seconds(10),
        environment: [String: String] = [:],
        workingDirectory: String? = nil,
        onLapse: LapseConduct = .stop,
        onOutage: OutagePolicy = .hold,
        mayRepeat: Bool = true,
        retry: AttemptRetry? = nil
    ) {
        self.run = run
        self.attempt = attempt
        self.fence = fence
        self.executable = executable
        self.timeout = timeout
        self.killGrace = killGrace
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.onLapse = onLapse
        self.onOutage = onOutage
        self.mayRepeat = mayRepeat
        self.retry = retry
    }
}

/// How an attempt ended.
public enum AttemptOutcome: Sendable, Hashable {
    /// It ended by itself with this exit code; 0 is success.
    case exited(Int32)
    /// A signal that the executor did not send ended it.
    case signaled(Int32)
    /// It was a closure, and threw an error, which the text describes.
    case failed(String)
    /// It exceeded its time-out and was ended.
    case timedOut
    /// The caller's task was cancelled and it was ended.
    case cancelled
    /// It never began; the text says why, for people.
    case notStarted(String)
    /// It never began, because the job's deadline had passed.
    case expired
    /// It began, and how it ended cannot be known: whoever watched over it is gone.
    case lost
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
    /// All of what it wrote, up to the executor's limit, if it was more than `output` keeps and could be stored.
    public var fullOutput: Artifact?

    /// How many bytes it wrote.
    public var outputBytes: Int { self.output.droppedBytes + self.output.count }

    /// Reports one attempt.
    public init(
        outcome: AttemptOutcome,
        startedAt: Date?,
        finishedAt: Date,
        output: OutputTail = OutputTail(),
        fullOutput: Artifact? = nil
    ) {
        self.outcome = outcome
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.output = output
        self.fullOutput = fullOutput
    }
}
