/// What earlier workers of the node have left running and is still to be taken over; for one consumer.
final class LeftAttempts: Sendable {
    private struct State {
        var attempts: [LeftAttempt] = []
        var isClosed = false
    }
    private let state = Lock(State())
    private let bell = Bell()

    func add(_ attempts: [LeftAttempt]) {
        self.state.withLock { if !$0.isClosed { $0.attempts += attempts } }
        self.bell.ring()
    }

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
