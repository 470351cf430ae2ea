/// What earlier workers of the node have left running and is still to be taken over; for one consumer.
final class LeftAttempts: Sendable {
    private struct State {
        var attempts: [LeftAttempt] = []
        /// All that ever came: a supervisor tells of them anew over each connection.
        var known: Set<AttemptKey> = []
        var isClosed = false
    }
    private let state = Lock(State())
    private let bell = Bell()

    func add(_ attempts: [LeftAttempt]) {
        self.state.withLock { state in
            guard !state.isClosed else { return }
            for attempt in attempts where state.known.insert(attempt.key).inserted { state.attempts.append(attempt) }
        }
        self.bell.ring()
    }

    /// Whether nothing is taken over any more.
    var isClosed: Bool { self.state.withLock { $0.isClosed } }

    /// Lets nothing in or out any more: what is left then stays as it is.
    func close() {
        self.state.withLock { $0 = State(isClosed: true) }
        self.bell.ring()
    }

    /// What there is to take over, waiting for it; nil once closed, or if the task is cancelled.
    func next() async -> [LeftAttempt]? {
        while !Task.isCancelled {
            let (attempts, isClosed) = self.state.withLock { state in
                defer { state.attempts = [] }
                return (state.attempts, state.isClosed)
            }
            if isClosed { return nil }
            if !attempts.isEmpty { return attempts }
            await self.bell.wait()
        }
        return nil
    }
}
