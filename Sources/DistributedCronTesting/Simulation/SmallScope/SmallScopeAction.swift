import DistributedCron

/// One thing that may happen next; workers are named by their places.
enum SmallScopeAction: Sendable, Hashable {
    // The environment.
    case timePasses
    case workerJoins
    case leaseIsRenewed(Int)
    case callLands(Int)

    // The leader.
    case leaderMovesSlot(to: Int)
    case leaderTellsAssignment(Int)
    case leaderTellsOfEdit
    case leaderTellsOfDeath(of: Int, to: Int)

    // A worker's claim loop.
    case roundBegins(Int)
    case ledgerIsCalled(Int)
    case answerArrives(Int)

    // An attempt, by its place among the worker's.
    case attemptGoesOn(Int, attempt: Int)
    case startIsRecorded(Int, attempt: Int)

    // What need not happen.
    case processFails(Int, attempt: Int)
    case workerCrashes(Int)
    case leaseLapses(Int)
    case claimTimesOut(Int)
    case attemptTimesOut(Int, attempt: Int)
    case jobIsEdited

    /// Whether it is the environment's to do it or not.
    var isOptional: Bool {
        switch self {
        case .callLands, .processFails, .workerCrashes, .leaseLapses, .claimTimesOut, .attemptTimesOut, .jobIsEdited:
            true
        default:
            false
        }
    }
}

extension SmallScopeWorld {
    /// Everything that may happen next, and whether it may as well not happen.
    var actions: [(action: SmallScopeAction, isOptional: Bool)] {
        var actions: [(action: SmallScopeAction, isOptional: Bool)] = []
        func add(_ action: SmallScopeAction) { actions.append((action, action.isOptional)) }
        if self.now < self.end { add(.timePasses) }
        if self.workers.allSatisfy(\.isGone) { add(.workerJoins) }
        for index in self.strays.indices { add(.callLands(index)) }
        if self.budget.edits > 0 { add(.jobIsEdited) }
        self.addLeader(to: &actions)
        for index in self.workers.indices where !self.workers[index].isGone {
            self.addLoop(of: index, add)
            for attempt in self.workers[index].attempts.indices { self.addAttempt(attempt, of: index, add) }
        }
        return actions
    }

    private func addLeader(to actions: inout [(action: SmallScopeAction, isOptional: Bool)]) {
        let slot = self.slot
        let owner = self.workers.firstIndex { $0.id == slot.worker }
        let isOrphaned = owner.map { self.workers[$0].isGone } ?? true
        let holders = self.scope.flaw == .keepsDeathsSecret ? [] : self.ledger.workersOfOpenRuns()
        for (index, worker) in self.workers.enumerated() where !worker.isGone {
            if isOrphaned {
                actions.append((.leaderMovesSlot(to: index), false))
            } else if index != owner, self.budget.moves > 0, self.budget.faults > 0 {
                actions.append((.leaderMovesSlot(to: index), true))
            }
            if self.assignment(of: worker) != worker.told { actions.append((.leaderTellsAssignment(index), false)) }
            // The dead one's slots have found an owner before anybody is told.
            for (other, dead) in self.workers.enumerated()
            where dead.isGone && other != owner && holders.contains(dead.id)
                && !worker.inbox.dead.contains(dead.id) && !worker.board.departed.contains(dead.id)
            {
                actions.append((.leaderTellsOfDeath(of: other, to: index), false))
            }
        }
        if !self.isEditTold, !isOrphaned { actions.append((.leaderTellsOfEdit, false)) }
    }

    /// What the leader has to tell a worker.
    func assignment(of worker: ModelWorker) -> [SlotID: Epoch] {
        self.slot.worker == worker.id ? [Self.slot: self.slot.epoch] : [:]
    }

    private func addLoop(of index: Int, _ add: (SmallScopeAction) -> Void) {
        let worker = self.workers[index]
        let mayFail = self.budget.faults > 0
        if !worker.hasLease { add(.leaseIsRenewed(index)) }
        if mayFail, self.budget.lapses > 0, worker.hasLease { add(.leaseLapses(index)) }
        if mayFail, self.budget.crashes > 0 { add(.workerCrashes(index)) }
        switch worker.call {
        case .none:
            if worker.canBegin(at: self.now) { add(.roundBegins(index)) }
        case .reading:
            add(.ledgerIsCalled(index))
        case .adopting, .claiming:
            add(.ledgerIsCalled(index))
            if mayFail, self.budget.timeouts > 0 { add(.claimTimesOut(index)) }
        case .read, .parting, .answered:
            add(.answerArrives(index))
        }
    }

    private func addAttempt(_ attempt: Int, of index: Int, _ add: (SmallScopeAction) -> Void) {
        let worker = self.workers[index]
        let mayTimeOut = self.budget.timeouts > 0 && self.budget.faults > 0
        switch worker.attempts[attempt].stage {
        case .waiting:
            if worker.hasLease { add(.attemptGoesOn(index, attempt: attempt)) }
        case .marking, .ended:
            add(.attemptGoesOn(index, attempt: attempt))
            if mayTimeOut { add(.attemptTimesOut(index, attempt: attempt)) }
        case .verifying, .marked:
            add(.attemptGoesOn(index, attempt: attempt))
        case .running(let isRecorded):
            add(.attemptGoesOn(index, attempt: attempt))
            if self.budget.failures > 0 { add(.processFails(index, attempt: attempt)) }
            if self.scope.recordsStarts, !isRecorded { add(.startIsRecorded(index, attempt: attempt)) }
        }
    }
}
