import Dispatch

/// Runs actors on one private serial queue, so that they may make blocking calls.
///
/// Actors that share an executor exclude each other, and a Dispatch handler on the queue may enter any of them with
/// `assumeIsolated`.
package final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    package init(label: String) {
        self.queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Does something on the queue, after what was given to it before.
    package func async(_ work: @escaping @Sendable () -> Void) { self.queue.async(execute: work) }

    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(self.queue))
    }
}
