#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

/// The loop in which a worker decides: it alone knows the worker's slots, and it does one thing at a time.
struct ClaimLoop: Sendable {
    /// The most rows that one claiming transaction writes, beside the slots' own, unless one slot alone needs more.
    private static let rowLimit = 2_000
    /// The most jobs that are loaded at a time.
    static let loadLimit = 2_000
    /// From how many slots the first page is asked for at a time, so that the store and this worker are busy together.
    static let loadWidth = 4
    /// How often a refused claim is planned anew at once, as after a job was changed just then.
    private static let immediateRetries = 3
    /// In how many sweeps every slot is read again at least once: two minutes.
    private static let sweepsForAReview = 8
    /// For how long claims are planned by what was known when they began to be.
    private static let freshness = Duration.seconds(1)
    /// The wait before what failed or was refused is tried again.
    private static let retryPause = Duration.seconds(1)

    let worker: WorkerID
    let slotCount: Int
    let store: any JobStore
    let queue: any TaskQueue
    let scheduler: any Scheduler
    let configuration: WorkerConfiguration
    let clock: any Clock<Duration>
    let wallClock: any WallClock
    let logger: Logger
    let inbox: WorkerInbox
    let lease: WorkerLease
    let attempts: AttemptPool
    let journal: any WorkerJournal
    /// What the node's workers before this one have written down.
    let memory: WorkerMemory

    struct State {
        var board: SlotBoard
        var memory: WorkerMemory
        /// What is to be written down, and the permits that wait for that.
        var unwritten: [WorkerJournalEntry] = []
        var unlaunched: [LaunchPermit] = []
        /// Claims that the store has refused, until their slots are loaded again.
        var refused: [SlotID: SlotClaim] = [:]
        var outstanding = OutstandingClaims()
        /// Attempts that were taken over and have not ended, and the workers that have left them.
        var takenOver: [AttemptKey: WorkerID] = [:]
        /// Whether it is time to look whether the store still knows that.
        var isToHoldOn = false
        /// Tasks that wait to be put into the queue, to be taken out of it, or to be looked at again.
        var unfiled: [WorkerTask] = []
        /// Those of them that the queue was never asked to take.
        var unasked: Set<TaskID> = []
        var completed: [TaskID] = []
        var undecided: [TaskID: WorkerTask] = [:]
        /// Filed by this worker and not delivered to it yet.
        var own: Set<TaskID> = []
        /// Claims of other workers: of dead ones that were moved here, and of living ones whose slots were.
        var inherited: [TaskID: WorkerTask] = [:]
        /// Those that name a run which the store did not have, so that their slot is loaded once more.
        var missed: Set<TaskID> = []
        /// Slots that were this worker's and are to be looked at for runs that are to end, and for ends that the store has
        /// forgotten.
        var lookedBackAt: [SlotID] = []
        /// Slots that other workers are to look back at.
        var untold: [WorkerID: Set<SlotID>] = [:]
        /// When a share of the slots was last read again for no reason but the time.
        var reviewedAt: Duration?
        /// Whether too much waits for the coordination service to claim more without it.
        var isFull = false
        /// Whether something was refused and is worth another try soon.
        var isUnsettled = false
    }

    /// Decides until cancelled.
    ///
    /// - Throws: ``JournalError`` with code `failed`: nothing can be claimed any more.
    func run() async throws {
        var state = State(board: SlotBoard(handlers: self.configuration.handlers), memory: self.memory)
        let retry = min(Self.retryPause, self.configuration.sweep)
        while !Task.isCancelled {
            let mail = self.inbox.take()
            let pause: Duration
            do {
                try await self.step(&state, mail)
                pause = state.isUnsettled ? retry : self.pause(state)
                if let onRest = self.configuration.onRest, !state.isUnsettled { onRest(state.board.views) }
            } catch is CancellationError {
                return
            } catch let error as JournalError where error.code == .failed {
                throw error
            } catch {
                self.logger.warning("The worker could not do all its work", metadata: ["error": "\(error)"])
                pause = retry
            }
            self.noteOutageNeeds(state)
            await self.inbox.wait(atMost: pause, on: self.clock)
        }
    }

    /// How long nothing is to be done, unless something happens.
    private func pause(_ state: State) -> Duration {
        let next = state.board.nextWake
        guard next != .distantFuture else { return self.configuration.sweep }
        let seconds = next.date.timeIntervalSince(self.wallClock.now)
        // What is due and was not claimed just now has to wait for something else.
        return min(self.configuration.sweep, seconds > 0 ? .seconds(seconds) : Self.retryPause)
    }

    private func step(_ state: inout State, _ mail: WorkerInbox.Mail) async throws {
        state.isUnsettled = false
        self.takeIn(mail, &state)
        guard self.lease.isGood(under: .lease) else { return }
        self.review(&state)
        // What could not be written down is first: nothing more is claimed before.
        try await self.witness(&state)
        if state.isToHoldOn { try await self.holdOn(&state) }
        // Then what is over, which makes room in the queue.
        try await self.complete(&state)
        try await self.fileIfThereIsRoom(&state)
        try await self.load(&state)
        if self.mayClaim(&state) { try await self.claimTheDue(&state) }
        // What others have put there may be all that the queue is full of.
        try await self.settleTasks(&state)
        try await self.lookBack(&state)
        try await self.askOthers(&state)
    }

    /// Has a share of the slots read again once every sweep.
    private func review(_ state: inout State) {
        let now = self.lease.now
        guard now - (state.reviewedAt ?? now) >= self.configuration.sweep else {
            state.reviewedAt = state.reviewedAt ?? now
            return
        }
        state.board.reviewNext(share: Self.sweepsForAReview)
        let turn = state.board.lookBack(share: Self.sweepsForAReview)
        state.lookedBackAt += turn.filter { !state.lookedBackAt.contains($0) }
        state.isToHoldOn = true
        state.reviewedAt = now
    }

    private func takeIn(_ mail: WorkerInbox.Mail, _ state: inout State) {
        if let assignment = mail.assignment { state.board.assign(assignment.slots) }
        state.unwritten += mail.unwritten
        // The store may have forgotten more than these.
        state.board.distrust(mail.missing.map { SlotID(of: $0.job, count: self.slotCount) })
        for taken in mail.takenOver { self.takeIn(taken, &state) }
        self.takeIn(mail.ended, &state)
        for task in mail.tasks {
            switch task {
            case .sync(let slot, let epoch, let revision):
                state.board.sync(slot, epoch: epoch, revision: revision)
                // Its owner says that something is to be done about what this worker began there.
                if state.board.slot(slot) == nil, !state.lookedBackAt.contains(slot) { state.lookedBackAt.append(slot) }
            case .adopt(let departed): state.board.depart(departed)
            case .claim(let slot, _, _, let sequence, _):
                if state.own.remove(task.id) != nil { continue }
                state.inherited[task.id] = task
                // A claim that the store should know of, and does not: look again.
                if let known = state.board.slot(slot), known.claimSequence < sequence { state.board.distrust([slot]) }
            }
            state.undecided[task.id] = task
        }
        // The runs of an inherited claim may end elsewhere, if their slot has moved on.
        guard mail.isEmpty else { return }
        state.undecided.merge(state.inherited) { $1 }
        state.board.distrustForeign()
    }

    private func takeIn(_ ended: [EndedAttempt], _ state: inout State) {
        for end in ended {
            state.board.attemptEnded(end, slotCount: self.slotCount)
            state.memory.attemptEnded(end.attempt)
            state.takenOver[end.attempt] = nil
            state.completed += state.outstanding.attemptEnded(end.attempt)
        }
    }

    // MARK: Claiming

    private func claimTheDue(_ state: inout State) async throws {
        let uncertain = state.board.uncertain(at: Instant(floor: self.wallClock.now))
        if !uncertain.isEmpty {
            state.board.distrust(uncertain)
            try await self.load(&state)
        }
        // Once and not at each turn, so that what was due is all that is claimed here.
        self.takeIn(self.inbox.takeEnded(), &state)
        let start = self.lease.now
        var retries = Self.immediateRetries
        while self.lease.isGood(under: .lease), self.attempts.waitingCount < self.configuration.maximumWaiting {
            // Else an instant could be skipped because of a run that has ended while a call took its time.
            guard self.lease.now - start < Self.freshness else { return self.inbox.wake() }
            let due = state.board.plan(
                now: Instant(floor: self.wallClock.now),
                onlyOngoing: !self.lease.isValid
            )
            guard !due.isEmpty else { return }
            for batch in Self.batches(of: due) {
                try Task.checkCancellation()
                try await self.commit(batch, &state)
            }
            guard !state.board.stale.isEmpty else { continue }
            guard retries > 0 else { return state.isUnsettled = true }
            retries -= 1
            try await self.load(&state)
        }
    }

    /// Claims joined up to the limit of rows.
    private static func batches(of claims: [SlotClaim]) -> [[SlotClaim]] {
        var batches: [[SlotClaim]] = []
        var rows = 0
        for claim in claims {
            // The slot's own row counts too.
            if batches.isEmpty || rows + claim.rowCount + 1 > self.rowLimit {
                batches.append([])
                rows = 0
            }
            batches[batches.count - 1].append(claim)
            rows += claim.rowCount + 1
        }
        return batches
    }

    private func commit(_ batch: [SlotClaim], _ state: inout State) async throws {
        let outcomes: [ClaimOutcome]
        do {
            outcomes = try await self.store.claim(batch)
        } catch {
            // Whether anything was committed is unknown, so nothing is launched before the slots are loaded again.
            state.board.doubt(batch.map(\.slot))
            throw error
        }
        for (claim, outcome) in zip(batch, outcomes) {
            guard let committed = CommittedClaim(claim, outcome: outcome) else {
                state.board.distrust([claim.slot])
                state.refused[claim.slot] = claim
                continue
            }
            let orders = state.board.commit(committed)
            guard let slot = state.board.slot(claim.slot) else { continue }
            state.note(.claimed(claim, sequence: slot.claimSequence), at: self.wallClock.now)
            self.carryOut(orders, in: slot, &state)
        }
        try await self.witness(&state)
        try await self.file(&state)
    }

    /// Prepares the launch of what was permitted at a slot's claim sequence, makes the task that stands for it, and ends
    /// what is to end.
    func carryOut(_ orders: SlotOrders, in slot: Slot, _ state: inout State) {
        defer { for cancellation in orders.cancellations { self.attempts.cancel(cancellation) } }
        for worker in orders.elsewhere { state.untold[worker, default: []].insert(slot.id) }
        let permits = orders.permits
        guard !permits.isEmpty else { return }
        let runs = permits.map { AttemptKey(of: $0.run) }
        let task = WorkerTask.claim(
            slot: slot.id,
            worker: self.worker,
            epoch: slot.epoch,
            sequence: slot.claimSequence,
            runs: runs
        )
        _ = state.outstanding.add(task.id, attempts: runs)
        state.unfiled.append(task)
        state.unasked.insert(task.id)
        state.own.insert(task.id)
        state.note(.launching(runs), at: self.wallClock.now)
        state.unlaunched += permits
    }

    // MARK: Tasks

    /// Puts the tasks of committed claims into this worker's queue; a launch does not wait for it, and in an outage they
    /// wait.
    func file(_ state: inout State) async throws {
        guard !state.unfiled.isEmpty, !self.lease.isAway else { return }
        let (tasks, worker) = (state.unfiled, self.worker)
        state.unasked.removeAll()
        guard try await self.asking({ try await $0.enqueue(tasks, for: worker) }) != nil else { return }
        state.unfiled.removeAll()
    }

    /// The same, but for tasks that find no room: until they do, nothing more is to be claimed.
    func fileIfThereIsRoom(_ state: inout State) async throws {
        do {
            try await self.file(&state)
        } catch let error as TaskQueueError where error.code == .full {
            state.isUnsettled = true
        }
    }

    /// Decides which of the tasks that were delivered are done.
    private func settleTasks(_ state: inout State) async throws {
        for task in state.undecided.values.sorted(by: { $0.id < $1.id }) {
            switch task {
            case .sync(let slot, _, _):
                guard !state.board.stale.contains(slot) else { continue }
                state.completed.append(task.id)
            case .adopt(let departed):
                guard state.board.stale.isEmpty else { continue }
                state.board.forget(departed)
                state.completed.append(task.id)
            case .claim(let slot, _, _, _, let runs):
                try await self.follow(task.id, runs, in: slot, &state)
            }
            state.undecided[task.id] = nil
        }
        try await self.complete(&state)
    }

    /// Takes the tasks whose work is recorded out of the queue.
    func complete(_ state: inout State) async throws {
        guard !state.completed.isEmpty else { return }
        // Runs may be over before their task could be filed; then it never has to be.
        self.dropNeedless(&state)
        let (tasks, worker) = (state.completed, self.worker)
        guard !tasks.isEmpty, try await self.asking({ try await $0.complete(tasks, for: worker) }) != nil else {
            return
        }
        for task in state.completed { state.inherited[task] = nil }
        state.completed.removeAll()
    }

    /// Has other workers look at slots that were theirs, for runs that are to end.
    private func askOthers(_ state: inout State) async throws {
        for (worker, slots) in state.untold.sorted(by: { $0.key < $1.key }) {
            let tasks = slots.sorted().compactMap { id in
                state.board.slot(id).map { WorkerTask.sync(slot: id, epoch: $0.epoch, revision: $0.revision) }
            }
            do {
                guard try await self.asking({ try await $0.enqueue(tasks, for: worker) }) != nil else { return }
            } catch let error as TaskQueueError where error.code == .notFound {
                // It is gone, and whoever adopts its runs sees that they are to end.
            }
            state.untold[worker] = nil
        }
    }

    /// Waits for those runs of an inherited claim that have not ended.
    private func follow(
        _ task: TaskID,
        _ runs: [AttemptKey],
        in slot: SlotID,
        _ state: inout State
    ) async throws {
        let isLoaded = state.board.slot(slot) != nil && !state.board.stale.contains(slot)
        var open: [AttemptKey] = []
        for key in runs {
            let run = try await self.store.run(key.run)
            if run == nil {
                // The store may have forgotten it, and the task tells of it: that is for the slot's owner to put right.
                guard isLoaded else { return }
                // It may have done so since the slot was loaded. If not, the run was there long ago.
                guard !state.missed.insert(task).inserted else { return state.board.distrust([slot]) }
            }
            if let run, !run.state.isTerminal { open.append(AttemptKey(of: run)) }
        }
        state.missed.remove(task)
        guard state.outstanding.add(task, attempts: open) else { return }
        state.inherited[task] = nil
        state.completed.append(task)
    }
}
