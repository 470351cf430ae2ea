/// The attempts that an executor has in hand, so that they can be killed, also before their processes have started.
final class LiveAttempts: Sendable {
    /// One attempt in hand.
    final class Entry: Sendable {
        private enum State {
            case preparing
            case started(ProcessAttempt)
            case killed
        }
        private let state = Lock(State.preparing)

        /// The attempt's processes are there; if it was killed before, they are killed now.
        func start(_ attempt: ProcessAttempt) {
            let isKilled = self.state.withLock { state in
                if case .killed = state { return true }
                state = .started(attempt)
                return false
            }
            if isKilled { attempt.send(.killed) }
        }

        /// Ends what there is of the attempt, and what is still to come of it.
        func kill() {
            let attempt = self.state.withLock { state -> ProcessAttempt? in
                guard case .started(let attempt) = state else {
                    state = .killed
                    return nil
                }
                return attempt
            }
            attempt?.send(.killed)
        }
    }

    private let entries = Lock<[RunID: [Entry]]>([:])

    /// Takes an attempt in hand.
    func add(_ run: RunID) -> Entry {
        let entry = Entry()
        self.entries.withLock { $0[run, default: []].append(entry) }
        return entry
    }

    /// Lets go of an attempt that has ended.
    func remove(_ entry: Entry, of run: RunID) {
        self.entries.withLock { entries in
            entries[run]?.removeAll { $0 === entry }
            if entries[run]?.isEmpty == true { entries[run] = nil }
        }
    }

    /// Kills the attempts of a run, of which there is one at most unless the caller is confused.
    func kill(_ run: RunID) {
        for entry in self.entries.withLock({ $0[run] ?? [] }) { entry.kill() }
    }
}
