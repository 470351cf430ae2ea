import DistributedCron

/// A worker: its board, which is real, and around it what its shell does, one thing at a time.
struct ModelWorker: Sendable, Equatable {
    /// What it was told since it last looked.
    struct Inbox: Sendable, Equatable {
        var assignment: [SlotID: Epoch]?
        var sync: Slot?
        var dead: Set<WorkerID> = []
        var ended: [EndedAttempt] = []

        var isEmpty: Bool { self == Inbox() }
    }

    /// Where its claim loop stands, which waits for each call of the ledger.
    enum Call: Sendable, Equatable {
        case none
        case reading
        case read(SlotContents)
        case parting(SlotContents)
        case adopting([RunAdoption], Epoch)
        case claiming(SlotClaim)
        case answered(SlotClaim, ClaimOutcome)
    }

    let id: WorkerID
    var board = SlotBoard()
    var inbox = Inbox()
    var call = Call.none
    /// Whether runs of others were looked at again in this round of the loop.
    var isCertain = false
    /// What was permitted, up to the recording of its end.
    var attempts: [ModelAttempt] = []
    var hasLease = true
    /// It is no more, and neither are its processes.
    var isGone = false
    /// The assignment that was published last.
    var told: [SlotID: Epoch] = [:]

    init(id: WorkerID) { self.id = id }

    /// Its processes.
    var running: some Sequence<ModelAttempt> {
        self.attempts.lazy.filter { attempt in
            if case .running = attempt.stage { true } else { false }
        }
    }

    // MARK: The claim loop

    /// Whether a round of the loop would do anything.
    func canBegin(at now: Instant) -> Bool {
        guard self.call == .none, !self.isGone else { return false }
        guard self.inbox.isEmpty else { return true }
        return self.hasLease
            && (!self.board.stale.isEmpty || !self.board.partings.isEmpty || self.board.hasForeign
                || !self.board.departed.isEmpty || !self.board.plan(now: now).isEmpty
                || !self.board.uncertain(at: now).isEmpty)
    }

    /// Begins a round: takes in what it was told.
    mutating func begin(at now: Instant) {
        let inbox = self.inbox
        self.inbox = Inbox()
        if let assignment = inbox.assignment { self.board.assign(assignment) }
        for end in inbox.ended { self.board.attemptEnded(end, slotCount: 1) }
        if let slot = inbox.sync { self.board.sync(slot.id, epoch: slot.epoch, revision: slot.revision) }
        for worker in inbox.dead.sorted() { self.board.depart(worker) }
        if inbox.isEmpty { self.board.distrustForeign() }
        self.isCertain = false
        guard self.hasLease else { return self.rest() }
        self.goOn(at: now)
    }

    /// Loads what is stale, or claims what is due, or rests.
    mutating func goOn(at now: Instant) {
        guard self.board.stale.isEmpty, self.board.partings.isEmpty else { return self.call = .reading }
        guard self.hasLease else { return self.rest() }
        if !self.isCertain {
            self.isCertain = true
            self.board.distrust(self.board.uncertain(at: now))
            guard self.board.stale.isEmpty else { return self.call = .reading }
        }
        guard let claim = self.board.plan(now: now).first else { return self.rest() }
        self.call = .claiming(claim)
    }

    /// Ends a round.
    mutating func rest() {
        self.call = .none
        self.isCertain = false
        guard self.board.stale.isEmpty else { return }
        for worker in self.board.departed.sorted() { self.board.forget(worker) }
    }

    /// Takes in an answer of the ledger.
    mutating func takeIn(_ call: Call, at now: Instant) {
        switch call {
        case .read(let contents):
            let (hasMore, orders) = self.board.load(contents, as: self.id)
            _ = self.board.changedSchedules()
            self.launch(orders.permits)
            let adoptions = self.board.adoptions(in: contents.slot.id)
            guard adoptions.isEmpty || hasMore else {
                self.board.doubt([contents.slot.id])
                return self.call = .adopting(adoptions, contents.slot.epoch)
            }
        case .parting(let contents):
            if let parting = self.board.partings.first {
                self.launch(self.board.part(parting, contents, as: self.id))
            }
        case .answered(let claim, let outcome):
            if let committed = CommittedClaim(claim, outcome: outcome) {
                self.launch(self.board.commit(committed).permits)
            } else {
                self.board.distrust([claim.slot])
            }
        case .none, .reading, .adopting, .claiming:
            break
        }
        self.goOn(at: now)
    }

    // MARK: The attempts

    mutating func launch(_ permits: [LaunchPermit]) {
        self.attempts += permits.map { ModelAttempt(permit: $0) }
        self.attempts.sort { $0.order < $1.order }
    }

    /// An attempt is over, and the claim loop is to be told.
    mutating func finish(_ index: Int, isRetried: Bool) {
        let attempt = self.attempts.remove(at: index)
        self.inbox.ended.append(EndedAttempt(attempt: attempt.key, isRetried: isRetried))
    }
}

/// One permit of a worker, and how far it has come with it.
struct ModelAttempt: Sendable, Equatable {
    enum Stage: Sendable, Equatable {
        case waiting
        /// About to call for the mark; an earlier call may still land.
        case marking(isUnknown: Bool)
        /// The mark was refused, which an earlier call may be the reason of.
        case verifying
        case marked(Bool)
        case running(isRecorded: Bool)
        case ended(Attempt)
    }

    let permit: LaunchPermit
    var stage = Stage.waiting

    init(permit: LaunchPermit) { self.permit = permit }

    var key: AttemptKey { AttemptKey(of: self.permit.run) }
    var order: (RunID, Int, Epoch) { (self.key.run, self.key.number, self.key.epoch) }
}
