/// Which workers live and make no progress: pure.
///
/// A worker shows progress by its claims and adoptions, which move a slot's watermark or its claim sequence. A slot in
/// which nothing is due stands still by right, and its row does not say when something will be. So of slots whose owner has
/// shown nothing for a while the leader reads the jobs, a few slots at a time, and remembers the first instant for as long
/// as neither watermark nor revision changes.
///
/// Time counts only while the leader looks: what stood still while the store or the coordination service did not answer,
/// or the leader's own process stood still, may have had no choice. So a new leader counts from its beginning.
struct ProgressWatch: Sendable {
    /// A worker that lives and lets something lie.
    struct Stall: Sendable, Equatable {
        let worker: WorkerID
        /// The first of its slots in which something is due.
        let slot: Slot
        /// What is due there.
        let due: Instant
    }

    /// A slot as it was seen, and since when neither owner nor watermark nor claim sequence have changed.
    private struct Sight: Sendable {
        var slot: Slot
        let since: Duration
    }

    /// The first instant of a slot that is not accounted for.
    private struct Due: Sendable {
        let watermark: Instant
        let revision: Revision
        let instant: Instant
    }

    /// The most slots whose jobs are read at a look.
    private static let readLimit = 16

    /// How long something due may lie.
    let limit: Duration
    /// How long a worker that was found stalled is left without slots.
    let pause: Duration
    /// How much time may pass from one look to the next and count.
    let longestGap: Duration
    private var lookedAt: Duration?
    private var sights: [SlotID: Sight] = [:]
    private var dues: [SlotID: Due] = [:]
    /// When each worker that may have slots, and has some, was last seen to get on, or first seen.
    private var movedAt: [WorkerID: Duration] = [:]
    /// Since when this leader knows of each worker that it is stalled.
    private var stalledSince: [WorkerID: Duration] = [:]

    init(limit: Duration, pause: Duration, longestGap: Duration) {
        self.limit = limit
        self.pause = pause
        self.longestGap = longestGap
    }

    /// Takes in how the slots are.
    ///
    /// - Parameters:
    ///   - slots: The ledger's slots.
    ///   - members: The workers that are registered.
    ///   - now: When the slots were known, on the leader's stopwatch.
    mutating func look(at slots: [Slot], members: [WorkerDescription], now: Duration) {
        if let last = self.lookedAt, now - last > self.longestGap { self.interrupt() }
        self.lookedAt = now
        for slot in slots {
            if let known = self.sights[slot.id], known.slot.worker == slot.worker, known.slot.epoch == slot.epoch {
                let hasMoved =
                    known.slot.accountedUntil != slot.accountedUntil
                    || known.slot.claimSequence != slot.claimSequence
                self.sights[slot.id] = Sight(slot: slot, since: hasMoved ? now : known.since)
                if hasMoved, let worker = slot.worker { self.movedAt[worker] = now }
            } else {
                self.sights[slot.id] = Sight(slot: slot, since: now)
            }
        }
        let serving = Set(members.lazy.filter { !$0.isDraining }.map(\.id))
        let owners = serving.intersection(slots.lazy.compactMap(\.worker))
        self.movedAt = Dictionary(uniqueKeysWithValues: owners.map { ($0, self.movedAt[$0] ?? now) })
        let stalled = members.filter { $0.drain == .stalled }.map(\.id)
        self.stalledSince = Dictionary(uniqueKeysWithValues: stalled.map { ($0, self.stalledSince[$0] ?? now) })
    }

    /// Lets no time count that has passed until now.
    mutating func interrupt() {
        self.sights.removeAll()
        self.movedAt.removeAll()
    }

    /// Some slots whose jobs are to be read, because their owners have not got on for half of the limit: those that have
    /// moved last, in which something is due most likely.
    var unread: [Slot] {
        let unread = self.still(for: self.limit / 2).filter { self.due(in: $0) == nil }
        let order = unread.sorted { ($1.accountedUntil, $0.id) < ($0.accountedUntil, $1.id) }
        return Array(order.prefix(Self.readLimit))
    }

    /// Takes note of the first instant of a slot that is not accounted for, ``Instant/distantFuture`` if there is none.
    mutating func note(_ instant: Instant, in slot: Slot) {
        self.dues[slot.id] = Due(watermark: slot.accountedUntil, revision: slot.revision, instant: instant)
    }

    /// The workers that are to lose their slots: those of which something has been due for the limit, while they did not
    /// get on in any slot, and in place of which somebody else can.
    ///
    /// - Parameters:
    ///   - members: The workers that are registered.
    ///   - time: The store's clock, asked before the slots were.
    /// - Returns: The workers, in the order of their identities.
    func stalls(members: [WorkerDescription], time: Instant) -> [Stall] {
        let latest = time - self.limit.components.seconds
        var stalls: [WorkerID: Stall] = [:]
        for slot in self.still(for: self.limit) {
            guard let worker = slot.worker, stalls[worker] == nil, let due = self.due(in: slot), due <= latest
            else { continue }
            stalls[worker] = Stall(worker: worker, slot: slot, due: due)
        }
        // Where nobody gets on it is not the workers' fault, and nothing is gained by moving slots.
        let others = members.filter { !$0.isDraining && stalls[$0.id] == nil }
        return stalls.values
            .filter { stall in others.contains { $0.pools.contains(stall.slot.id.pool) } }
            .sorted { $0.worker < $1.worker }
    }

    /// The workers that were stalled, and are to have their share again.
    var rested: [WorkerID] {
        guard let now = self.lookedAt else { return [] }
        return self.stalledSince.filter { now - $0.value >= self.pause }.map(\.key).sorted()
    }

    /// The slots that have stood still for some time, of workers that may have slots and did not get on in any for as long;
    /// in the order of their identities.
    private func still(for length: Duration) -> [Slot] {
        guard let now = self.lookedAt else { return [] }
        return self.sights.values
            .filter { sight in
                guard let movedAt = sight.slot.worker.flatMap({ self.movedAt[$0] }) else { return false }
                return now - movedAt >= length && now - sight.since >= length
            }
            .map(\.slot)
            .sorted { $0.id < $1.id }
    }

    /// The first instant of a slot, if it is known.
    private func due(in slot: Slot) -> Instant? {
        guard let due = self.dues[slot.id], due.watermark == slot.accountedUntil, due.revision == slot.revision
        else { return nil }
        return due.instant
    }
}
