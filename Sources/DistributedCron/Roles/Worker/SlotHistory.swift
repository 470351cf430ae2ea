/// What a node's journal says of one slot, held against what the store says: pure.
///
/// Made when something seems to be missing, and only of the claims and runs that may be.
struct SlotHistory: Sendable {
    /// What to put back.
    struct Repair: Sendable, Equatable {
        var restoration: SlotRestoration
        /// Whether nothing is left that could be put back.
        var isComplete: Bool
    }

    private let contents: SlotContents
    /// The claims that the store has forgotten, in the order of their spans.
    private var forgotten: [(claim: SlotClaim, sequence: UInt64)] = []
    /// Claims of which the store has accounted for a part in another way.
    private var overtaken: [SlotClaim] = []
    /// The runs as they truly are: open ones, and those of forgotten claims.
    private var truth: [RunID: Run]
    private var attempts: [RunID: [Attempt]] = [:]

    /// Reads the journal.
    ///
    /// - Parameters:
    ///   - contents: What the store says.
    ///   - entries: The node's journal.
    init(_ contents: SlotContents, _ entries: some Collection<WorkerJournalEntry>) {
        self.contents = contents
        self.truth = Dictionary(contents.open.map { ($0.run.id, $0.run) }) { $1 }
        for entry in entries {
            guard case .claimed(let claim, let sequence) = entry.fact, claim.slot == contents.slot.id,
                claim.to > contents.slot.accountedUntil || sequence > contents.slot.claimSequence
            else { continue }
            // A watermark in the midst of a claim is another claim's, which has come late: that one is the ledger's.
            if claim.from < contents.slot.accountedUntil, claim.to > contents.slot.accountedUntil {
                self.overtaken.append(claim)
            } else {
                self.forgotten.append((claim, sequence))
            }
        }
        self.forgotten.sort { ($0.claim.from, $0.claim.to, $0.sequence) < ($1.claim.from, $1.claim.to, $1.sequence) }
        let claimed = (self.forgotten.map(\.claim) + self.overtaken).flatMap { $0.runs + $0.taken }
        var wanted = Set(contents.open.map(\.run.id)).union(claimed.map(\.id))
        for entry in entries {
            // What was found without its claim having been heard of lies in spans that no entry tells of.
            guard case .adopted(let runs, let slot) = entry.fact, slot.id == contents.slot.id else { continue }
            wanted.formUnion(runs.lazy.map(\.id).filter { $0.scheduledAt > contents.slot.accountedUntil })
        }
        for entry in entries { self.apply(entry.fact, to: wanted) }
    }

    private mutating func apply(_ fact: WorkerJournalEntry.Fact, to wanted: Set<RunID>) {
        switch fact {
        case .claimed(let claim, _):
            guard claim.slot == self.contents.slot.id else { return }
            for run in claim.runs + claim.taken where wanted.contains(run.id) { self.advance(run) }
            for cancellation in claim.cancellations {
                _ = self.truth[cancellation.run]?.cancel(cancellation.reason)
            }
        case .adopted(let runs, let slot):
            guard slot.id == self.contents.slot.id else { return }
            for run in runs where wanted.contains(run.id) { self.advance(run) }
        case .launching(let keys):
            for key in keys {
                guard let run = self.truth[key.run], AttemptKey(of: run) == key, run.state == .claimed else { continue }
                self.truth[key.run]?.state = .starting
            }
        case .takenOver(let keys, let worker):
            for key in keys {
                guard let run = self.truth[key.run], AttemptKey(of: run) == key, run.isInProgress else { continue }
                self.truth[key.run]?.handOver(to: worker)
            }
        case .ended(let attempt):
            guard wanted.contains(attempt.run) else { return }
            _ = self.truth[attempt.run]?.record(attempt)
            self.attempts[attempt.run, default: []].append(attempt)
        case .recorded:
            break
        }
    }

    private mutating func advance(_ run: Run) {
        guard let known = self.truth[run.id] else { return self.truth[run.id] = run }
        if let restored = known.restored(to: run) { self.truth[run.id] = restored }
    }

    // MARK: What to put back

    /// The instant up to which nothing is known of the lost span, so that it has to be planned again; nil if all that
    /// was lost follows on the store's watermark.
    var unknownUntil: Instant? {
        let watermark = self.contents.slot.accountedUntil
        if let resumption = self.resumption { return resumption > watermark ? resumption : nil }
        let instants = self.truth.keys.lazy.filter { $0.trigger == .schedule && $0.scheduledAt > watermark }
        return (instants.map(\.scheduledAt) + self.overtaken.map(\.to)).max()
    }

    /// From where on a claim is known that the store has forgotten as a whole.
    var resumption: Instant? {
        self.forgotten.first { $0.claim.to > self.contents.slot.accountedUntil }?.claim.from
    }

    /// Everything that is known to be true of runs that may be missing: none of those whose instants the store has
    /// accounted for in another way.
    var runs: [RunID: Run] {
        let open = Set(self.contents.open.map(\.run.id))
        return self.truth.filter { run, _ in
            run.trigger != .schedule || run.scheduledAt > self.contents.slot.accountedUntil || open.contains(run)
        }
    }

    /// The ends of these runs' attempts, in order.
    func attempts(of runs: some Sequence<RunID>) -> [Attempt] {
        runs.sorted().flatMap { run in
            (self.attempts[run] ?? []).sorted { ($0.number, $0.epoch) < ($1.number, $1.epoch) }
        }
    }

    /// What follows on the store's watermark without a break, or nil if nothing is missing.
    func repair(by worker: WorkerID) -> Repair? {
        let slot = self.contents.slot
        var restoration = SlotRestoration(
            slot: slot.id,
            worker: worker,
            epoch: slot.epoch,
            from: slot.accountedUntil,
            to: slot.accountedUntil,
            claimSequence: slot.claimSequence
        )
        var isComplete = true
        let open = Set(self.contents.open.map(\.run.id))
        var runs: Set<RunID> = []
        for (claim, sequence) in self.forgotten {
            guard claim.from <= restoration.to || claim.to <= slot.accountedUntil else {
                isComplete = false
                continue
            }
            restoration.claimSequence = max(restoration.claimSequence, sequence)
            let claimed = (claim.runs + claim.taken).lazy.map(\.id)
            // What is accounted for already, in whatever way, gets nothing beside it.
            guard claim.to > slot.accountedUntil else {
                runs.formUnion(claimed.filter { $0.trigger != .schedule || open.contains($0) })
                continue
            }
            restoration.to = max(restoration.to, claim.to)
            restoration.gaps += claim.gaps
            restoration.versionEnds += claim.versionEnds
            runs.formUnion(claimed)
        }
        // What comes after a break is recognised by its number when the break has been closed.
        if !isComplete { restoration.claimSequence = slot.claimSequence }
        for open in self.contents.open {
            guard let run = self.truth[open.run.id], open.run.restored(to: run) != nil else { continue }
            runs.insert(run.id)
        }
        restoration.runs = runs.sorted().compactMap { self.truth[$0] }
        restoration.attempts = self.attempts(of: runs)
        let isNothing =
            restoration.to == slot.accountedUntil && restoration.claimSequence == slot.claimSequence && runs.isEmpty
        return isNothing ? nil : Repair(restoration: restoration, isComplete: isComplete)
    }
}
