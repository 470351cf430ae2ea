/// What a worker has been told since it last looked, coalesced: the newest assignment, and each task and run once.
final class WorkerInbox: Sendable {
    struct Mail: Sendable {
        var assignment: Assignment?
        var tasks: [WorkerTask] = []
        var ended: [EndedAttempt] = []
        /// Attempts that were taken over.
        var takenOver: [TakenOver] = []
        /// Runs in progress that the store does not have.
        var missing: [RunID] = []
        /// What could not be written down.
        var unwritten: [WorkerJournalEntry] = []

        var isEmpty: Bool {
            self.assignment == nil && self.tasks.isEmpty && self.ended.isEmpty && self.missing.isEmpty
                && self.unwritten.isEmpty && self.takenOver.isEmpty
        }
    }
    /// How long somebody who misses a run waits until it is put back: a minute.
    static let patience = Duration.seconds(60)

    private let mail = Lock(Mail())
    private let slots = Lock<[SlotID: Epoch]>([:])
    private let bell = Bell()

    func assign(_ assignment: Assignment) {
        self.slots.withLock { $0 = assignment.slots }
        self.mail.withLock { $0.assignment = assignment }
        self.bell.ring()
    }

    /// Whether a slot is the worker's under an epoch, as far as it was told.
    func isAssigned(_ slot: SlotID, under epoch: Epoch) -> Bool { self.slots.withLock { $0[slot] == epoch } }

    func deliver(_ task: WorkerTask) {
        self.mail.withLock { $0.tasks.append(task) }
        self.bell.ring()
    }

    func ended(_ attempts: [EndedAttempt]) {
        self.mail.withLock { $0.ended += attempts }
        self.bell.ring()
    }

    func takenOver(_ attempts: [AttemptKey], from predecessor: WorkerID) {
        self.mail.withLock { $0.takenOver.append(TakenOver(attempts: attempts, predecessor: predecessor)) }
        self.bell.ring()
    }

    func miss(_ runs: some Sequence<RunID>) {
        self.mail.withLock { $0.missing += runs }
        self.bell.ring()
    }

    func leaveUnwritten(_ entries: [WorkerJournalEntry]) {
        self.mail.withLock { $0.unwritten += entries }
        self.bell.ring()
    }

    /// Makes the worker look at its slots.
    func wake() { self.bell.ring() }

    /// Waits until there is something to look at.
    func wait(atMost duration: Duration, on clock: any Clock<Duration>) async {
        await self.bell.wait(atMost: duration, on: clock)
    }

    /// The ends alone: what has ended does not keep anything from starting, even if it ends while slots are loaded.
    func takeEnded() -> [EndedAttempt] {
        self.mail.withLock { mail in
            defer { mail.ended.removeAll() }
            return mail.ended
        }
    }

    func take() -> Mail {
        self.mail.withLock { mail in
            defer { mail = Mail() }
            return mail
        }
    }
}

/// Attempts that a worker has taken over from one that is dead.
struct TakenOver: Sendable {
    let attempts: [AttemptKey]
    let predecessor: WorkerID
}

/// An attempt with which a worker has no more to do: its end is recorded, or it is another's.
package struct EndedAttempt: Sendable, Hashable {
    package let attempt: AttemptKey
    /// Whether the run waits for its next attempt.
    package let isRetried: Bool

    package var run: RunID { self.attempt.run }

    package init(attempt: AttemptKey, isRetried: Bool) {
        self.attempt = attempt
        self.isRetried = isRetried
    }
}
