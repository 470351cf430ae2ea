#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An attempt that goes on although the worker that has it is gone.
public struct LeftAttempt: Sendable, Hashable {
    /// What was ordered.
    public let order: AttemptOrder
    /// The worker that is gone: the one that began the attempt, or the last that has taken it over.
    public let worker: WorkerID
    /// When the attempt began by the node's clock.
    public let startedAt: Date

    /// Describes an attempt.
    public init(order: AttemptOrder, worker: WorkerID, startedAt: Date) {
        self.order = order
        self.worker = worker
        self.startedAt = startedAt
    }

    /// Which attempt it is.
    public var key: AttemptKey { AttemptKey(of: self.order) }

    /// What is reported of it if nobody knows any more how it has ended.
    func lossReport(at now: Date) -> AttemptReport {
        AttemptReport(
            outcome: self.order.mayRepeat ? .cancelled : .lost,
            startedAt: self.startedAt,
            finishedAt: now
        )
    }
}

extension AttemptKey {
    /// The attempt that is ordered.
    package init(of order: AttemptOrder) {
        self.init(run: order.run, number: order.attempt, epoch: Epoch(fence: order.fence))
    }
}
