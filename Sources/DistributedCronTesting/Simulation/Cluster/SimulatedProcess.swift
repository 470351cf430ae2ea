import DistributedCron

/// One process of a simulated cluster, from its start to its death.
///
/// A process that was killed does nothing any more that anybody could see: what is left of its tasks is cancelled, and
/// whatever they try on their way out fails.
final class SimulatedProcess: Sendable {
    let name: String
    let executor: SimulatedExecutor
    private let engine: SimulationEngine
    private let isDead = Lock(false)
    private let death = Bell()
    private let hold = Lock<WriteHold?>(nil)
    private let held = Lock(Duration.zero)
    /// What is to happen when a claim is kept back; nil while none is.
    private let claimTrap = Lock<(@Sendable () -> Void)?>(nil)

    init(name: String, engine: SimulationEngine) {
        self.name = name
        self.engine = engine
        self.executor = SimulatedExecutor(engine: engine)
    }

    var isAlive: Bool { !self.isDead.withLock { $0 } }

    func checkAlive() throws {
        guard self.isAlive else { throw CancellationError() }
    }

    /// SIGKILL.
    func kill() {
        self.isDead.withLock { $0 = true }
        self.executor.release()
        self.death.ring()
    }

    // MARK: Standing still at a write

    /// Stops the process at its next write of some kind; nil for at none.
    func stop(at hold: WriteHold?) { self.hold.withLock { $0 = hold } }

    /// Until when the process has last stood still at a write, whatever becomes right meanwhile.
    var heldUntil: Duration { self.held.withLock { $0 } }

    /// Keeps the process's claims back from now on, while all else in it goes on; nil to let them go.
    func keepClaims(_ trap: (@Sendable () -> Void)?) { self.claimTrap.withLock { $0 = trap } }

    /// Waits for as long as claims are kept back.
    private func passClaim() async throws {
        self.claimTrap.withLock { $0 }?()
        while self.claimTrap.withLock({ $0 != nil }) { try await self.engine.sleep(for: .seconds(1)) }
    }

    /// The process is about to write: it stops here if it is to.
    ///
    /// - Throws: `CancellationError` if the task was cancelled meanwhile.
    func reaches(_ change: StoreChange) async throws {
        if change.isClaim { try await self.passClaim() }
        let reached = self.hold.withLock { hold -> WriteHold? in
            guard let found = hold, found.isMeant(change) else { return nil }
            hold = nil
            return found
        }
        guard let reached else { return }
        let end = self.engine.now + reached.length
        self.held.withLock { $0 = end }
        self.executor.pause()
        self.engine.after(reached.length) { self.executor.resume() }
        reached.reach()
        // What sleeps goes on with the process, and its request leaves then; or it has left just before.
        if !reached.isSent { try await self.engine.sleep(for: reached.length) }
    }

    /// Does the process's work until it ends or is killed.
    func live(_ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: self.executor) { await work() }
            group.addTask { await self.death.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
