#if ZooKeeper
public import DistributedCron
public import Logging
public import ServiceLifecycle

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The coordinator of a process that outlives its sessions, such as an API server: each call is made on the session that
/// there is.
///
/// What is ephemeral ends with the session on which it was made, and is not made again: managers and workers are renewed as
/// a whole (``RenewedRole``).
public final class RenewedCoordinator: Coordinator, Service {
    /// How long a change signal is tried.
    private static let patience = Duration.seconds(1)

    private let sessions: ZooKeeperSessions
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let silence: Silence
    private let present = Lock<ZooKeeperCoordinator?>(nil)
    private let state = Broadcast(SessionState.suspended)

    /// Creates a coordinator; `run()` gives it sessions.
    ///
    /// - Parameters:
    ///   - sessions: Where they come from.
    ///   - clock: Measures how long is waited for an answer.
    ///   - logger: Hears of sessions that were lost.
    public init(_ sessions: ZooKeeperSessions, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.sessions = sessions
        self.clock = clock
        self.logger = logger
        self.silence = Silence(logger: logger)
    }

    /// Sees to it that there is a session whenever there can be one, until gracefully shut down or cancelled.
    public func run() async throws {
        defer { self.state.finish() }
        do {
            try await untilGracefulShutdown {
                while true {
                    let cluster = try await self.sessions.open(isPatient: true)
                    await self.use(cluster)
                    await cluster.close()
                    try Task.checkCancellation()
                    self.logger.warning("Beginning anew with another session")
                }
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // The end that was asked for.
        }
    }

    /// Lets calls use a session until it is lost.
    private func use(_ cluster: ZooKeeperCluster) async {
        self.present.withLock { $0 = cluster.coordinator }
        for await state in cluster.coordinator.states() {
            self.silence.note(state)
            // There will be another.
            self.state.send(state == .lost ? .suspended : state)
        }
        self.present.withLock { $0 = nil }
        self.state.send(.suspended)
    }

    /// Makes a call on the session that there is; one that is lost meanwhile is followed by another.
    private func onSession<Value>(_ call: (ZooKeeperCoordinator) async throws -> Value) async throws -> Value {
        do {
            return try await call(try self.coordinator())
        } catch let error as CoordinatorError where error.code == .sessionLost {
            throw CoordinatorError(.unavailable, message: error.message, backendCode: error.backendCode)
        }
    }

    /// The session's coordinator, if there is a session.
    func coordinator() throws -> ZooKeeperCoordinator {
        if let present = self.present.withLock({ $0 }) { return present }
        let trouble = self.sessions.trouble.map { ": \($0)" } ?? ""
        throw CoordinatorError(.unavailable, message: "there is no session with ZooKeeper\(trouble)")
    }

    /// The state of the session that there is; suspended while there is none.
    public func states() -> AsyncStream<SessionState> { self.state.stream() }

    /// Since when the sessions have been without a connection; nil while there is one, and before there ever was.
    public var unansweredSince: Date? { self.silence.since }

    /// Proves that the present session lives.
    public func heartbeat() async throws { try await self.onSession { try await $0.heartbeat() } }

    /// Waits until the present session leads.
    public func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try await self.onSession { try await $0.campaign(as: candidate) }
    }

    /// Gives up leading, or standing.
    public func resign() async throws { try await self.onSession { try await $0.resign() } }

    /// Who leads, or nil.
    public func leader() async throws -> ManagerID? { try await self.onSession { try await $0.leader() } }

    /// Registers a worker for as long as the present session lives.
    public func register(_ worker: WorkerDescription) async throws {
        try await self.onSession { try await $0.register(worker) }
    }

    /// Ends the session's registration.
    public func deregister() async throws { try await self.onSession { try await $0.deregister() } }

    /// The registered workers, as they change, until the present session ends; at once if there is none.
    public func members() -> AsyncStream<[WorkerDescription]> {
        (try? self.coordinator().members()) ?? AsyncStream { nil }
    }

    /// Says whether a worker is to have no slots.
    public func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {
        try await self.onSession { try await $0.setDraining(isDraining, of: worker, because: reason) }
    }

    /// Whether somebody has asked for a worker to have no slots, until the present session ends; at once if there is none.
    public func drainRequests(of worker: WorkerID) -> AsyncStream<Bool> {
        (try? self.coordinator().drainRequests(of: worker)) ?? AsyncStream { nil }
    }

    /// Tells a worker which slots it owns.
    public func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try await self.onSession { try await $0.publish(assignment, for: worker) }
    }

    /// Removes what was published for a worker that is gone.
    public func unpublish(_ worker: WorkerID) async throws {
        try await self.onSession { try await $0.unpublish(worker) }
    }

    /// A worker's assignment, as it changes, until the present session ends; at once if there is none.
    public func assignments(for worker: WorkerID) -> AsyncStream<Assignment> {
        (try? self.coordinator().assignments(for: worker)) ?? AsyncStream { nil }
    }

    /// Says that something has changed in the store.
    ///
    /// Whoever has changed something waits for this, so it is not tried for long, nor while the servers are away.
    public func signalChange() async throws {
        guard self.state.value == .connected else {
            throw CoordinatorError(.unavailable, message: "there is no connection to ZooKeeper")
        }
        try await self.onSession { coordinator in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await coordinator.signalChange()
                    return true
                }
                group.addTask { [clock] in
                    try await clock.sleep(for: Self.patience)
                    return false
                }
                defer { group.cancelAll() }
                guard try await group.next() == true else {
                    throw CoordinatorError(.unavailable, message: "ZooKeeper does not answer")
                }
            }
        }
    }

    /// The change signal, until the present session ends; at once if there is none.
    public func changes() -> AsyncStream<Void> {
        (try? self.coordinator().changes()) ?? AsyncStream { nil }
    }
}
#endif
