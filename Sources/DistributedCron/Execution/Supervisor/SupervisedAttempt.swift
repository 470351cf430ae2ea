#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An attempt in a supervisor, and the worker whose it is: the one that has begun it, or the last that has taken it over.
final class SupervisedAttempt: Sendable {
    private struct State {
        var holder: SupervisedWorker
        var hasEnded = false
    }
    let order: AttemptOrder
    let output = AttemptOutput()
    private let startedAt: Date
    private let state: Lock<State>
    private let reports = Broadcast<AttemptReport>()

    init(_ order: AttemptOrder, of worker: SupervisedWorker, startedAt: Date) {
        self.order = order
        self.startedAt = startedAt
        self.state = Lock(State(holder: worker))
    }

    /// The worker whose it is, or was at its end.
    var holder: SupervisedWorker { self.state.withLock { $0.holder } }

    /// What another worker is told of it.
    var left: LeftAttempt {
        LeftAttempt(order: self.order, worker: self.holder.id, startedAt: self.startedAt)
    }

    /// Makes it another worker's, unless its own is there, or it has ended or is being ended: then that takes its course.
    ///
    /// At once: either the lease of its own worker has made it end before, or that lease does not matter any more.
    func handOver(to heir: SupervisedWorker) {
        self.state.withLock { state in
            guard !state.hasEnded, state.holder.isGone, state.holder.ends.handOver(self.order.run, to: heir.ends) else {
                return
            }
            state.holder = heir
        }
    }

    /// Asks it to end.
    func cancel() { self.holder.ends.cancel(RunCancellation(run: self.order.run, reason: .requested)) }

    /// It has ended, and nobody takes it over any more.
    ///
    /// - Returns: The worker whose it was.
    func end() -> SupervisedWorker {
        self.state.withLock { state in
            state.hasEnded = true
            return state.holder
        }
    }

    /// Tells how it has ended, once that is kept for whoever does not hear it.
    func tell(_ report: AttemptReport) { self.reports.send(report) }

    /// Waits until it has ended; nil if the task is cancelled.
    func report() async -> AttemptReport? {
        for await report in self.reports.stream() { return report }
        return nil
    }
}
