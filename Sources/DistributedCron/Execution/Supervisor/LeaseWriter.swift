import Dispatch
import Logging

/// Writes down until when a worker's leases are good, in the order in which it is told.
///
/// A queue of its own writes, so that no task waits for a disk, and only what was told last. What cannot be written is as if
/// the lease had not been renewed: attempts are ended when the one that is written down is over.
final class LeaseWriter: Sendable {
    private struct State {
        var file: LeaseFile?
        var deadlines = LeaseDeadlines()
        var isFailing = false
    }
    private let state = Lock(State())
    private let executor = QueueExecutor(label: "distcron.lease")
    private let logger: Logger

    /// Creates a writer that has no file yet.
    ///
    /// - Parameter logger: Hears when a lease cannot be written, and when it can again.
    init(logger: Logger) { self.logger = logger }

    /// Writes until when the leases are good, on the clock of ``LeaseFile/now``.
    ///
    /// - Parameters:
    ///   - deadlines: Until when they are good.
    ///   - afterwards: What is done when it is written, or could not be.
    func tell(_ deadlines: LeaseDeadlines, afterwards: @escaping @Sendable () -> Void = {}) {
        self.state.withLock { $0.deadlines = deadlines }
        self.executor.async {
            self.write()
            afterwards()
        }
    }

    /// Writes to a file from now on, first what was told last.
    ///
    /// Blocks the calling thread until that is done.
    func use(_ file: LeaseFile) {
        self.executor.queue.sync {
            self.state.withLock { $0.file = file }
            self.write()
        }
    }

    /// Waits until what was told before is written, or could not be.
    func settle() async {
        await withCheckedContinuation { continuation in self.executor.async { continuation.resume() } }
    }

    private func write() {
        let (file, deadlines) = self.state.withLock { ($0.file, $0.deadlines) }
        guard let file else { return }
        var problem: SystemError?
        do throws(SystemError) { try file.write(deadlines) } catch { problem = error }
        let isFailing = problem != nil
        let isNews = self.state.withLock { state in
            defer { state.isFailing = isFailing }
            return state.isFailing != isFailing
        }
        guard isNews else { return }
        if let problem {
            self.logger.error("The lease cannot be written down", metadata: ["error": "\(problem)"])
        } else {
            self.logger.info("The lease can be written down again")
        }
    }
}
