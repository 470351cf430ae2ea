import Logging

// Attempts that this worker has taken over: the store alone tells others of that, and may forget it.
extension ClaimLoop {
    /// Takes note of attempts that are this worker's now.
    func takeIn(_ taken: TakenOver, _ state: inout State) {
        for key in taken.attempts { state.takenOver[key] = taken.predecessor }
        state.memory.note(.takenOver(taken.attempts, by: self.worker))
        state.board.hold(taken.attempts)
        // Their ends may have been asked for while nobody was there to hear of it; and in this worker's own slots nothing
        // is to run beside them.
        for slot in Set(taken.attempts.map { SlotID(of: $0.run.job, count: self.slotCount) }).sorted() {
            state.board.distrust([slot])
            if state.board.slot(slot) == nil, !state.lookedBackAt.contains(slot) { state.lookedBackAt.append(slot) }
        }
    }

    /// Takes attempts over once more of which the store has forgotten that they are this worker's, and ends what it has
    /// given to others since.
    func holdOn(_ state: inout State) async throws {
        for (key, predecessor) in state.takenOver.sorted(by: { $0.key.run < $1.key.run }) {
            guard let run = try await self.store.run(key.run), !run.isBehind(key) else {
                // What is forgotten with its claim is put back by whoever has the slot.
                continue
            }
            guard AttemptKey(of: run) == key, run.isInProgress else {
                state.takenOver[key] = nil
                // Also if it waits for its next attempt, which must not begin beside this one.
                if run.state == .pending || run.isInProgress && run.worker != self.worker {
                    self.attempts.endIfRunning(key.run)
                }
                continue
            }
            guard run.worker != self.worker else { continue }
            self.logger.error(
                "The store has forgotten that an attempt was taken over",
                metadata: [LoggingKeys.run: "\(key.run)", LoggingKeys.attempt: "\(key.number)"]
            )
            _ = try await self.store.takeOver([key], from: predecessor, by: self.worker)
        }
        state.isToHoldOn = false
    }
}
