import Logging

/// Loading slots, and adopting what dead workers left in them.
extension ClaimLoop {
    func load(_ state: inout State) async throws {
        for parting in state.board.partings { try await self.part(parting, &state) }
        guard !state.board.stale.isEmpty else { return }
        var loaded = state.board.stale.sorted()
        // What dead workers had claimed in new slots is in the queue before the slots are assigned.
        if state.board.hasNewSlots, try await !self.readQueue(&state) {
            loaded.removeAll { state.board.slot($0) == nil }
        }
        var mending = Mending()
        var slots = loaded[...]
        while !slots.isEmpty {
            let pages = await self.firstPages(of: slots.prefix(Self.loadWidth), state.board)
            for slot in slots.prefix(Self.loadWidth) {
                try await self.load(slot, startingWith: try pages[slot]?.get(), &mending, &state)
                if try await self.adopt(in: slot, &state) { try await self.load(slot, &mending, &state) }
            }
            slots = slots.dropFirst(Self.loadWidth)
        }
        try await self.witness(&state)
        try await self.fileIfThereIsRoom(&state)
        if let schedules = state.board.changedSchedules() { try await self.scheduler.arm(schedules) }
    }

    /// Finds the runs that this worker has claimed without knowing in a slot that is not its own any more.
    private func part(_ parting: SlotParting, _ state: inout State) async throws {
        let known = state.board.knownRevision(of: parting.slot)
        let contents = try await self.store.contents(of: parting.slot, after: known, limit: 1)
        var board = state.board
        var permits = board.part(parting, contents, as: self.worker)
        if !permits.isEmpty {
            // What was launched, and may have ended, is none of those: the store has forgotten that.
            let launched = try await self.launched(state)
            permits.removeAll { launched.contains(AttemptKey(of: $0.run)) }
        }
        state.board = board
        // The task is of the claim's own epoch, so that it is told apart from those of the new owner.
        var slot = contents.slot
        slot.epoch = parting.epoch
        self.carryOut(SlotOrders(permits: permits), in: slot, &state)
    }

    /// The attempts that this node knows to have been launched.
    private func launched(_ state: State) async throws -> Set<AttemptKey> {
        var launched: Set<AttemptKey> = []
        for entry in try await self.journal.entries() + state.unwritten {
            switch entry.fact {
            case .launching(let keys), .takenOver(let keys, _): launched.formUnion(keys)
            case .ended(let attempt): launched.insert(AttemptKey(of: attempt))
            case .claimed, .adopted, .recorded: continue
            }
        }
        return launched
    }

    /// - Returns: Whether the queue could be read; it cannot while the coordination service is away.
    private func readQueue(_ state: inout State) async throws -> Bool {
        let worker = self.worker
        guard let tasks = try await self.asking({ try await $0.pendingTasks(for: worker) }) else { return false }
        for task in tasks {
            guard case .claim(_, let claimer, _, _, _) = task, claimer != self.worker else { continue }
            state.inherited[task.id] = task
            state.undecided[task.id] = task
        }
        return true
    }

    /// What some slots hold, read side by side; what cannot be read is told when it is the slot's turn.
    private func firstPages(
        of slots: ArraySlice<SlotID>,
        _ board: SlotBoard
    ) async -> [SlotID: Result<SlotContents, any Error>] {
        await withTaskGroup { group in
            for slot in slots {
                let known = board.knownRevision(of: slot)
                group.addTask {
                    do {
                        let page = try await self.store.contents(of: slot, after: known, limit: Self.loadLimit)
                        return (slot, Result<SlotContents, any Error>.success(page))
                    } catch {
                        return (slot, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func load(
        _ slot: SlotID,
        startingWith first: SlotContents? = nil,
        _ mending: inout Mending,
        _ state: inout State
    ) async throws {
        var first = first
        while true {
            try Task.checkCancellation()
            let known = state.board.knownRevision(of: slot)
            let contents: SlotContents
            if let page = first.take() {
                contents = page
            } else {
                contents = try await self.store.contents(of: slot, after: known, limit: Self.loadLimit)
            }
            if try await self.mend(contents, &mending, &state) { continue }
            let isOwner = state.board.isOwner(self.worker, of: contents.slot)
            let (hasMore, orders) = state.board.load(contents, as: self.worker)
            if isOwner { state.memory.saw(contents.slot) }
            if !orders.permits.isEmpty {
                state.note(.adopted(orders.permits.map(\.run), in: contents.slot), at: self.wallClock.now)
            }
            self.carryOut(orders, in: contents.slot, &state)
            guard hasMore else { return }
        }
    }

    /// Takes over what dead workers left unfinished in a slot.
    ///
    /// - Returns: Whether there was something, so that the slot has to be loaded once more.
    private func adopt(in slot: SlotID, _ state: inout State) async throws -> Bool {
        var adoptions = state.board.adoptions(in: slot)
        let held = adoptions.filter { state.takenOver[AttemptKey(of: $0.before)] != nil }
        if !held.isEmpty {
            // This worker has them, and the store has forgotten it.
            try await self.holdOn(&state)
            adoptions.removeAll { held.contains($0) }
            guard !adoptions.isEmpty else { return true }
        }
        guard !adoptions.isEmpty, let owned = state.board.slot(slot) else { return false }
        // Until the slot is loaded again, what becomes of this call is not known.
        state.board.doubt([slot])
        let outcome = try await self.store.adopt(adoptions, slot: slot, worker: self.worker, epoch: owned.epoch)
        self.logger.info(
            "Adopted runs of a dead worker",
            metadata: [LoggingKeys.slots: "\(slot)", "runs": "\(adoptions.count)", "outcome": "\(outcome)"]
        )
        guard outcome == .committed else {
            state.isUnsettled = true
            return false
        }
        for adoption in adoptions where adoption.after.state.isTerminal {
            state.completed += state.outstanding.attemptEnded(AttemptKey(of: adoption.before))
        }
        return true
    }
}
