import DistributedCron

/// The ensemble of a simulated cluster: sessions that expire, and what they share.
final class CoordinationService: Sendable {
    /// How long a session lives after it was last heard of.
    static let sessionTimeout = Duration.seconds(30)
    static let tick = Duration.seconds(2)

    /// What is watched.
    enum Subject: Hashable, Sendable {
        case members
        case assignment(WorkerID)
        case signal
    }

    private struct State {
        var ensemble = InMemoryEnsemble()
        var queue = InMemoryTaskQueue()
        var incarnation: UInt64 = 1
        var sessions: [SimulatedSession] = []
        var changes: [Subject: Int] = [:]
        /// When a worker's registration has vanished.
        var vanished: [WorkerID: Duration] = [:]
    }
    let server: SimulatedServer
    let engine: SimulationEngine
    let faults: FaultSwitches
    private let state = Lock(State())

    init(engine: SimulationEngine, faults: FaultSwitches) {
        self.engine = engine
        self.faults = faults
        self.server = SimulatedServer(faults: faults)
    }

    /// The queues of the present ensemble.
    var queue: InMemoryTaskQueue { self.state.withLock { $0.queue } }

    /// How many times it has begun anew, from 1.
    var incarnation: UInt64 { self.state.withLock { $0.incarnation } }

    /// Begins a session.
    func session(process: SimulatedProcess, link: Link) -> SimulatedSession {
        let session = self.state.withLock { state in
            let session = SimulatedSession(
                service: self,
                inner: state.ensemble.session(),
                queue: state.queue,
                process: process,
                link: link
            )
            state.sessions.append(session)
            return session
        }
        session.begin()
        return session
    }

    /// The sessions that have not expired.
    var sessions: [SimulatedSession] { self.state.withLock { $0.sessions } }

    func forget(_ session: SimulatedSession) {
        self.state.withLock { state in state.sessions.removeAll { $0 === session } }
    }

    /// Lets go of the sessions, at the end of a simulation: each holds the service.
    func forgetAll() { self.state.withLock { $0.sessions = [] } }

    /// How many times something has changed.
    func changeCount(of subject: Subject) -> Int { self.state.withLock { $0.changes[subject] ?? 0 } }

    func noteChange(of subject: Subject) { self.state.withLock { $0.changes[subject, default: 0] += 1 } }

    // MARK: Operators, whom nothing keeps from the service

    /// The registered workers.
    func members() async -> [WorkerDescription] {
        for await members in self.state.withLock({ $0.ensemble }).session().members() { return members }
        return []
    }

    /// Says whether a worker is to have no slots.
    ///
    /// - Returns: Whether it was there to be told, and a quorum to tell it.
    @discardableResult
    func setDraining(_ isDraining: Bool, of worker: WorkerID) async -> Bool {
        guard self.server.isUp else { return false }
        let session = self.state.withLock { $0.ensemble }.session()
        guard (try? await session.setDraining(isDraining, of: worker)) != nil else { return false }
        self.noteChange(of: .members)
        return true
    }

    // MARK: Registrations, for the judge

    func note(registered worker: WorkerID) { self.state.withLock { $0.vanished[worker] = nil } }

    func note(vanished worker: WorkerID) {
        let now = self.engine.now
        self.state.withLock { $0.vanished[worker] = now }
    }

    /// Since when a worker is not registered any more; nil if it is, or never was.
    func absence(of worker: WorkerID) -> Duration? { self.state.withLock { $0.vanished[worker] } }

    // MARK: Faults

    /// Loses the quorum: nothing is answered, and no session expires meanwhile.
    func loseQuorum() { self.server.goDown(.quorumLoss) }

    /// Has a quorum again; its leader starts every session's clock afresh.
    func regainQuorum() {
        for session in self.sessions { session.touch() }
        self.server.comeUp()
    }

    /// Begins again with nothing but a higher incarnation.
    func rebuild() {
        self.faults.count(.ensembleRebuilt)
        let sessions = self.sessions
        for session in sessions { session.expire(lateBy: .zero) }
        self.state.withLock { state in
            state.incarnation += 1
            state.ensemble = InMemoryEnsemble(incarnation: state.incarnation)
            state.queue = InMemoryTaskQueue()
        }
    }
}
