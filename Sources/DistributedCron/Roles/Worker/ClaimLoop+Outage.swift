import Logging

// What is different while the coordination service is away, and the worker goes on by the ledger.
//
// Claims are committed and written down as ever, and their tasks wait until the queue can be asked again, or until the runs
// are over. So the ledger and the node's journal are what tells of them meanwhile.
extension ClaimLoop {
    /// How many claims may wait for their tasks to be filed before the worker stops claiming: half of what a queue holds.
    private static let unfiledLimit = 4_000
    /// How many runs may be held before the worker stops claiming; a hundred megabytes of them, roughly.
    private static let heldLimit = 100_000

    /// Whether claims may be made: their tasks are filed at once, or there is room for them to wait.
    func mayClaim(_ state: inout State) -> Bool {
        guard self.lease.isAway else {
            state.isFull = false
            return state.unfiled.isEmpty
        }
        let (unfiled, held) = (state.unfiled.count, self.attempts.heldCount)
        let wasFull = state.isFull
        state.isFull = unfiled >= Self.unfiledLimit || held >= Self.heldLimit
        if state.isFull, !wasFull {
            self.logger.warning(
                "Nothing more is claimed until the coordination service is back, because too much waits for it",
                metadata: ["tasks": "\(unfiled)", "runs": "\(held)"]
            )
        }
        return !state.isFull
    }

    /// Says whether the worker needs the ledger's lease in an outage.
    func noteOutageNeeds(_ state: State) {
        // What is to be loaded again may be what needs it.
        let mayNeed = !state.board.stale.isEmpty && self.lease.isConfirmationWanted
        self.lease.isConfirmationWanted = state.board.isOngoing || mayNeed
    }

    /// Asks the queue for something, which is given up when the coordination service turns out to be away.
    ///
    /// A call that is given up may still be carried out, so that it has to bear being repeated.
    ///
    /// - Returns: The answer; nil while the coordination service is away.
    func asking<Answer: Sendable>(
        _ body: @escaping @Sendable (any TaskQueue) async throws -> Answer
    ) async throws -> Answer? {
        guard !self.lease.isAway else { return nil }
        // Without anything that goes on in an outage the worker waits for the service.
        guard self.lease.isConfirmationWanted else { return try await body(self.queue) }
        let answer = try await withThrowingTaskGroup(of: Answer?.self) { group -> Answer? in
            group.addTask { try await body(self.queue) }
            group.addTask {
                await self.lease.waitUntilAway()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        try Task.checkCancellation()
        return answer
    }

    /// Forgets the tasks of claims whose runs are over before they could be filed.
    func dropNeedless(_ state: inout State) {
        let completed = Set(state.completed)
        let needless = Set(state.unfiled.lazy.map(\.id).filter { completed.contains($0) })
        guard !needless.isEmpty else { return }
        state.unfiled.removeAll { needless.contains($0.id) }
        state.own.subtract(needless)
        // What the queue was never asked to take need not be taken out of it.
        let unknown = needless.intersection(state.unasked)
        state.unasked.subtract(unknown)
        state.completed.removeAll { unknown.contains($0) }
    }
}
