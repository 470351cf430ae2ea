import DistributedCron

/// One process's session with the ensemble, as both sides know it.
final class SimulatedSession: Sendable {
    private struct State {
        /// At the service.
        var heardAt: Duration
        var isExpired = false
        /// At the process: when the service answered last.
        var answeredAt: Duration
        /// What ``states`` says, which is asked for at every answer.
        var isSuspended = false
        var isLost = false
        var worker: WorkerID?
    }
    /// How often a client says that it lives when it has nothing else to say.
    private static let pingPause = Duration.seconds(10)
    /// How often one that has lost its connection tries to make another.
    private static let reconnectPause = Duration.seconds(1)

    let inner: InMemoryCoordinator
    let queue: InMemoryTaskQueue
    let process: SimulatedProcess
    let link: Link
    private let service: CoordinationService
    private let state: Lock<State>
    /// As the process knows it.
    let states = Broadcast(SessionState.connected)

    init(
        service: CoordinationService,
        inner: InMemoryCoordinator,
        queue: InMemoryTaskQueue,
        process: SimulatedProcess,
        link: Link
    ) {
        self.service = service
        self.inner = inner
        self.queue = queue
        self.process = process
        self.link = link
        let now = service.engine.now
        self.state = Lock(State(heardAt: now, answeredAt: now))
    }

    func begin() {
        self.scheduleExpiry()
        self.schedulePing()
    }

    // MARK: At the service

    var isExpired: Bool { self.state.withLock { $0.isExpired } }

    /// The service has heard of the process.
    func touch() {
        let now = self.service.engine.now
        self.state.withLock { $0.heardAt = now }
    }

    func note(registered worker: WorkerID?) { self.state.withLock { $0.worker = worker } }

    var worker: WorkerID? { self.state.withLock { $0.worker } }

    private func scheduleExpiry() {
        let now = self.service.engine.now
        let left = self.state.withLock { $0.heardAt } + CoordinationService.sessionTimeout - now
        // What is overdue waits for the quorum.
        self.service.engine.after(left > .zero ? left : CoordinationService.tick) {
            guard !self.isExpired else { return }
            let silence = self.service.engine.now - self.state.withLock { $0.heardAt }
            guard silence >= CoordinationService.sessionTimeout, self.service.server.isUp else {
                return self.scheduleExpiry()
            }
            self.countLoss()
            let isLate = self.service.faults.strikes(.ephemeralOutlives)
            self.expire(lateBy: isLate ? self.service.engine.duration(.zero...CoordinationService.tick) : .zero)
        }
    }

    /// Takes note of the fault by which the session has run out while its process lives.
    private func countLoss() {
        guard self.process.isAlive, let cut = self.link.condition.outwardCut else { return }
        if cut == .sessionLost || cut == .sessionLostUnnoticed { self.service.faults.count(cut) }
    }

    /// Ends the session; what is ephemeral of it goes a little later, if it outlives it.
    func expire(lateBy delay: Duration) {
        let isNew = self.state.withLock { state in
            defer { state.isExpired = true }
            return !state.isExpired
        }
        guard isNew else { return }
        self.service.forget(self)
        if delay == .zero { self.vanish() } else { self.service.engine.after(delay) { self.vanish() } }
    }

    private func vanish() {
        if let worker = self.worker { self.service.note(vanished: worker) }
        self.service.noteChange(of: .members)
        self.inner.expire()
    }

    // MARK: At the process

    /// The service has answered.
    func answered() {
        let now = self.service.engine.now
        let isNews = self.state.withLock { state in
            state.answeredAt = now
            defer { state.isSuspended = false }
            return state.isSuspended && !state.isLost
        }
        if isNews { self.states.send(.connected) }
    }

    /// The service has said that the session is gone.
    func lose() {
        let isNews = self.state.withLock { state in
            defer { state.isLost = true }
            return !state.isLost
        }
        guard isNews else { return }
        self.states.send(.lost)
        self.states.finish()
        self.lossKnown.send(())
    }

    /// Rings when the process hears that the session is gone.
    let lossKnown = Broadcast<Void>()

    /// Waits until the process hears that the session is gone.
    func waitUntilLost() async {
        for await _ in self.lossKnown.stream() { return }
    }

    var isLost: Bool { self.state.withLock { $0.isLost } }

    private func schedulePing() {
        let pause = self.state.withLock { $0.isSuspended } ? Self.reconnectPause : Self.pingPause
        self.service.engine.after(pause) {
            guard self.process.isAlive, !self.isLost else { return }
            if !self.process.executor.isPaused { self.ping() }
            self.schedulePing()
        }
    }

    /// What the client library does by itself.
    private func ping() {
        guard self.service.server.isUp, self.link.delivers(.outward) else { return self.suspect() }
        if !self.isExpired { self.touch() }
        guard self.link.delivers(.inward) else { return self.suspect() }
        if self.isExpired { self.lose() } else { self.answered() }
    }

    private func suspect() {
        let now = self.service.engine.now
        let isNews = self.state.withLock { state in
            guard !state.isSuspended, !state.isLost, now - state.answeredAt >= Self.pingPause else { return false }
            state.isSuspended = true
            return true
        }
        if isNews { self.states.send(.suspended) }
    }
}
