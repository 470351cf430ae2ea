import DistributedCron

/// The database of a simulated cluster, with what goes wrong in it.
final class StoreService: Sendable {
    /// How old what a stale read sees may be.
    private static let staleness = Duration.seconds(2)

    private struct State {
        var isReadOnly = false
        /// What stale reads see, and since when it is kept.
        var past: (copy: InMemoryJobStore, at: Duration)?
        var doomed: Doomed?
    }

    /// What is fallen back to after so many commits.
    private struct Doomed {
        let copy: InMemoryJobStore.Copy
        let memory: Judge.Memory
        let limit: Int
        /// How many there were.
        var commits = 0
    }
    let store: InMemoryJobStore
    let server: SimulatedServer
    private let engine: SimulationEngine
    private let faults: FaultSwitches
    private let judge: Judge
    private let wallClock: any WallClock
    private let state = Lock(State())

    init(
        store: InMemoryJobStore,
        wallClock: any WallClock,
        engine: SimulationEngine,
        faults: FaultSwitches,
        judge: Judge
    ) {
        self.store = store
        self.server = SimulatedServer(faults: faults)
        self.engine = engine
        self.faults = faults
        self.judge = judge
        self.wallClock = wallClock
    }

    /// Whether every write is refused.
    var isReadOnly: Bool {
        get { self.state.withLock { $0.isReadOnly } }
        set { self.state.withLock { $0.isReadOnly = newValue } }
    }

    func read<Answer: Sendable>(
        isCausal: Bool,
        _ body: @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        guard !isCausal, self.faults.strikes(.staleRead) else { return try await body(self.store) }
        let now = self.engine.now
        let past = self.state.withLock { state in
            if let past = state.past, now - past.at < Self.staleness { return past.copy }
            let copy = InMemoryJobStore(self.store.copy(), wallClock: self.wallClock)
            state.past = (copy, now)
            return copy
        }
        return try await body(past)
    }

    func write<Answer: Sendable>(
        _ change: StoreChange,
        _ body: @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        if self.isReadOnly {
            self.faults.count(.storeReadOnly)
            throw JobStoreError(.unavailable, message: "the store is read-only", backendCode: 1290)
        }
        if self.faults.strikes(.commitRefused) {
            throw JobStoreError(.unavailable, message: "COMMIT was refused: deadlock", backendCode: 1213)
        }
        let before = await self.judge.before(change)
        let answer = try await body(self.store)
        await self.judge.after(change, before)
        self.forgetIfDue()
        return answer
    }

    // MARK: Forgetting

    /// Forgets the next commits, which are acknowledged, once there have been so many.
    func forget(commits: Int) {
        // What it falls back to already is older.
        guard self.state.withLock({ $0.doomed == nil }) else { return }
        let doomed = Doomed(copy: self.store.copy(), memory: self.judge.memorize(), limit: commits)
        self.state.withLock { $0.doomed = doomed }
    }

    /// Forgets at once what was still to be committed and forgotten: from now on nothing is to go wrong.
    func forgetNow() {
        self.forget { $0.commits > 0 }
        self.state.withLock { $0.doomed = nil }
    }

    private func forgetIfDue() {
        self.state.withLock { $0.doomed?.commits += 1 }
        self.forget { $0.commits >= $0.limit }
    }

    private func forget(if isDue: (Doomed) -> Bool) {
        let doomed = self.state.withLock { state -> Doomed? in
            guard let doomed = state.doomed, isDue(doomed) else { return nil }
            state.doomed = nil
            state.past = nil
            return doomed
        }
        guard let doomed else { return }
        self.faults.count(.storeForgets)
        self.store.revert(to: doomed.copy)
        self.judge.forget(sinceThen: doomed.memory)
    }
}
