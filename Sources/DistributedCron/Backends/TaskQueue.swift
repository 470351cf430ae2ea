/// Messages to workers that wait until their work is recorded.
///
/// A task that was not completed survives its worker. Calls may be made concurrently by every process of a cluster.
/// Every call throws ``TaskQueueError``, with code `unavailable` where repeating it may help, or `CancellationError`.
public protocol TaskQueue: Sendable {
    /// Makes a worker's queue; making it twice changes nothing.
    func open(_ worker: WorkerID) async throws

    /// The workers that have a queue, in order.
    func workers() async throws -> [WorkerID]

    /// Adds tasks to a worker's queue, all or none.
    ///
    /// A task whose identity is in the queue already is left as it is, so a call of unknown outcome can be repeated.
    ///
    /// - Throws: ``TaskQueueError`` with code `notFound` if there is no such queue, or `full`.
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws

    /// The tasks of a worker's queue: those that are there, then those that come, each once and in order.
    ///
    /// - Returns: A sequence for one consumer, which ends when the queue is closed. Asking again begins with all that
    ///   are not completed.
    /// - Throws: ``TaskQueueError`` with code `notFound` if there is no such queue.
    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error>

    /// The tasks of a worker's queue as they are now, in order.
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask]

    /// Removes tasks whose work is recorded; removing what is not there succeeds.
    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws

    /// Moves tasks from one worker's queue to the end of another's, each all at once.
    ///
    /// Tasks that are not there any more are left out.
    ///
    /// - Throws: ``TaskQueueError`` with code `notFound` if the receiver has no queue, or `full`.
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws

    /// Removes a worker's queue with what is in it, and ends its sequences. Closing twice changes nothing.
    func close(_ worker: WorkerID) async throws
}

/// The identity of a task, derived from what the task carries.
public struct TaskID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Letters, digits, dots and hyphens.
    public let rawValue: String

    /// Wraps an identity from a queue.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identity as stored.
    public var description: String { self.rawValue }

    /// Orders by the text.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// A message to one worker.
public enum WorkerTask: Sendable, Hashable, Identifiable {
    /// A slot has changed: load it up to this revision at least.
    case sync(slot: SlotID, epoch: Epoch, revision: Revision)
    /// A claim's runs are in progress; filed by the worker that claimed them, done when all have ended.
    case claim(slot: SlotID, worker: WorkerID, epoch: Epoch, sequence: UInt64, runs: [AttemptKey])
    /// A worker is dead: take over its unfinished runs in your slots.
    case adopt(WorkerID)

    /// The identity, by which a repeated task is recognised.
    public var id: TaskID {
        switch self {
        case .sync(let slot, let epoch, let revision): TaskID(rawValue: "sync-\(slot)-\(epoch)-\(revision)")
        case .claim(let slot, _, let epoch, let sequence, let runs):
            // What a lost answer has hidden may be found at the sequence of a claim that came after it.
            TaskID(
                rawValue: runs.first.map { "claim-\(slot)-\(epoch)-\(sequence)-\($0.run)-\($0.number)" }
                    ?? "claim-\(slot)-\(epoch)-\(sequence)"
            )
        case .adopt(let worker): TaskID(rawValue: "adopt-\(worker)")
        }
    }
}

/// An error thrown by a ``TaskQueue``.
public struct TaskQueueError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case notFound, full, refused, unavailable }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// The worker has no queue.
        public static let notFound = Self(.notFound)
        /// The queue holds as many tasks as it may.
        public static let full = Self(.full)
        /// The service does not permit it, or it is more than it takes at once; repeating the call will not help.
        public static let refused = Self(.refused)
        /// The queue cannot be reached; the call may be retried.
        public static let unavailable = Self(.unavailable)

        /// The code's name.
        public var description: String { self.base.rawValue }
    }

    /// The failure's category.
    public let code: Code
    /// A sentence for operators.
    public let message: String
    /// The backend's own number, if there is one.
    public let backendCode: Int?

    /// Describes a failure.
    public init(_ code: Code, message: String, backendCode: Int? = nil) {
        self.code = code
        self.message = message
        self.backendCode = backendCode
    }

    /// Whether repeating the same call later can succeed.
    public var isRetryable: Bool { self.code == .unavailable || self.code == .full }

    /// The code, the message and the backend's number.
    public var description: String {
        "TaskQueueError.\(self.code): \(self.message)\(self.backendCode.map { " (\($0))" } ?? "")"
    }
}
