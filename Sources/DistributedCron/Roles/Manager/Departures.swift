/// How far a leader is with the ends of dead workers' leases in the ledger: pure.
///
/// A worker that is cut off from the coordination service alone may go on by the ledger. So the leader revokes that lease,
/// waits for as long as the worker may still count on it, and sees to it that it is still revoked then: a store may have
/// forgotten the revocation, and have confirmed the worker again. If it was there after all that time, it comes too late to
/// be forgotten, because the worker has nothing any more to ask under.
struct Departures: Sendable {
    private enum State: Sendable {
        /// The worker may act until then.
        case ending(Duration)
        case over
    }
    private var states: [WorkerID: State] = [:]

    /// Until when a worker may act at least, as far as is known; nil if it may not, or nothing is known.
    func end(of worker: WorkerID) -> Duration? {
        guard case .ending(let end)? = self.states[worker] else { return nil }
        return end
    }

    /// Those whose leases in the ledger are not known to be over.
    func unsettled(_ workers: [WorkerID]) -> Set<WorkerID> {
        Set(
            workers.filter { worker in
                if case .over? = self.states[worker] { false } else { true }
            }
        )
    }

    /// Takes note of what the store has answered.
    ///
    /// - Parameters:
    ///   - revoked: The answer.
    ///   - now: When it was there, on the leader's stopwatch.
    mutating func note(_ revoked: [WorkerID: RevokedConfirmation], at now: Duration) {
        for (worker, confirmation) in revoked {
            // Nobody knows for how long what another has revoked was so.
            let hasWaited = self.end(of: worker).map { $0 <= now } ?? false
            let isOver = confirmation.remaining == .zero || confirmation.wasRevoked && hasWaited
            self.states[worker] = isOver ? .over : .ending(now + confirmation.remaining)
        }
    }

    /// Forgets all but some workers.
    mutating func keep(only workers: Set<WorkerID>) { self.states = self.states.filter { workers.contains($0.key) } }
}
