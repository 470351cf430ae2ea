#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a closure is told of the attempt that it is.
public struct RunContext: Sendable {
    /// The run, the same for all its attempts: an idempotency key.
    public let runID: RunID
    /// The attempt's number within the run, from 1.
    public let attempt: Int
    /// A number that grows with every attempt, for whatever the closure writes to.
    public let fence: UInt64
    private let output: AttemptOutput

    /// The run whose closure the present task works for.
    @TaskLocal package static var current: RunID?

    init(_ order: AttemptOrder, output: AttemptOutput) {
        self.runID = order.run
        self.attempt = order.attempt
        self.fence = order.fence
        self.output = output
    }

    /// The job.
    public var jobID: JobID { self.runID.job }

    /// The instant that the run accounts for, which may have passed a while ago.
    public var scheduledInstant: Instant { self.runID.scheduledAt }

    /// The same instant as a date.
    public var scheduledAt: Date { self.runID.scheduledAt.date }

    /// What asked for the run: the schedule, or a user, at once or for an instant of the past.
    public var trigger: RunFilter.Trigger { self.runID.trigger.kind }

    /// Adds a line to the attempt's output.
    public func log(_ line: String) { self.output.append("\(line)\n".utf8, from: .stdout) }
}
