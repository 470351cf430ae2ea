import DistributedCron

/// The database of a simulated cluster, with what goes wrong in it.
final class StoreService: Sendable {
    /// How old what a stale read sees may be.
    private static let staleness = Duration.seconds(2)

    private struct State {
        var isReadOnly = false
        /// What stale reads see, and since when it is kept.
        var past: (copy: InMemoryJobStore, at: Duration)?
        /// What is fallen back to after so many commits more.
        var doomed: (copy: InMemoryJobStore.Copy, memory: Judge.Memory, commits: Int)?
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
        let memory = (self.store.copy(), self.judge.memorize(), commits)
        self.state.withLock { $0.doomed = memory }
    }

    /// Forgets at once what was still to be committed and forgotten: from now on nothing is to go wrong.
    func forgetNow() {
        self.state.withLock { state in
            guard let (copy, memory, _) = state.doomed else { return }
            state.doomed = (copy, memory, 1)
        }
        self.forgetIfDue()
    }

    private func forgetIfDue() {
        let memory = self.state.withLock { state -> (InMemoryJobStore.Copy, Judge.Memory)? in
            guard let (copy, memory, commits) = state.doomed else { return nil }
            guard commits <= 1 else {
                state.doomed = (copy, memory, commits - 1)
                return nil
            }
            state.doomed = nil
            state.past = nil
            return (copy, memory)
        }
        guard let (copy, memory) = memory else { return }
        self.faults.count(.storeForgets)
        self.store.revert(to: copy)
        self.judge.forget(sinceThen: memory)
    }
}
