import DistributedCron

/// A promise that was broken, by its number in the list of invariants.
package struct SmallScopeViolation: Error, Sendable, Hashable {
    /// The invariant, such as `V6`.
    package let invariant: String
    /// What happened.
    package let detail: String
}

extension SmallScopeWorld {
    /// The state after one thing more has happened.
    ///
    /// - Throws: ``SmallScopeViolation`` if a promise is broken by it.
    func after(_ action: SmallScopeAction) throws -> SmallScopeWorld {
        var next = self
        try next.apply(action)
        try next.check(since: self)
        return next
    }

    private mutating func apply(_ action: SmallScopeAction) throws {
        switch action {
        case .timePasses: self.now = min(self.end, self.now + 60)
        case .workerJoins: self.workers.append(ModelWorker(id: Self.worker(self.workers.count + 1)))
        case .leaseIsRenewed(let index): self.workers[index].hasLease = true
        case .callLands(let index): try self.land(self.strays.remove(at: index))
        case .leaderMovesSlot(let index): try self.moveSlot(to: index)
        case .leaderTellsAssignment(let index):
            let assignment = self.assignment(of: self.workers[index])
            self.workers[index].told = assignment
            self.workers[index].inbox.assignment = assignment
        case .leaderTellsOfEdit:
            self.isEditTold = true
            for index in self.workers.indices where self.workers[index].id == self.slot.worker {
                self.workers[index].inbox.sync = self.slot
            }
        case .leaderTellsOfDeath(let dead, let index):
            self.workers[index].inbox.dead.insert(self.workers[dead].id)
        case .roundBegins(let index): self.change(index) { $0.begin(at: $1) }
        case .ledgerIsCalled(let index): try self.callLedger(index)
        case .answerArrives(let index): self.change(index) { $0.takeIn($0.call, at: $1) }
        case .attemptGoesOn(let index, let attempt): try self.goOn(with: attempt, of: index)
        case .startIsRecorded(let index, let attempt): try self.recordStart(of: attempt, of: index)
        case .processFails(let index, let attempt):
            self.budget.failures -= 1
            self.endProcess(attempt, of: index, .exited(1))
        case .workerCrashes(let index):
            self.spend(\.crashes)
            self.crash(index)
        case .leaseLapses(let index):
            self.spend(\.lapses)
            self.workers[index].hasLease = false
        case .claimTimesOut(let index):
            self.spend(\.timeouts)
            self.loseAnswer(of: index)
        case .attemptTimesOut(let index, let attempt):
            self.spend(\.timeouts)
            self.loseAnswer(to: attempt, of: index)
        case .jobIsEdited: try self.edit()
        }
    }

    mutating func spend(_ fault: WritableKeyPath<SmallScope.Budget, Int>) {
        self.budget[keyPath: fault] -= 1
        self.budget.faults -= 1
    }

    // MARK: The leader and the user

    private mutating func moveSlot(to index: Int) throws {
        if let owner = self.workers.first(where: { $0.id == self.slot.worker }), !owner.isGone { self.spend(\.moves) }
        _ = try self.ledger.assign([Self.slot: self.workers[index].id], token: Self.token, now: Self.start.date)
    }

    private mutating func edit() throws {
        self.budget.edits -= 1
        self.editedFrom = max(self.now, self.slot.accountedUntil + 1)
        self.isEditTold = false
        _ = try self.ledger.updateJob(Self.draft(self.scope, version: 2), ifVersion: 1, now: self.now.date)
    }

    // MARK: The claim loop

    private mutating func change(_ index: Int, _ change: (inout ModelWorker, Instant) -> Void) {
        change(&self.workers[index], self.now)
        guard self.scope.flaw == .launchesBeforeTheAnswer, case .claiming(let claim) = self.workers[index].call else {
            return
        }
        self.launch(claim, of: index)
    }

    /// Launches a claim's runs as if it was committed.
    private mutating func launch(_ claim: SlotClaim, of index: Int) {
        guard let committed = CommittedClaim(claim, outcome: .committed) else { return }
        let orders = self.workers[index].board.commit(committed)
        self.workers[index].launch(orders.permits)
    }

    private mutating func callLedger(_ index: Int) throws {
        let worker = self.workers[index]
        switch worker.call {
        case .reading:
            let known = worker.board.knownRevision(of: Self.slot)
            let contents = try self.ledger.contents(of: Self.slot, after: known, limit: 100)
            self.workers[index].call = worker.board.partings.isEmpty ? .read(contents) : .parting(contents)
        case .claiming(let claim):
            self.workers[index].call = .answered(claim, try self.commit(claim))
        case .adopting(let adoptions, let epoch):
            if try self.commit(adoptions, by: worker.id, epoch: epoch) == .committed {
                self.workers[index].call = .reading
            } else {
                self.workers[index].rest()
            }
        case .none, .read, .parting, .answered:
            break
        }
    }

    /// The worker stops waiting for an answer, which it may never get or which would have come late.
    private mutating func loseAnswer(of index: Int) {
        switch self.workers[index].call {
        case .claiming(let claim):
            self.strays.append(.claim(claim))
            if self.scope.flaw == .takesSilenceForConsent {
                self.launch(claim, of: index)
            } else {
                self.workers[index].board.doubt([claim.slot])
            }
        case .adopting(let adoptions, let epoch):
            self.strays.append(.adopt(adoptions, self.workers[index].id, epoch))
        case .none, .reading, .read, .parting, .answered:
            break
        }
        self.workers[index].rest()
    }

    /// A worker ends and takes its processes with it; what it had sent may still arrive.
    private mutating func crash(_ index: Int) {
        self.loseAnswer(of: index)
        let worker = self.workers[index]
        for attempt in worker.attempts {
            switch attempt.stage {
            case .marking: self.strays.append(.mark(attempt.key))
            case .ended(let end): self.strays.append(.record(end))
            case .waiting, .verifying, .marked, .running: break
            }
        }
        var gone = ModelWorker(id: worker.id)
        gone.isGone = true
        if self.scope.flaw == .buriesTheLiving { gone.attempts = Array(worker.running) }
        self.workers[index] = gone
    }

    private mutating func land(_ stray: Stray) throws {
        switch stray {
        case .claim(let claim): _ = try self.commit(claim)
        case .adopt(let adoptions, let worker, let epoch): _ = try self.commit(adoptions, by: worker, epoch: epoch)
        case .mark(let key): _ = try self.mark(key)
        case .record(let attempt): try self.record(attempt, isStarted: true)
        }
    }
}
