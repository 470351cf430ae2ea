/// The coordination service of a cluster that lives in one process: what its sessions share.
public final class InMemoryEnsemble: Sendable {
    fileprivate struct State {
        var incarnation: UInt64 = 1
        var lastToken: UInt64 = 0
        var nextSession = 0
        /// The sessions that have not been lost.
        var sessions: Set<Int> = []
        var leader: (session: Int, candidate: ManagerID, token: LeaderToken)?
        /// Those who stand for election, first come first served.
        var candidates: [(session: Int, candidate: ManagerID, elected: CheckedContinuation<LeaderToken, any Error>)] =
            []
        var registrations: [Int: WorkerDescription] = [:]
        var assignments: [WorkerID: Broadcast<Assignment>] = [:]

        var members: [WorkerDescription] { self.registrations.values.sorted { $0.id < $1.id } }

        mutating func elect(_ candidate: ManagerID, session: Int) -> LeaderToken {
            self.lastToken += 1
            let token = LeaderToken(incarnation: self.incarnation, sequence: self.lastToken)
            self.leader = (session, candidate, token)
            return token
        }
    }
    fileprivate let state = Lock(State())
    fileprivate let members = Broadcast<[WorkerDescription]>([])
    fileprivate let changes = Broadcast<Void>()

    /// Creates a service without sessions.
    ///
    /// - Parameter incarnation: Which life of the ensemble this is: higher than any that the cluster's store has seen, or
    ///   the store refuses the leaders that are elected in it.
    public convenience init(incarnation: UInt64 = 1) { self.init(incarnation: incarnation, lastToken: 0) }

    /// Creates a service whose leaders count from a number.
    package init(incarnation: UInt64, lastToken: UInt64) {
        self.state.withLock { state in
            state.incarnation = incarnation
            state.lastToken = lastToken
        }
    }

    /// Begins a session, as each process of a cluster does.
    public func session() -> InMemoryCoordinator {
        let number = self.state.withLock { state in
            state.nextSession += 1
            state.sessions.insert(state.nextSession)
            return state.nextSession
        }
        return InMemoryCoordinator(ensemble: self, session: number)
    }

    /// Ends whatever is ephemeral of a session.
    fileprivate func end(_ session: Int) {
        // First, so that nothing that is under way can make anything of this session's after it is cleared away.
        self.state.withLock { _ = $0.sessions.remove(session) }
        self.removeCandidate(session, error: InMemoryCoordinator.sessionLost)
        self.deregister(session)
        self.members.finish(owner: session)
        self.changes.finish(owner: session)
        let assignments = self.state.withLock { state in state.assignments.sorted { $0.key < $1.key }.map(\.value) }
        for topic in assignments { topic.finish(owner: session) }
    }

    fileprivate func deregister(_ session: Int) {
        self.state.withLock { state in
            guard state.registrations.removeValue(forKey: session) != nil else { return }
            // Told while nobody else changes them, or an older list could be the last.
            self.members.send(state.members)
        }
    }

    /// Takes a session out of the election, failing its wait, and lets the next candidate lead if it led.
    fileprivate func removeCandidate(_ session: Int, error: any Error) {
        let (withdrawn, elected) = self.state.withLock { state in
            let withdrawn = state.candidates.filter { $0.session == session }.map(\.elected)
            state.candidates.removeAll { $0.session == session }
            guard state.leader?.session == session else {
                return (withdrawn, nil as (CheckedContinuation<LeaderToken, any Error>, LeaderToken)?)
            }
            state.leader = nil
            guard !state.candidates.isEmpty else { return (withdrawn, nil) }
            let next = state.candidates.removeFirst()
            return (withdrawn, (next.elected, state.elect(next.candidate, session: next.session)))
        }
        for wait in withdrawn { wait.resume(throwing: error) }
        if let (wait, token) = elected { wait.resume(returning: token) }
    }
}

/// One session with an in-memory coordination service.
public final class InMemoryCoordinator: Coordinator {
    private let ensemble: InMemoryEnsemble
    private let session: Int
    private let sessionState = Broadcast(SessionState.connected)

    fileprivate init(ensemble: InMemoryEnsemble, session: Int) {
        self.ensemble = ensemble
        self.session = session
    }

    /// Loses the session, as if the service had not heard of this process for too long.
    public func expire() {
        self.sessionState.send(.lost)
        self.ensemble.end(self.session)
        self.sessionState.finish()
    }

    /// The session's state, as it changes.
    public func states() -> AsyncStream<SessionState> { self.sessionState.stream() }

    /// Proves that the session lives.
    public func heartbeat() async throws { try self.checkSession() }

    /// Waits until this session leads.
    public func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try self.checkSession()
        try Task.checkCancellation()
        let token = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = self.ensemble.state.withLock { state -> Result<LeaderToken, any Error>? in
                    guard state.sessions.contains(self.session) else { return .failure(Self.sessionLost) }
                    if let leader = state.leader, leader.session == self.session { return .success(leader.token) }
                    if state.leader == nil { return .success(state.elect(candidate, session: self.session)) }
                    state.candidates.append((self.session, candidate, continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
                // The handler may have run before the candidate stood.
                if answer == nil, Task.isCancelled { self.withdraw() }
            }
        } onCancel: {
            self.withdraw()
        }
        // Elected and cancelled at once: the leadership is given up already.
        try Task.checkCancellation()
        return token
    }

    /// Gives up leading, or standing.
    public func resign() async throws { self.withdraw() }

    /// Who leads.
    public func leader() async throws -> ManagerID? {
        try self.checkSession()
        return self.ensemble.state.withLock { $0.leader?.candidate }
    }

    /// What this session has to do with the election.
    package enum Candidacy: Sendable { case none, standing, leading }

    /// What this session has to do with the election at present.
    package var candidacy: Candidacy {
        self.ensemble.state.withLock { state in
            if state.leader?.session == self.session { return .leading }
            return state.candidates.contains { $0.session == self.session } ? .standing : .none
        }
    }

    /// Registers a worker.
    public func register(_ worker: WorkerDescription) async throws {
        try self.checkSession()
        try self.ensemble.state.withLock { state in
            guard state.sessions.contains(self.session) else { throw Self.sessionLost }
            guard !state.registrations.contains(where: { $0.value.id == worker.id && $0.key != self.session }) else {
                throw CoordinatorError(.conflict, message: "worker \(worker.id) is registered by another session")
            }
            let former = state.registrations[self.session]
            var registered = worker
            registered.drain = former?.id == worker.id ? former?.drain : worker.drain
            state.registrations[self.session] = registered
            self.ensemble.members.send(state.members)
        }
    }

    /// Ends the session's registration.
    public func deregister() async throws { self.ensemble.deregister(self.session) }

    /// The registered workers, as they change.
    public func members() -> AsyncStream<[WorkerDescription]> { self.stream(of: self.ensemble.members) }

    /// Says whether a worker is to have no slots; kept with its registration.
    public func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {
        try self.checkSession()
        try self.ensemble.state.withLock { state in
            guard state.sessions.contains(self.session) else { throw Self.sessionLost }
            guard reason == .asked || state.leader?.session == self.session else {
                throw CoordinatorError.mayNotStall(worker)
            }
            guard let session = state.registrations.first(where: { $0.value.id == worker })?.key else {
                throw CoordinatorError.notRegistered(worker)
            }
            let present = state.registrations[session]?.drain
            let drain = DrainReason.after(present, saying: isDraining, because: reason)
            guard drain != present else { return }
            state.registrations[session]?.drain = drain
            self.ensemble.members.send(state.members)
        }
    }

    /// Tells a worker which slots it owns.
    public func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try self.checkSession()
        let topic = self.topic(worker)
        try self.ensemble.state.withLock { _ in
            guard (topic.value?.token ?? .none) <= assignment.token else {
                throw CoordinatorError(.fenced, message: "leader \(assignment.token) was followed by another")
            }
            topic.send(assignment)
        }
    }

    /// Removes what was published for a worker.
    public func unpublish(_ worker: WorkerID) async throws {
        try self.checkSession()
        self.ensemble.state.withLock { $0.assignments.removeValue(forKey: worker) }?.finish()
    }

    /// A worker's assignment, as it changes.
    public func assignments(for worker: WorkerID) -> AsyncStream<Assignment> { self.stream(of: self.topic(worker)) }

    /// Says that something has changed in the store.
    public func signalChange() async throws {
        try self.checkSession()
        self.ensemble.changes.send(())
    }

    /// The change signal.
    public func changes() -> AsyncStream<Void> { self.stream(of: self.ensemble.changes) }

    /// A stream that ends with the session.
    private func stream<Value>(of topic: Broadcast<Value>) -> AsyncStream<Value> {
        let stream = topic.stream(owner: self.session)
        // The session may have been lost before the stream was made, and then nobody else ends it.
        if self.sessionState.value == .lost { topic.finish(owner: self.session) }
        return stream
    }

    private func topic(_ worker: WorkerID) -> Broadcast<Assignment> {
        self.ensemble.state.withLock { state in
            if let topic = state.assignments[worker] { return topic }
            let topic = Broadcast<Assignment>()
            state.assignments[worker] = topic
            return topic
        }
    }

    private func withdraw() {
        self.ensemble.removeCandidate(self.session, error: CancellationError())
    }

    fileprivate static var sessionLost: CoordinatorError {
        CoordinatorError(.sessionLost, message: "the session was lost")
    }

    private func checkSession() throws {
        guard self.sessionState.value == .connected else { throw Self.sessionLost }
    }
}
