/// The slots that a worker owns, and what is to be done about them: pure.
package struct SlotBoard: Sendable, Equatable {
    private var replicas: [SlotReplica] = []
    /// What matters of each replica when nothing is due, which is most of the time.
    private var outlooks: [Outlook] = []
    /// Where the slots are in `replicas` and `outlooks`.
    private var places: [SlotID: Int] = [:]
    /// Slots that have to be loaded before anything in them is claimed.
    package private(set) var stale: Set<SlotID> = []
    /// Workers that are known to be dead.
    package private(set) var departed: Set<WorkerID> = []
    /// Slots that were taken away in doubt, and are to be asked once more what is left in them.
    package internal(set) var partings: [SlotParting] = []
    /// Slots that were this worker's, and how many times more it looks for forgotten ends in each.
    var left: [SlotID: Int] = [:]
    /// The slot of those that was looked at last.
    var lookedBackLast: SlotID?
    /// Attempts that this worker has taken over, by their runs; whoever's their slots are.
    private var holding: [RunID: AttemptKey] = [:]
    private var doubtful: Set<SlotID> = []
    private var owned: [SlotID: Epoch] = [:]
    /// The last slot that ``reviewNext(share:)`` has reached.
    private var reviewed: SlotID?
    private var schedules = ScheduleUsage()
    private let handlers: Set<String>?

    private struct Outlook: Sendable, Equatable {
        let slot: SlotID
        /// When there may be something to claim, and when to look at the slot although no schedule is due.
        let nextDecision: Instant
        let nextWake: Instant
        /// Whether other workers have left runs unfinished.
        let hasForeign: Bool
        /// Whether something in the slot goes on while the coordination service is away.
        let isOngoing: Bool

        init(_ replica: borrowing SlotReplica) {
            self.slot = replica.slot.id
            self.nextDecision = replica.nextDecision
            self.nextWake = replica.nextWake
            self.hasForeign = !replica.foreign.isEmpty
            self.isOngoing = replica.isOngoing
        }
    }

    /// Begins without slots.
    ///
    /// - Parameter handlers: The closures that this process can run; nil for all.
    package init(handlers: Set<String>? = []) { self.handlers = handlers }

    // MARK: Events

    /// The leader says which slots are this worker's.
    package mutating func assign(_ slots: [SlotID: Epoch]) {
        for (slot, epoch) in self.owned.sorted(by: { $0.key < $1.key }) where slots[slot] != epoch {
            self.drop(slot)
            self.left[slot] = Self.looksBack
        }
        for slot in slots.keys { self.left[slot] = nil }
        for (slot, epoch) in slots where self.owned[slot] != epoch { self.stale.insert(slot) }
        self.owned = slots
    }

    /// A slot has changed, up to a revision at least.
    package mutating func sync(_ slot: SlotID, epoch: Epoch, revision: Revision) {
        guard self.owned[slot] == epoch else { return }
        if let known = self.slot(slot)?.revision, known >= revision { return }
        self.stale.insert(slot)
    }

    /// What is known of these slots may be wrong.
    package mutating func distrust(_ slots: some Sequence<SlotID>) {
        for slot in slots where self.owned[slot] != nil { self.stale.insert(slot) }
    }

    /// Nobody knows whether a claim or an adoption in these slots was written, or still will be.
    package mutating func doubt(_ slots: some Sequence<SlotID>) {
        let slots = slots.filter { self.owned[$0] != nil }
        self.stale.formUnion(slots)
        self.doubtful.formUnion(slots)
    }

    /// The runs of other workers may have ended, which this one is not told.
    package mutating func distrustForeign() {
        self.stale.formUnion(self.outlooks.lazy.filter(\.hasForeign).map(\.slot))
    }

    /// Another share of the slots is to be read again, whether something is due in them or not: a store that has
    /// forgotten the end of a run shows it nowhere else.
    ///
    /// - Parameter share: After how many calls every slot has had its turn.
    package mutating func reviewNext(share: Int) {
        let slots = self.places.keys.sorted()
        guard !slots.isEmpty else { return }
        let start = self.reviewed.map { last in slots.firstIndex { $0 > last } ?? 0 } ?? 0
        for offset in 0..<((slots.count + share - 1) / share) {
            let slot = slots[(start + offset) % slots.count]
            self.stale.insert(slot)
            self.reviewed = slot
        }
    }

    /// What is known of a slot's jobs may come from changes that were forgotten: all of them are to be loaded anew.
    mutating func forgetJobs(in slot: SlotID) {
        self.distrust([slot])
        guard let place = self.places[slot] else { return }
        self.modify(place) { $0.forgetJobs() }
        self.schedules.replace([], in: slot)
    }

    /// This worker has taken over attempts, which nobody has permitted it to launch.
    mutating func hold(_ attempts: [AttemptKey]) {
        for attempt in attempts { self.holding[attempt.run] = attempt }
    }

    /// A worker is dead; its unfinished runs are in slots that have to be looked at again.
    package mutating func depart(_ worker: WorkerID) {
        guard self.departed.insert(worker).inserted else { return }
        for replica in self.replicas where replica.foreign.contains(where: { $0.run.worker == worker }) {
            self.stale.insert(replica.slot.id)
        }
    }

    /// The store's answer to a load.
    ///
    /// - Returns: Whether there is more to load of this slot, and what is to be done about runs that were found.
    package mutating func load(_ contents: SlotContents, as worker: WorkerID) -> (hasMore: Bool, orders: SlotOrders) {
        let slot = contents.slot.id
        guard let epoch = self.owned[slot], contents.slot.worker == worker, contents.slot.epoch == epoch else {
            // The ledger is ahead of the assignment; the next one will say what is this worker's.
            self.drop(slot)
            return (false, SlotOrders())
        }
        if let known = self.slot(slot), known.revision != .zero, known.claimSequence != contents.slot.claimSequence {
            // A claim or an adoption was written of which this worker has not heard: what it did to jobs (runs that count
            // against a limit, versions that ended) does not show in their revisions.
            self.forgetJobs(in: slot)
            return (true, SlotOrders())
        }
        let place = self.places[slot] ?? self.replicas.count
        if place == self.replicas.count {
            self.places[slot] = place
            let replica = SlotReplica(slot: contents.slot, handlers: self.handlers)
            self.outlooks.append(Outlook(replica))
            self.replicas.append(replica)
        }
        let holding = self.holding
        let orders = self.modify(place) { $0.load(contents, as: worker, holding: holding) }
        if !contents.jobs.isEmpty { self.schedules.replace(self.replicas[place].schedules, in: slot) }
        guard contents.revision == contents.slot.revision else { return (true, orders) }
        self.stale.remove(slot)
        return (false, orders)
    }

    private mutating func drop(_ slot: SlotID) {
        self.stale.remove(slot)
        if self.doubtful.remove(slot) != nil, let epoch = self.owned[slot] {
            let permitted = self.places[slot].map { self.replicas[$0].permitted } ?? [:]
            self.partings.append(SlotParting(slot: slot, epoch: epoch, permitted: permitted))
        }
        guard let place = self.places.removeValue(forKey: slot) else { return }
        self.replicas.swapAt(place, self.replicas.count - 1)
        self.outlooks.swapAt(place, self.outlooks.count - 1)
        self.replicas.removeLast()
        self.outlooks.removeLast()
        if place < self.outlooks.count { self.places[self.outlooks[place].slot] = place }
        self.schedules.replace([], in: slot)
    }

    /// Changes a replica in place.
    private mutating func modify<Answer>(_ place: Int, _ change: (inout SlotReplica) -> Answer) -> Answer {
        defer { self.outlooks[place] = Outlook(self.replicas[place]) }
        return change(&self.replicas[place])
    }

    /// A claim was committed.
    package mutating func commit(_ claim: CommittedClaim) -> SlotOrders {
        guard let place = self.places[claim.claim.slot] else { return SlotOrders() }
        return self.modify(place) { $0.commit(claim) }
    }

    /// A run's attempt has ended, and its end is recorded.
    package mutating func attemptEnded(_ end: EndedAttempt, slotCount: Int) {
        let slot = SlotID(of: end.run.job, count: slotCount)
        if let place = self.places[slot] { self.modify(place) { $0.attemptEnded(end.attempt) } }
        if self.holding[end.run] == end.attempt { self.holding[end.run] = nil }
        if self.owned[slot] == nil { self.left[slot] = Self.looksBack }
        // The retry is a pending run now, which the ledger tells of.
        if end.isRetried || self.isHoldingBack(in: slot) { self.distrust([slot]) }
    }

    private func isHoldingBack(in slot: SlotID) -> Bool {
        self.places[slot].map { self.replicas[$0].isHoldingBack } ?? false
    }

    /// A death has been dealt with in every slot.
    package mutating func forget(_ worker: WorkerID) { self.departed.remove(worker) }

    // MARK: Decisions

    /// Whether runs of other workers are in progress in these slots.
    package var hasForeign: Bool { self.outlooks.contains(where: \.hasForeign) }

    /// Slots that are due and hold runs of other workers, of whose ends this one is not told: they have to be loaded
    /// before what is due can be judged.
    package func uncertain(at now: Instant) -> [SlotID] {
        self.outlooks.filter { $0.hasForeign && $0.nextDecision <= now }.map(\.slot)
    }

    /// When to look at the slots although nothing wakes the worker; ``Instant/distantFuture`` for not at all.
    var nextWake: Instant { self.outlooks.lazy.map(\.nextWake).min() ?? .distantFuture }

    /// The slots that have been loaded.
    var slots: some Collection<SlotID> { self.places.keys }

    /// What is known of the slots that have been loaded.
    package var views: [SlotID: SlotView] {
        self.places.mapValues {
            SlotView(slot: self.replicas[$0].slot, inProgress: Set(self.replicas[$0].permitted.keys))
        }
    }

    /// A slot's row, if it has been loaded.
    package func slot(_ id: SlotID) -> Slot? { self.places[id].map { self.replicas[$0].slot } }

    /// Whether a slot's row says what the leader has said: that it is this worker's.
    func isOwner(_ worker: WorkerID, of slot: Slot) -> Bool {
        slot.worker == worker && self.owned[slot.id] == slot.epoch
    }

    /// Whether some of the slots that are to be loaded never were.
    var hasNewSlots: Bool { self.stale.contains { self.places[$0] == nil } }

    /// The revision from which to load a slot.
    package func knownRevision(of slot: SlotID) -> Revision { self.slot(slot)?.revision ?? .zero }

    /// Whether there is something in the slots that goes on while the coordination service is away.
    package var isOngoing: Bool { self.outlooks.contains(where: \.isOngoing) }

    /// The claims that are due, in the order of their slots.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - onlyOngoing: Whether to claim only in slots of which something goes on while the coordination service is away.
    /// - Returns: The claims.
    package func plan(now: Instant, onlyOngoing: Bool = false) -> [SlotClaim] {
        self.outlooks
            .filter { $0.nextDecision <= now && (!onlyOngoing || $0.isOngoing) && !self.stale.contains($0.slot) }
            .sorted { $0.slot < $1.slot }
            .compactMap { outlook in self.places[outlook.slot].flatMap { self.replicas[$0].plan(now: now) } }
    }

    /// The runs of dead workers to take over in a slot.
    package func adoptions(in slot: SlotID) -> [RunAdoption] {
        self.places[slot].map { self.replicas[$0].adoptions(from: self.departed) } ?? []
    }

    /// Everything to wake up for, if that is not what it was when this was last asked.
    package mutating func changedSchedules() -> Set<Schedule>? { self.schedules.takeChange() }
}
