#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One process's session with the service that the processes of a cluster agree through.
///
/// Everything ephemeral that a session made (a registration, a leadership) ends with it. A session that is lost stays
/// lost: make a new one. Streams deliver the newest value only ("look again"), begin with the present one, and end
/// with the session; each call makes a stream of its own for one consumer.
///
/// Every call throws ``CoordinatorError``, or `CancellationError`.
public protocol Coordinator: Sendable {
    /// The session's state, then each change of it.
    func states() -> AsyncStream<SessionState>

    /// Since when the service does not answer, by this machine's clock; nil while it does, and where that is not known.
    ///
    /// For people: nothing may be decided by it. There is an implementation for all that does not know.
    var unansweredSince: Date? { get }

    /// Proves that the session lives, through the service's leader.
    ///
    /// The caller counts its lease from the moment at which it *sent* the heartbeat. It sends the next one when it is
    /// due, whether or not this one has been answered, and cancels one whose answer has become worthless.
    ///
    /// - Throws: ``CoordinatorError`` with code `unavailable` or `sessionLost`.
    func heartbeat() async throws

    // MARK: Election

    /// Waits until this session leads; if it does already, its token is returned.
    ///
    /// - Parameter candidate: The name under which to stand.
    /// - Returns: The leader's token, higher than every earlier leader's.
    /// - Throws: ``CoordinatorError``; `CancellationError`, in which case the session stands no more.
    func campaign(as candidate: ManagerID) async throws -> LeaderToken

    /// Gives up leading, or standing, at once; the next candidate need not wait for a time-out.
    func resign() async throws

    /// Who leads, or nil.
    func leader() async throws -> ManagerID?

    // MARK: Membership

    /// Registers a worker for as long as the session lives.
    ///
    /// What the description says of a drain holds from the beginning, as ``setDraining(_:of:because:)`` would have it. Of a
    /// worker that the session has registered already it does not count.
    ///
    /// - Throws: ``CoordinatorError`` with code `conflict` if another session has registered this worker.
    func register(_ worker: WorkerDescription) async throws

    /// Ends the session's registration at once.
    func deregister() async throws

    /// The registered workers in the order of their identities, then each change of them, of whether they drain included.
    func members() -> AsyncStream<[WorkerDescription]>

    /// Says whether a worker is to have no slots, and why; ``members()`` tells everybody.
    ///
    /// What is so already stays so. It ends with the worker's registration, and is kept when the worker describes itself
    /// anew. What was asked for counts for more than what a leader has found: a drain because of a standstill takes the place
    /// of no other, and who ends one ends no other. Only the session that leads may say that a worker stands still, or not any
    /// more.
    ///
    /// - Throws: ``CoordinatorError`` with code `notFound` if the worker is not registered, and `fenced` if a session that
    ///   does not lead says something of a standstill.
    func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws

    /// Whether somebody has asked for a worker to have no slots, then each change of that, while the worker is registered.
    ///
    /// That its registration ends says nothing of it. There is an implementation for all by ``members()``, which tells of all
    /// workers: a service with many should have one of its own.
    func drainRequests(of worker: WorkerID) -> AsyncStream<Bool>

    // MARK: Assignment

    /// Tells a worker which slots it owns. The ledger has been told before.
    ///
    /// - Throws: ``CoordinatorError`` with code `fenced` if a later leader has published to this worker.
    func publish(_ assignment: Assignment, for worker: WorkerID) async throws

    /// Removes what was published for a worker that is gone.
    func unpublish(_ worker: WorkerID) async throws

    /// The newest assignment of a worker, then each newer one.
    func assignments(for worker: WorkerID) -> AsyncStream<Assignment>

    // MARK: Change signal

    /// Says that something has changed in the store. Signals that come together count once.
    func signalChange() async throws

    /// One element for each signal or group of signals that came since the element before.
    func changes() -> AsyncStream<Void>
}

extension Coordinator {
    /// Nil, for coordinators that do not keep it.
    public var unansweredSince: Date? { nil }

    /// Says whether a worker is to have no slots because somebody has asked for that, whatever the reason was before.
    ///
    /// - Throws: ``CoordinatorError`` with code `notFound` if the worker is not registered.
    public func setDraining(_ isDraining: Bool, of worker: WorkerID) async throws {
        try await self.setDraining(isDraining, of: worker, because: .asked)
    }

    /// Whether somebody has asked for a worker to have no slots, as all registered workers are told of.
    public func drainRequests(of worker: WorkerID) -> AsyncStream<Bool> {
        let members = self.members()
        let told = Lock<Bool?>(nil)
        return AsyncStream(unfolding: {
            for await present in members {
                guard let description = present.first(where: { $0.id == worker }) else { continue }
                let isAsked = description.drain == .asked
                let isNew = told.withLock { told in
                    defer { told = isAsked }
                    return told != isAsked
                }
                if isNew { return isAsked }
            }
            return nil
        })
    }
}

/// The state of a session, as its own process can know it.
public enum SessionState: Sendable, Hashable {
    /// The service answers.
    case connected
    /// The service does not answer; the session may or may not live.
    case suspended
    /// The session is gone, and all that was ephemeral with it.
    case lost
}

/// What a worker says of itself when it registers, and what was said of it since.
public struct WorkerDescription: Sendable, Hashable {
    /// The identity, random for each process.
    public var id: WorkerID
    /// The host's name.
    public var host: String
    /// The pools whose slots it takes.
    public var pools: Set<PoolID>
    /// How many attempts it runs at once.
    public var capacity: Int
    /// Why it is to have no slots, as ``Coordinator/setDraining(_:of:because:)`` has said, or nil if it may have some.
    ///
    /// A worker registers it that takes the place of one of which that was asked.
    public var drain: DrainReason?

    /// Whether it is to have no slots.
    public var isDraining: Bool { self.drain != nil }

    /// Describes a worker that does not drain.
    public init(id: WorkerID, host: String, pools: Set<PoolID> = [.default], capacity: Int) {
        self.id = id
        self.host = host
        self.pools = pools
        self.capacity = capacity
    }
}

/// The slots that a worker owns, with the epoch of each.
public struct Assignment: Sendable, Hashable {
    /// The leader that wrote it.
    public var token: LeaderToken
    /// The slots.
    public var slots: [SlotID: Epoch]

    /// Assigns slots.
    public init(token: LeaderToken, slots: [SlotID: Epoch]) {
        self.token = token
        self.slots = slots
    }
}

/// An error thrown by a ``Coordinator``.
public struct CoordinatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, coarse enough to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case conflict, fenced, notFound, refused, sessionLost, unavailable }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// Another session has what was asked for.
        public static let conflict = Self(.conflict)
        /// A later leader has written.
        public static let fenced = Self(.fenced)
        /// There is no such worker.
        public static let notFound = Self(.notFound)
        /// The service does not permit it, or it is more than it takes at once; repeating the call will not help.
        public static let refused = Self(.refused)
        /// The session is gone.
        public static let sessionLost = Self(.sessionLost)
        /// The service cannot be reached; the call may be retried.
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
    public var isRetryable: Bool { self.code == .unavailable }

    /// The code, the message and the backend's number.
    public var description: String {
        "CoordinatorError.\(self.code): \(self.message)\(self.backendCode.map { " (\($0))" } ?? "")"
    }
}

extension CoordinatorError {
    /// A worker is not registered, or not any more.
    package static func notRegistered(_ worker: WorkerID) -> Self {
        Self(.notFound, message: "worker \(worker) is not registered")
    }

    /// A session says of a worker that it gets nowhere, or gets on again, and does not lead, or not any more.
    package static func mayNotStall(_ worker: WorkerID) -> Self {
        Self(.fenced, message: "only the leader says whether worker \(worker) gets nowhere")
    }
}
