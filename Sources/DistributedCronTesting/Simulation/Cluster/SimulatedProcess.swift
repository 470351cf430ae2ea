import DistributedCron

/// One process of a simulated cluster, from its start to its death.
///
/// A process that was killed does nothing any more that anybody could see: what is left of its tasks is cancelled, and
/// whatever they try on their way out fails.
final class SimulatedProcess: Sendable {
    let name: String
    let executor: SimulatedExecutor
    private let isDead = Lock(false)
    private let death = Bell()

    init(name: String, engine: SimulationEngine) {
        self.name = name
        self.executor = SimulatedExecutor(engine: engine)
    }

    var isAlive: Bool { !self.isDead.withLock { $0 } }

    func checkAlive() throws {
        guard self.isAlive else { throw CancellationError() }
    }

    /// SIGKILL.
    func kill() {
        self.isDead.withLock { $0 = true }
        self.executor.resume()
        self.death.ring()
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
