import DistributedCron

// The calls of the ledger, each checked for what it may change.
extension SmallScopeWorld {
    mutating func commit(_ claim: SlotClaim) throws -> ClaimOutcome {
        let (slot, row) = (self.slot, self.row)
        let outcome = self.ledger.claim([claim], now: self.now.date)[0]
        let written = claim.runs + claim.taken
        if outcome == .refused {
            try self.expect("V4", "a refused claim changes nothing") { $0.slot == slot && $0.row == row }
        } else {
            try self.expect("V3", "a claim of \(claim.worker) under \(claim.epoch) is its owner's") { _ in
                slot.worker == claim.worker && slot.epoch == claim.epoch
                    && written.allSatisfy {
                        $0.state != .claimed || ($0.epoch == slot.epoch && $0.worker == slot.worker)
                    }
            }
            self.granted.formUnion(written.lazy.filter { $0.state == .claimed }.map { AttemptKey(of: $0) })
        }
        return outcome
    }

    mutating func commit(_ adoptions: [RunAdoption], by worker: WorkerID, epoch: Epoch) throws -> ClaimOutcome {
        let (slot, row) = (self.slot, self.row)
        let outcome = self.ledger.adopt(adoptions, slot: Self.slot, worker: worker, epoch: epoch)
        if outcome == .refused {
            try self.expect("V4", "a refused adoption changes nothing") { $0.slot == slot && $0.row == row }
        } else {
            try self.expect("V3", "an adoption of \(worker) under \(epoch) is the slot's owner's") { _ in
                slot.worker == worker && slot.epoch == epoch
            }
            let claimed = adoptions.lazy.map(\.after).filter { $0.state == .claimed }
            self.granted.formUnion(claimed.map { AttemptKey(of: $0) })
        }
        return outcome
    }

    mutating func mark(_ key: AttemptKey) throws -> Bool {
        var isMarked = false
        try self.fenced(key) { isMarked = $0.markStarting([key]).contains(key) }
        return isMarked
    }

    mutating func record(_ attempt: Attempt, isStarted: Bool) throws {
        let key = AttemptKey(of: attempt)
        try self.fenced(key) { $0.record(starts: [key: Self.start.date], ends: [attempt]) }
    }

    /// Writes something of an attempt, which changes its run only if it is the run's current one.
    mutating func fenced(_ key: AttemptKey, _ write: (inout InMemoryLedger) -> Void) throws {
        let before = self.ledger.run(key.run)?.run
        write(&self.ledger)
        let after = self.ledger.run(key.run)?.run
        guard before != after else { return }
        try self.expect("V4", "\(key) is current when it is written") { _ in
            before.map { AttemptKey(of: $0) == key && !$0.state.isTerminal } ?? false
        }
    }

    // MARK: What holds in every state

    func expect(_ invariant: String, _ detail: String, _ condition: (Self) throws -> Bool) throws {
        guard try condition(self) else { throw SmallScopeViolation(invariant: invariant, detail: "not so: \(detail)") }
    }

    /// Checks what has to hold in every state, and between a state and the next.
    func check(since before: SmallScopeWorld) throws {
        let (slot, old) = (self.slot, before.slot)
        try self.expect("V2", "nothing of the slot's row goes back") { _ in
            slot.accountedUntil >= old.accountedUntil && slot.epoch >= old.epoch && slot.revision >= old.revision
                && slot.claimSequence >= old.claimSequence && slot.accountedUntil <= self.now + 1
        }
        guard let row = self.row else { return }
        let instants = (1...self.scope.instants).map { Self.start + Int64($0) * 60 }
        for instant in instants where instant <= slot.accountedUntil {
            let runs = row.runs.lazy.map(\.run).filter { $0.id.scheduledAt == instant }
            let gaps = row.gaps.filter { $0.first <= instant && instant <= $0.last }
            let versions = runs.map(\.version) + gaps.map(\.version)
            try self.expect("V1", "\(instant) has one row, of the version in force, not of \(versions)") { world in
                versions == [world.version(at: instant)]
            }
        }
        try self.expect("V1", "there are rows for nothing but instants up to the watermark") { _ in
            row.runs.allSatisfy {
                instants.contains($0.run.id.scheduledAt) && $0.run.id.scheduledAt <= slot.accountedUntil
            }
                && row.gaps.allSatisfy { gap in
                    gap.count == instants.filter { gap.first <= $0 && $0 <= gap.last }.count
                        && instants.contains(gap.first) && instants.contains(gap.last)
                }
        }
        try self.expect("V9", "a run is lost only if it must not start twice and its worker died") { world in
            let mayBeLost = world.scope.recovery == .atMostOnce && world.workers.contains(where: \.isGone)
            return mayBeLost || row.runs.allSatisfy { $0.run.state != .lost }
        }
    }
}
