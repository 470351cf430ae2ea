/// What a leader decides: pure.
///
/// All of it follows from the ledger and the members; what it remembers only saves work, so a new leader has nothing
/// to be told.
struct LeaderCore: Sendable {
    /// What there is to do, in this order.
    struct Plan: Sendable, Equatable {
        /// The new owners of slots, to be written to the ledger first.
        var owners: [SlotID: WorkerID] = [:]
        /// Workers that are dead, whose queues are then to be emptied.
        var departed: [WorkerID] = []
        /// When to look again even if nothing happens.
        var lookAgain: Duration?

        /// Leaves slots as they are, and does not bury the workers that had them last.
        mutating func withhold(_ slots: [SlotID: WorkerID]) {
            guard !slots.isEmpty else { return }
            self.owners = self.owners.filter { slots[$0.key] == nil }
            let owners = Set(slots.values)
            self.departed.removeAll { owners.contains($0) }
        }
    }

    /// How long a worker is left alone after its registration has vanished.
    let grace: Duration
    /// How long a worker is left alone that the ensemble of this leader has never heard of.
    let rebuildGrace: Duration
    /// The incarnation of that ensemble.
    let incarnation: UInt64
    private var absentSince: [WorkerID: Duration] = [:]
    /// What is known of the leases in the ledger of those that are absent.
    var departures = Departures()
    /// Up to which revision the owner of each slot has been told.
    private var told: [SlotID: (epoch: Epoch, revision: Revision)] = [:]
    /// The newest owner of each slot that was published, or may have been, and its epoch.
    private var published: [SlotID: (owner: WorkerID, epoch: Epoch)] = [:]
    /// Who was told last that a slot is its own, with those who may have been told since.
    private var lastOwners: [SlotID: Set<WorkerID>] = [:]
    /// Whether everybody has been told by this leader, so that those are known.
    private var hasToldAll = false
    /// Who drains, or did: one that is gone has left neither slots nor a queue by which it could be known.
    private var drained: Set<WorkerID> = []

    init(grace: Duration, rebuildGrace: Duration = .zero, incarnation: UInt64 = 0) {
        self.grace = grace
        self.rebuildGrace = rebuildGrace
        self.incarnation = incarnation
    }

    /// Decides who owns what.
    ///
    /// - Parameters:
    ///   - slots: The ledger's slots.
    ///   - members: The workers that are registered.
    ///   - queues: The workers that have a queue.
    ///   - holders: The workers that have runs in the ledger that have not ended.
    ///   - now: When the members were asked for, on the leader's stopwatch.
    ///   - absentFrom: From when a worker that is not among them counts as absent, if not from `now`: when they were
    ///     known.
    /// - Returns: What to write, and when to look again.
    mutating func plan(
        slots: [Slot],
        members: [WorkerDescription],
        queues: [WorkerID],
        holders: Set<WorkerID> = [],
        now: Duration,
        absentFrom: Duration? = nil
    ) -> Plan {
        let live = Set(members.map(\.id))
        self.drained.formUnion(members.filter(\.isDraining).map(\.id))
        let known = Set(slots.compactMap(\.worker)).union(queues).union(holders).union(self.drained)
        // Of the others it is not known that their sessions have run out, and with them their leases: when an ensemble
        // is rebuilt all sessions are gone at once.
        let assigned = slots.filter { $0.leaderToken.incarnation == self.incarnation }.compactMap(\.worker)
        let heardOf = Set(assigned).union(queues).union(self.drained)
        self.absentSince = self.absentSince.filter { known.contains($0.key) && !live.contains($0.key) }
        self.departures.keep(only: known.union(self.published.values.lazy.map(\.owner)).subtracting(live))
        var plan = Plan()
        var leaving: Set<WorkerID> = []
        for worker in known.subtracting(live).sorted() {
            let since = self.absentSince[worker] ?? absentFrom ?? now
            self.absentSince[worker] = since
            var end = since + (heardOf.contains(worker) ? self.grace : max(self.grace, self.rebuildGrace))
            if let lease = self.departures.end(of: worker) { end = max(end, lease) }
            if now >= end {
                leaving.insert(worker)
            } else {
                plan.lookAgain = min(plan.lookAgain ?? end, end)
            }
        }
        // Without anybody to take over, what the dead have stays where it is.
        guard !members.isEmpty else { return plan }
        plan.departed = leaving.sorted()
        for (pool, poolSlots) in Dictionary(grouping: slots, by: \.id.pool) {
            let serving = members.filter { $0.pools.contains(pool) }
            let draining = Set(serving.filter(\.isDraining).map(\.id))
            let workers = serving.map(\.id).filter { !draining.contains($0) }.sorted()
            // With nobody to take them over, slots stay with those that drain, who get what has no owner as well.
            let owners =
                workers.isEmpty
                ? Self.balance(poolSlots, over: draining.sorted(), leaving: leaving, isTaking: false)
                : Self.balance(poolSlots, over: workers, leaving: leaving.union(draining))
            plan.owners.merge(owners) { $1 }
        }
        return plan
    }

    /// The slots that have to change hands so that the workers of a pool share it evenly: as few as possible.
    ///
    /// - Parameters:
    ///   - slots: The slots of the pool.
    ///   - workers: Who is to share them.
    ///   - leaving: Whose slots are given away, all of them.
    ///   - isTaking: Whether those who have too many give some away too.
    /// - Returns: The new owners.
    private static func balance(
        _ slots: [Slot],
        over workers: [WorkerID],
        leaving: Set<WorkerID>,
        isTaking: Bool = true
    ) -> [SlotID: WorkerID] {
        guard !workers.isEmpty else { return [:] }
        var held = Dictionary(uniqueKeysWithValues: workers.map { ($0, [] as [SlotID]) })
        var free: [SlotID] = []
        // Slots of a worker that vanished a moment ago stay with it, and out of the balance, until its grace is over.
        var waiting = 0
        for slot in slots.sorted(by: { $0.id < $1.id }) {
            if let owner = slot.worker, held[owner] != nil {
                held[owner]?.append(slot.id)
            } else if let owner = slot.worker, !leaving.contains(owner) {
                waiting += 1
            } else {
                free.append(slot.id)
            }
        }
        let share = (slots.count - waiting) / workers.count
        var larger = (slots.count - waiting) % workers.count
        // Those who hold most keep the larger shares, so that nothing moves that need not.
        let order = workers.sorted { (held[$1]?.count ?? 0, $0) < (held[$0]?.count ?? 0, $1) }
        var wanting: [(worker: WorkerID, count: Int)] = []
        for worker in order {
            let has = held[worker]?.count ?? 0
            let target = share + (larger > 0 ? 1 : 0)
            larger -= larger > 0 ? 1 : 0
            if has > target, isTaking { free += held[worker]?.suffix(has - target) ?? [] }
            if has < target { wanting.append((worker, target - has)) }
        }
        var owners: [SlotID: WorkerID] = [:]
        var next = free[...]
        for (worker, count) in wanting {
            for slot in next.prefix(count) { owners[slot] = worker }
            next = next.dropFirst(count)
        }
        return owners
    }

    // MARK: Forgotten assignments

    /// Takes note of what a worker is about to be told.
    mutating func notePublished(_ assignment: Assignment, for worker: WorkerID) {
        for (slot, epoch) in assignment.slots where self.published[slot].map({ $0.epoch <= epoch }) ?? true {
            self.published[slot] = (worker, epoch)
        }
        for slot in assignment.slots.keys { self.lastOwners[slot, default: []].insert(worker) }
    }

    /// The highest epoch that a worker may have been told.
    var highestEpoch: Epoch { self.published.values.lazy.map(\.epoch).max() ?? .zero }

    /// Takes note of what a worker was told.
    mutating func noteTold(_ assignment: Assignment, to worker: WorkerID) {
        for slot in assignment.slots.keys { self.lastOwners[slot] = [worker] }
    }

    /// Slots of which the ledger has forgotten the assignment.
    ///
    /// They are to be assigned again, with epochs above ``highestEpoch``.
    ///
    /// - Parameters:
    ///   - slots: The ledger's slots.
    ///   - members: The workers that are registered.
    /// - Returns: Who is to have them: whom they were given to, or another live worker, one that does not drain if there is
    ///   one.
    func forgotten(in slots: [Slot], members: [WorkerDescription]) -> [SlotID: WorkerID] {
        let live = Set(members.map(\.id))
        var owners: [SlotID: WorkerID] = [:]
        for slot in slots {
            guard let known = self.published[slot.id], slot.epoch < known.epoch else { continue }
            let serving = members.filter { $0.pools.contains(slot.id.pool) }
            let other = serving.lazy.filter { !$0.isDraining }.map(\.id).min() ?? serving.lazy.map(\.id).min()
            if let owner = live.contains(known.owner) ? known.owner : other { owners[slot.id] = owner }
        }
        return owners
    }

    /// The workers that slots were last given to and that are gone; they may go on by the ledger.
    func departedOwners(of slots: some Sequence<SlotID>, members: [WorkerDescription]) -> [SlotID: WorkerID] {
        let live = Set(members.map(\.id))
        var owners: [SlotID: WorkerID] = [:]
        for slot in slots {
            guard let owner = self.published[slot]?.owner, !live.contains(owner) else { continue }
            owners[slot] = owner
        }
        return owners
    }

    // MARK: Departed workers

    /// Takes note that nothing is left of a dead worker.
    mutating func noteBuried(_ worker: WorkerID) { self.drained.remove(worker) }

    // MARK: Who was told what

    /// Takes note that every worker was told what is its own.
    mutating func noteAllTold() { self.hasToldAll = true }

    /// The slots of which a living worker was told last that they are its own, and which are another's now.
    ///
    /// They stay so until the new owner was told. A new leader does not know whom the one before it has told, so until it
    /// has told everybody itself any worker may have had any slot.
    ///
    /// - Returns: The owners of those slots, by the worker that had them or may have had.
    func takenFromTheLiving(
        slots: [Slot],
        members: [WorkerDescription]
    ) -> [(worker: WorkerID, taken: [SlotID: WorkerID])] {
        guard self.hasToldAll else {
            let owners = Dictionary(slots.compactMap { slot in slot.worker.map { (slot.id, $0) } }) { $1 }
            return members.map(\.id).sorted().map { (worker: $0, taken: owners) }
        }
        let live = Set(members.map(\.id))
        var taken: [WorkerID: [SlotID: WorkerID]] = [:]
        for slot in slots {
            guard let next = slot.worker else { continue }
            for owner in self.lastOwners[slot.id] ?? [] where owner != next && live.contains(owner) {
                taken[owner, default: [:]][slot.id] = next
            }
        }
        return taken.sorted { $0.key < $1.key }.map { (worker: $0.key, taken: $0.value) }
    }

    /// What each live worker is to be assigned.
    static func assignments(
        of slots: [Slot],
        members: [WorkerDescription],
        token: LeaderToken
    ) -> [WorkerID: Assignment] {
        var assignments = Dictionary(
            uniqueKeysWithValues: members.map { ($0.id, Assignment(token: token, slots: [:])) }
        )
        for slot in slots {
            if let owner = slot.worker { assignments[owner]?.slots[slot.id] = slot.epoch }
        }
        return assignments
    }

    /// The tasks that tell owners of changed slots, and nothing for slots that their owner loads anew anyway.
    ///
    /// A new leader does not know what the one before it has told, so it tells of every slot that ever changed.
    mutating func syncs(for slots: [Slot], members: [WorkerDescription]) -> [WorkerID: [WorkerTask]] {
        let live = Set(members.map(\.id))
        var tasks: [WorkerID: [WorkerTask]] = [:]
        for slot in slots {
            guard let owner = slot.worker, live.contains(owner) else { continue }
            let told = self.told[slot.id] ?? (slot.epoch, .zero)
            self.told[slot.id] = (slot.epoch, slot.revision)
            guard told.epoch == slot.epoch, told.revision < slot.revision else { continue }
            tasks[owner, default: []].append(.sync(slot: slot.id, epoch: slot.epoch, revision: slot.revision))
        }
        return tasks
    }

    /// Forgets what a worker's slots were told, because telling failed.
    mutating func forget(_ tasks: [WorkerTask]) {
        for case .sync(let slot, let epoch, _) in tasks { self.told[slot] = (epoch, .zero) }
    }
}
