import DistributedCron

/// The database of a simulated cluster, with what goes wrong in it.
final class StoreService: Sendable {
    /// How old what a stale read sees may be: a replica is behind by no more.
    private static let staleness = Duration.seconds(10)

    private struct State {
        var isReadOnly = false
        /// What stale reads see, and when it was changed: at least one write has been committed since.
        ///
        /// Kept only while reads may be stale, because what is kept has to be copied when it is changed.
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

    /// A worker has heard that it is confirmed.
    func noteConfirmed(_ worker: WorkerID, sentAt sent: Duration) { self.judge.confirmed(worker, sentAt: sent) }

    /// Whether every write is refused.
    var isReadOnly: Bool {
        get { self.state.withLock { $0.isReadOnly } }
        set { self.state.withLock { $0.isReadOnly = newValue } }
    }

    func read<Answer: Sendable>(
        isCausal: Bool,
        _ body: @Sendable (any JobStore) async throws -> Answer
    ) async throws -> Answer {
        guard !isCausal, self.faults.mayStrike(.staleRead) else { return try await body(self.store) }
        let now = self.engine.now
        // What was changed longer ago has come to every replica, and is nothing that could be counted.
        let kept = self.state.withLock { $0.past }
        guard let (past, time) = kept, now - time < Self.staleness else { return try await body(self.store) }
        self.faults.count(.staleRead)
        return try await body(past)
    }

    /// What the store is just before a write, if stale reads are to see that; what they saw until now is let go of when it
    /// is too old, or nothing is stale any more.
    private func pastBeforeWrite() -> InMemoryJobStore.Copy? {
        let isOn = self.faults.isOn(.staleRead)
        let now = self.engine.now
        let isKept = self.state.withLock { state in
            if !isOn || state.past.map({ now - $0.at >= Self.staleness }) ?? false { state.past = nil }
            return state.past != nil
        }
        return isOn && !isKept ? self.store.copy() : nil
    }

    /// Whether a write that was answered has changed anything: what is refused has not.
    private static func hasWritten(_ answer: some Sendable) -> Bool {
        switch answer {
        case let outcomes as [ClaimOutcome]: outcomes.contains(.committed)
        case let outcome as ClaimOutcome: outcome == .committed
        default: true
        }
    }

    /// Has stale reads see what the store was before a write that was committed just now.
    private func keep(_ past: InMemoryJobStore.Copy) {
        let copy = InMemoryJobStore(past, wallClock: self.wallClock)
        let now = self.engine.now
        self.state.withLock { $0.past = (copy, now) }
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
        let past = self.pastBeforeWrite()
        let answer = try await body(self.store)
        if let past, Self.hasWritten(answer) { self.keep(past) }
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
