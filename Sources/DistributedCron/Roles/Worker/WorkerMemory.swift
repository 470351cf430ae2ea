/// What a worker knows that a store must not have forgotten: pure.
///
/// It is small whatever runs: three numbers for each slot, and one key for each attempt in flight, of which there are
/// never more than wait and run at once. What was claimed and how it ended is in the node's ``WorkerJournal`` alone, and
/// is looked up there (``SlotHistory``) when something seems to be missing. So a day of 10,000 runs a minute costs no
/// memory here, and looking for a loss costs one look-up for each open run of a slot that is loaded.
struct WorkerMemory: Sendable {
    /// What is to be thought of what a store says of a slot.
    enum Judgement: Sendable, Equatable {
        /// Nothing is missing.
        case whole
        /// Changes of jobs were forgotten: what is known of the jobs is to be loaded anew.
        case revised
        /// Claims or ends seem to be missing, of which the node's journal knows more.
        case doubtful
    }

    /// The furthest state of a slot that a store has acknowledged.
    private struct Mark: Sendable {
        var watermark: Instant
        var sequence: UInt64
        var revision: Revision
    }

    /// An open run that was held against the journal, and in what state.
    private struct Examined: Sendable, Hashable {
        let attempt: AttemptKey
        let state: RunState
    }

    /// This worker.
    let worker: WorkerID
    /// This one and those that this node had before it.
    private var workers: Set<WorkerID>
    private var marks: [SlotID: Mark] = [:]
    /// The attempts that this worker was permitted to launch and of whose ends it has not heard.
    private var inFlight: [RunID: AttemptKey] = [:]
    private var examined: [SlotID: Set<Examined>] = [:]
    /// What workers before this one have left to record, in the order of the runs.
    let unrecorded: [Attempt]

    /// Begins with what the node's journal says.
    init(of worker: WorkerID, _ entries: [WorkerJournalEntry] = []) {
        self.worker = worker
        self.workers = [worker]
        var ended: [AttemptKey: Attempt] = [:]
        for entry in entries {
            switch entry.fact {
            case .ended(let attempt): ended[AttemptKey(of: attempt)] = attempt
            case .recorded(let keys): for key in keys { ended[key] = nil }
            case .claimed, .adopted, .launching, .takenOver: break
            }
        }
        self.unrecorded = ended.values.sorted { ($0.run, $0.number, $0.epoch) < ($1.run, $1.number, $1.epoch) }
        for entry in entries { self.note(entry.fact) }
        // Those were other workers' attempts.
        self.inFlight = [:]
    }

    // MARK: Events

    /// Takes note of what is written down.
    mutating func note(_ fact: WorkerJournalEntry.Fact) {
        switch fact {
        case .claimed(let claim, let sequence):
            self.workers.insert(claim.worker)
            self.raise(claim.slot, Mark(watermark: claim.to, sequence: sequence, revision: claim.revision))
        case .adopted(_, let slot):
            if let worker = slot.worker { self.workers.insert(worker) }
            self.saw(slot)
        case .launching(let keys):
            for key in keys { self.inFlight[key.run] = key }
            self.forgetExamining(keys)
        case .takenOver(let keys, let worker):
            self.workers.insert(worker)
            for key in keys { self.inFlight[key.run] = key }
            self.forgetExamining(keys)
        case .ended(let attempt):
            self.workers.insert(attempt.worker)
        case .recorded:
            break
        }
    }

    /// An attempt is over, and recorded if it is to be.
    mutating func attemptEnded(_ attempt: AttemptKey) {
        // The run's next one may be in flight already.
        if self.inFlight[attempt.run] == attempt { self.inFlight[attempt.run] = nil }
        self.forgetExamining([attempt])
    }

    /// The journal knows more of these attempts than when the store's word was held against it.
    private mutating func forgetExamining(_ attempts: [AttemptKey]) {
        guard !self.examined.isEmpty else { return }
        let attempts = Set(attempts)
        self.examined = self.examined.compactMapValues { examined in
            let rest = examined.filter { !attempts.contains($0.attempt) }
            return rest.isEmpty ? nil : rest
        }
    }

    /// A slot was read from the store and nothing was missing.
    mutating func saw(_ slot: Slot) {
        self.raise(
            slot.id,
            Mark(watermark: slot.accountedUntil, sequence: slot.claimSequence, revision: slot.revision)
        )
    }

    private mutating func raise(_ slot: SlotID, _ mark: Mark) {
        guard let known = self.marks[slot] else { return self.marks[slot] = mark }
        self.marks[slot] = Mark(
            watermark: max(known.watermark, mark.watermark),
            sequence: max(known.sequence, mark.sequence),
            revision: max(known.revision, mark.revision)
        )
    }

    /// All that could be put back was, so that the slot's row is the truth now, whatever was known before.
    mutating func accept(watermark: Instant, sequence: UInt64, of slot: SlotID) {
        self.marks[slot]?.watermark = watermark
        self.marks[slot]?.sequence = sequence
    }

    /// The jobs of a slot are loaded anew from a lower revision.
    mutating func accept(revision: Revision, of slot: SlotID) { self.marks[slot]?.revision = revision }

    /// The open runs of a slot were held against the journal, which knows no more of them.
    mutating func examined(_ contents: SlotContents) {
        let examined = self.suspects(in: contents)
        self.examined[contents.slot.id] = examined.isEmpty ? nil : examined
    }

    // MARK: Decisions

    /// Whether claims of a slot are known that its row does not count.
    func isBehind(_ slot: Slot) -> Bool {
        guard let mark = self.marks[slot.id] else { return false }
        return slot.accountedUntil < mark.watermark || slot.claimSequence < mark.sequence
    }

    /// Looks for what is missing in a slot that this worker owns.
    ///
    /// - Parameters:
    ///   - contents: What the store says.
    ///   - isMended: Whether everything that is known was put back just now.
    /// - Returns: What is to be done before the slot is used.
    func judge(_ contents: SlotContents, isMended: Bool = false) -> Judgement {
        // Even of what was just put back the store may have forgotten something.
        if self.isBehind(contents.slot) { return .doubtful }
        if let mark = self.marks[contents.slot.id], contents.slot.revision < mark.revision { return .revised }
        if isMended { return .whole }
        let known = self.examined[contents.slot.id] ?? []
        return self.suspects(in: contents).isSubset(of: known) ? .whole : .doubtful
    }

    /// The attempts of this worker that the store calls open in a slot and that have ended, or were never heard of.
    func unended(in contents: SlotContents) -> Set<AttemptKey> {
        let own = contents.open.lazy.map(\.run).filter { $0.state != .pending && $0.worker == self.worker }
        return Set(own.map { AttemptKey(of: $0) }.filter { self.inFlight[$0.run] != $0 })
    }

    /// The open runs of this node's workers that are not in flight: their ends may have been forgotten, or that they
    /// were launched.
    private func suspects(in contents: SlotContents) -> Set<Examined> {
        var suspects: Set<Examined> = []
        for open in contents.open where open.run.state != .pending {
            guard let worker = open.run.worker, self.workers.contains(worker) else { continue }
            let key = AttemptKey(of: open.run)
            if self.inFlight[key.run] != key { suspects.insert(Examined(attempt: key, state: open.run.state)) }
        }
        return suspects
    }
}
