#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

// What the store has forgotten, and what this node and the queue know of it (`reliability.md` B.5 of the design).
extension ClaimLoop {
    /// What one look at the slots has found out about losses.
    struct Mending: Sendable {
        /// The node's journal, once it was needed.
        var entries: [WorkerJournalEntry]?
        /// Slots of which all that could be put back was.
        var mended: Set<SlotID> = []
    }

    /// Looks for what the store has forgotten of a slot that it says is this worker's, and puts it back.
    ///
    /// - Returns: Whether the slot has to be read again before anything else.
    func mend(_ contents: SlotContents, _ mending: inout Mending, _ state: inout State) async throws -> Bool {
        let slot = contents.slot
        guard state.board.isOwner(self.worker, of: slot) else { return false }
        if self.isAtOddsWithARefusal(contents, try await self.refusedClaim(of: slot.id, &state)) {
            state.board.forgetJobs(in: slot.id)
            return true
        }
        let tasks = state.forgottenTasks(after: slot)
        switch state.memory.judge(contents, isMended: mending.mended.contains(slot.id)) {
        case .whole where tasks.isEmpty:
            // What was just put back may be forgotten again, and is to be missed at the next look.
            if !mending.mended.contains(slot.id) { state.memory.examined(contents) }
            return false
        case .revised where tasks.isEmpty:
            self.logger.error(
                "The store has forgotten changes of jobs",
                metadata: [LoggingKeys.slots: "\(slot.id)", "revision": "\(slot.revision)"]
            )
            state.memory.accept(revision: slot.revision, of: slot.id)
            state.board.forgetJobs(in: slot.id)
            return true
        case .whole, .revised, .doubtful:
            return try await self.restore(contents, tasks, &mending, &state)
        }
    }

    private func restore(
        _ contents: SlotContents,
        _ tasks: [SlotReplica.ForgottenClaim],
        _ mending: inout Mending,
        _ state: inout State
    ) async throws -> Bool {
        if mending.entries == nil { mending.entries = try await self.journal.entries() }
        let history = SlotHistory(contents, (mending.entries ?? []) + state.unwritten)
        let slot = contents.slot
        guard let repair = try await self.repair(contents, history, tasks, state) else {
            if state.memory.isBehind(slot) {
                self.logger.error(
                    "The store has forgotten claims that this node cannot put back, so their span is claimed again",
                    metadata: [LoggingKeys.slots: "\(slot.id)", "watermark": "\(slot.accountedUntil)"]
                )
                state.memory.accept(watermark: slot.accountedUntil, sequence: slot.claimSequence, of: slot.id)
            }
            // Nothing is known that the store does not know.
            state.memory.examined(contents)
            return true
        }
        let restoration = repair.restoration
        self.logger.error(
            "The store has forgotten part of its ledger, which is put back",
            metadata: [
                LoggingKeys.slots: "\(slot.id)", "from": "\(restoration.from)", "to": "\(restoration.to)",
                "runs": "\(restoration.runs.count)",
            ]
        )
        let outcome = try await self.store.restore(restoration)
        guard outcome == .committed, repair.isComplete else { return true }
        state.memory.accept(watermark: restoration.to, sequence: restoration.claimSequence, of: slot.id)
        mending.mended.insert(slot.id)
        return true
    }

    private func repair(
        _ contents: SlotContents,
        _ history: SlotHistory,
        _ tasks: [SlotReplica.ForgottenClaim],
        _ state: State
    ) async throws -> SlotHistory.Repair? {
        let watermark = contents.slot.accountedUntil
        let unknownUntil = history.unknownUntil
        // What the journal knows is put back as it was: planned again, an instant could get a run beside its gap.
        if unknownUntil == nil, var repair = history.repair(by: self.worker) {
            guard !tasks.isEmpty else { return repair }
            if repair.restoration.to > watermark {
                // The tasks are recognised by their numbers until they are put back too.
                repair.restoration.claimSequence = contents.slot.claimSequence
                repair.isComplete = false
                return repair
            }
        }
        guard !tasks.isEmpty || unknownUntil != nil else { return nil }
        let instants = tasks.lazy.flatMap(\.attempts).map(\.run).filter { $0.trigger == .schedule }.map(\.scheduledAt)
        let reach = max(watermark, unknownUntil ?? .distantPast, instants.max() ?? .distantPast)
        let end = max(watermark, min(reach, history.resumption ?? .distantFuture))
        // A replica for this alone: the board's is not to be told of a slot that is not whole.
        var replica = SlotReplica(slot: contents.slot, handlers: self.configuration.handlers)
        var revision = Revision.zero
        while true {
            let page = try await self.store.contents(of: contents.slot.id, after: revision, limit: Self.loadLimit)
            guard page.slot == contents.slot else {
                throw JobStoreError(.unavailable, message: "slot \(page.slot.id) changed while it was put back")
            }
            _ = replica.load(page, as: self.worker)
            revision = page.revision
            if revision == page.slot.revision { break }
        }
        guard var restoration = replica.restoration(through: end, known: history.runs, claims: tasks) else {
            return nil
        }
        restoration.attempts = history.attempts(of: restoration.runs.lazy.map(\.id))
        // The tasks are recognised by their numbers until the whole of their span is back.
        if restoration.to >= reach {
            restoration.claimSequence = max(
                restoration.claimSequence,
                state.newestSequence(in: contents.slot.id)
            )
        }
        return SlotHistory.Repair(restoration: restoration, isComplete: false)
    }

    /// Ends those of this worker's attempts whose end was asked for in slots that are others' now, and records those ends
    /// again that the store has forgotten.
    func lookBack(_ state: inout State) async throws {
        while let slot = state.lookedBackAt.first {
            let contents = try await self.store.contents(of: slot, after: .zero, limit: 1)
            for open in contents.open where open.run.worker == self.worker && open.run.state != .pending {
                guard let reason = open.run.cancellation else { continue }
                self.attempts.cancel(RunCancellation(run: open.run.id, reason: reason))
            }
            let attempts = state.memory.unended(in: contents)
            if !attempts.isEmpty {
                let ends = try await self.journal.entries().compactMap { entry -> Attempt? in
                    guard case .ended(let attempt) = entry.fact else { return nil }
                    return attempts.contains(AttemptKey(of: attempt)) ? attempt : nil
                }
                if !ends.isEmpty { _ = try await self.store.record(starts: [:], ends: ends) }
            }
            state.lookedBackAt.removeFirst()
            state.board.lookedBack(at: slot)
        }
    }

    // MARK: Refusals

    /// The claim of a slot that was refused before it is loaded again, unless it reached into the store's future.
    private func refusedClaim(of slot: SlotID, _ state: inout State) async throws -> SlotClaim? {
        guard let claim = state.refused.removeValue(forKey: slot) else { return nil }
        return claim.to.date <= (try await self.store.now()).addingTimeInterval(1) ? claim : nil
    }

    /// Whether a claim was refused although the slot's row is what it was made from: then what is known of the jobs
    /// comes from changes that the store has forgotten.
    private func isAtOddsWithARefusal(_ contents: SlotContents, _ claim: SlotClaim?) -> Bool {
        guard let claim else { return false }
        let slot = contents.slot
        return slot.worker == claim.worker && slot.epoch == claim.epoch && slot.revision == claim.revision
            && slot.accountedUntil == claim.from
    }

    // MARK: The journal

    /// Writes down what was claimed, and launches what waits for that.
    ///
    /// - Throws: What keeps the journal from being written. Nothing is claimed or launched then, and what waits is tried
    ///   again at the next step.
    func witness(_ state: inout State) async throws {
        guard !state.unwritten.isEmpty else { return }
        try await self.journal.append(state.unwritten)
        state.unwritten.removeAll()
        self.attempts.launch(state.unlaunched)
        state.unlaunched.removeAll()
    }
}

extension ClaimLoop.State {
    /// Takes note of something that is to be written down.
    mutating func note(_ fact: WorkerJournalEntry.Fact, at date: Date) {
        self.memory.note(fact)
        self.unwritten.append(WorkerJournalEntry(date: date, fact: fact))
    }

    /// The claims of other workers in a slot that are newer than what the store knows, oldest first.
    func forgottenTasks(after slot: Slot) -> [SlotReplica.ForgottenClaim] {
        self.claims(in: slot.id).filter { $0.sequence > slot.claimSequence }
            .sorted { $0.sequence < $1.sequence }
            .map { SlotReplica.ForgottenClaim(worker: $0.worker, attempts: $0.attempts) }
    }

    /// The highest number of other workers' claims in a slot.
    func newestSequence(in slot: SlotID) -> UInt64 { self.claims(in: slot).map(\.sequence).max() ?? 0 }

    private func claims(in slot: SlotID) -> [(sequence: UInt64, worker: WorkerID, attempts: [AttemptKey])] {
        self.inherited.values.compactMap { task in
            guard case .claim(slot, let worker, _, let sequence, let attempts) = task, worker != self.memory.worker
            else { return nil }
            return (sequence, worker, attempts)
        }
    }
}
