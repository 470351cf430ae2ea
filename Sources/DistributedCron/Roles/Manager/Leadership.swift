import Logging

/// One term of a leader: carries out what ``LeaderCore`` decides.
struct Leadership: Sendable {
    /// For how many workers something is under way at a time.
    private static let width = 64

    let manager: Manager
    let token: LeaderToken
    private let members = Broadcast<[WorkerDescription]>()
    private let bell = Bell()

    init(manager: Manager, token: LeaderToken) {
        self.manager = manager
        self.token = token
    }

    /// Leads until another does.
    ///
    /// - Throws: ``CoordinatorError`` with code `sessionLost`; `CancellationError`.
    func run() async throws {
        self.manager.logger.info("Leading", metadata: [LoggingKeys.token: "\(self.token)"])
        let coordinator = self.manager.coordinator
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await present in coordinator.members() {
                    self.members.send(present)
                    self.bell.ring()
                }
            }
            group.addTask {
                for await _ in coordinator.changes() { self.bell.ring() }
            }
            group.addTask {
                for await state in coordinator.states() where state == .lost {
                    throw CoordinatorError(.sessionLost, message: "the manager's session was lost")
                }
            }
            group.addTask {
                try await self.lead()
                throw LedBefore()
            }
            do {
                // `waitForAll` would wait for the others after the first has failed, and cancel none of them.
                while try await group.next() != nil {}
            } catch is LedBefore {
                group.cancelAll()
            }
        }
    }

    /// Says that another leads now.
    private struct LedBefore: Error {}

    private func lead() async throws {
        var core = LeaderCore(
            grace: self.manager.configuration.grace,
            rebuildGrace: self.manager.configuration.rebuildGrace,
            incarnation: self.token.incarnation
        )
        var published: [WorkerID: Assignment] = [:]
        let beat = self.manager.configuration.beat
        var progress = ProgressWatch(
            limit: self.manager.configuration.stallLimit,
            pause: self.manager.configuration.stallPause,
            longestGap: beat * 2
        )
        // The dead that left nothing but runs show in the ledger alone, which is asked once a beat.
        var holders: Set<WorkerID> = []
        var askedAt: Duration?
        let stopwatch = Stopwatch(self.manager.clock)
        while true {
            try Task.checkCancellation()
            var pause = beat
            do {
                var failures = Failures()
                if let members = self.members.value {
                    let now = stopwatch.elapsed
                    let isTime = askedAt.map { now - $0 >= beat } ?? true
                    if isTime {
                        holders = try await self.manager.store.workersOfOpenRuns()
                        askedAt = now
                        // Before the look, which fails for as long as a single worker cannot be told something.
                        _ = try await failures.noting {
                            try await self.watchProgress(&progress, members, stopwatch)
                        }
                    }
                    let next = try await self.look(&core, &published, &holders, members, stopwatch)
                    if let next { pause = min(pause, max(.zero, next - stopwatch.elapsed)) }
                    if let askedAt { pause = min(pause, max(.zero, askedAt + beat - stopwatch.elapsed)) }
                }
                try failures.rethrow()
            } catch let error as JobStoreError where error.code == .fenced {
                self.manager.logger.info("Another leads", metadata: [LoggingKeys.token: "\(self.token)"])
                return
            } catch let error as CoordinatorError where error.code == .fenced {
                self.manager.logger.info("Another leads", metadata: [LoggingKeys.token: "\(self.token)"])
                return
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if Self.isUnanswered(error) { progress.interrupt() }
                self.manager.logger.warning("The leader could not do all its work", metadata: ["error": "\(error)"])
                pause = min(pause, .seconds(1))
            }
            try await self.manager.clock.sleep(for: self.manager.configuration.coalescing)
            await self.bell.wait(atMost: pause, on: self.manager.clock)
        }
    }

    /// Whether the coordination service has not answered, so that workers may have had no choice but to stand still.
    private static func isUnanswered(_ error: any Error) -> Bool {
        switch error {
        case let error as CoordinatorError: error.code == .unavailable
        case let error as TaskQueueError: error.code == .unavailable
        default: false
        }
    }

    /// Makes everything as it should be.
    ///
    /// - Returns: When to look again, if something is known to change by itself.
    private func look(
        _ core: inout LeaderCore,
        _ published: inout [WorkerID: Assignment],
        _ holders: inout Set<WorkerID>,
        _ members: [WorkerDescription],
        _ stopwatch: Stopwatch
    ) async throws -> Duration? {
        let queues = try await self.manager.queue.workers()
        // Asked after the queues: who has one has registered before, and would be taken for dead by an older list.
        let asked = stopwatch.elapsed
        let members = await self.membersNow() ?? members
        let answered = stopwatch.elapsed
        let found = try await self.manager.store.slots()
        let (known, withheld) = try await self.assignForgotten(&core, members, found, stopwatch)
        var slots = known
        func makePlan(_ core: inout LeaderCore) -> LeaderCore.Plan {
            core.plan(
                slots: slots,
                members: members,
                queues: queues,
                holders: holders,
                now: asked,
                absentFrom: answered
            )
        }
        var plan = makePlan(&core)
        // What the dead had is theirs until they have nothing to act under.
        if try await self.revoke(core.departures.unsettled(plan.departed), &core, stopwatch) { plan = makePlan(&core) }
        plan.withhold(withheld)
        slots.removeAll { withheld[$0.id] != nil }
        if !plan.owners.isEmpty {
            self.manager.logger.info("Moving slots", metadata: [LoggingKeys.slots: "\(plan.owners.count)"])
            let assigned = try await self.manager.store.assign(plan.owners, token: self.token)
            let changed = Dictionary(uniqueKeysWithValues: assigned.map { ($0.id, $0) })
            slots = slots.map { changed[$0.id] ?? $0 }
        }
        let assignments = LeaderCore.assignments(of: slots, members: members, token: self.token)
        // An owner finds the tasks of the dead in its queue no later than the slots that they belong to.
        var failures = Failures()
        _ = try await self.forEach(core.takenFromTheLiving(slots: slots, members: members), noting: &failures) {
            try await self.showClaims(of: $0.worker, in: $0.taken)
        }
        let owners = slots
        let buried = try await self.forEach(plan.departed, noting: &failures) {
            try await self.inherit(from: $0, slots: owners, members: members)
        }
        // Without those tasks nobody is told that a slot is its own.
        try failures.rethrow()
        let news = assignments.filter { published[$0.key] != $0.value }.sorted { $0.key < $1.key }
        // Before, because the worker may be told although the answer is lost.
        for (worker, assignment) in news { core.notePublished(assignment, for: worker) }
        let told = try await self.forEach(news, noting: &failures) {
            try await self.manager.coordinator.publish($0.value, for: $0.key)
        }
        for (worker, assignment) in told {
            published[worker] = assignment
            core.noteTold(assignment, to: worker)
        }
        if !members.isEmpty, members.allSatisfy({ published[$0.id] == assignments[$0.id] }) { core.noteAllTold() }
        for worker in buried {
            let isDone = try await failures.noting { try await self.announceDeath(of: worker, to: members) }
            guard isDone else { continue }
            published[worker] = nil
            holders.remove(worker)
            core.noteBuried(worker)
        }
        let syncs = core.syncs(for: slots, members: members).sorted { $0.key < $1.key }
        let synced = try await self.forEach(syncs, noting: &failures) {
            try await self.manager.queue.enqueue($0.value, for: $0.key)
        }
        let isSynced = Set(synced.map(\.key))
        for (worker, tasks) in syncs where !isSynced.contains(worker) { core.forget(tasks) }
        try failures.rethrow()
        return plan.lookAgain
    }

    /// Revokes the leases in the ledger of workers that are gone.
    ///
    /// - Returns: Whether there was anything to revoke.
    @discardableResult
    private func revoke(
        _ workers: Set<WorkerID>,
        _ core: inout LeaderCore,
        _ stopwatch: Stopwatch
    ) async throws -> Bool {
        let now = stopwatch.elapsed
        let asked = workers.filter { core.departures.end(of: $0).map { $0 <= now } ?? true }
        guard !asked.isEmpty else { return false }
        let revoked = try await self.manager.store.revokeConfirmations(of: asked, token: self.token)
        core.departures.note(revoked, at: stopwatch.elapsed)
        for (worker, confirmation) in revoked.sorted(by: { $0.key < $1.key })
        where core.departures.end(of: worker) != nil {
            self.manager.logger.info(
                "A worker that is gone may still go on by the ledger",
                metadata: [LoggingKeys.worker: "\(worker)", "for": "\(confirmation.remaining)"]
            )
        }
        return true
    }

    /// What went wrong with single workers while the others were looked after; it is tried again at the next look.
    private struct Failures {
        private var first: (any Error)?

        /// - Returns: Whether nothing went wrong.
        /// - Throws: What ends the term.
        mutating func noting(_ work: () async throws -> Void) async throws -> Bool {
            do {
                try await work()
                return true
            } catch {
                try self.note(error)
                return false
            }
        }

        /// - Throws: What ends the term.
        mutating func note(_ error: any Error) throws {
            if error is CancellationError { throw error }
            if let error = error as? CoordinatorError, error.code == .fenced || error.code == .sessionLost {
                throw error
            }
            self.first = self.first ?? error
        }

        func rethrow() throws {
            if let first = self.first { throw first }
        }
    }

    /// Does something for each of some workers, for many at a time: it is the answers that take long.
    ///
    /// - Returns: Those for whom it was done.
    /// - Throws: What ends the term.
    private func forEach<Element: Sendable>(
        _ elements: [Element],
        noting failures: inout Failures,
        _ work: @escaping @Sendable (Element) async throws -> Void
    ) async throws -> [Element] {
        var done: [Element] = []
        try await withThrowingTaskGroup(of: (Element, (any Error)?).self) { group in
            func begin(_ element: Element) {
                group.addTask {
                    do {
                        try await work(element)
                        return (element, nil)
                    } catch {
                        return (element, error)
                    }
                }
            }
            for element in elements.prefix(Self.width) { begin(element) }
            var rest = elements.dropFirst(Self.width)
            while let (element, problem) = try await group.next() {
                if let problem { try failures.note(problem) } else { done.append(element) }
                if let next = rest.popFirst() { begin(next) }
            }
        }
        return done
    }

    /// The registered workers; nil if the session is gone.
    private func membersNow() async -> [WorkerDescription]? {
        for await members in self.manager.coordinator.members() { return members }
        return nil
    }

    /// Assigns those slots again of which the ledger has forgotten the assignment.
    ///
    /// - Returns: All slots as they are now; and those that are nobody's yet, because who had them last is gone and may go on
    ///   by the ledger, which knows no more of that.
    private func assignForgotten(
        _ core: inout LeaderCore,
        _ members: [WorkerDescription],
        _ slots: [Slot],
        _ stopwatch: Stopwatch
    ) async throws -> (slots: [Slot], withheld: [SlotID: WorkerID]) {
        var owners = core.forgotten(in: slots, members: members)
        let departed = core.departedOwners(of: owners.keys, members: members)
        try await self.revoke(core.departures.unsettled(Array(departed.values)), &core, stopwatch)
        let unsettled = core.departures.unsettled(Array(departed.values))
        let withheld = departed.filter { unsettled.contains($0.value) }
        for slot in withheld.keys { owners[slot] = nil }
        guard !owners.isEmpty else { return (slots, withheld) }
        self.manager.logger.error(
            "The store has forgotten assignments, which are made again",
            metadata: [LoggingKeys.slots: "\(owners.count)"]
        )
        _ = try await self.manager.store.assign(owners, token: self.token, above: core.highestEpoch)
        return (try await self.manager.store.slots(), withheld)
    }

    /// Moves a dead worker's claims to the owners of their slots, and hands on what it was told of others.
    private func inherit(from departed: WorkerID, slots: [Slot], members: [WorkerDescription]) async throws {
        let owners = Dictionary(uniqueKeysWithValues: slots.map { ($0.id, $0.worker) })
        var claims: [WorkerID: [TaskID]] = [:]
        for task in try await self.manager.queue.pendingTasks(for: departed) {
            switch task {
            case .claim(let slot, _, _, _, _):
                if let owner = owners[slot] ?? nil { claims[owner, default: []].append(task.id) }
            case .adopt(let other):
                try await self.tell([.adopt(other)], to: members)
            case .sync:
                break
            }
        }
        for (owner, tasks) in claims.sorted(by: { $0.key < $1.key }) {
            try await self.manager.queue.move(tasks, from: departed, to: owner)
        }
    }

    /// Shows the claims that a living worker has in flight to the new owners of their slots: a store that has forgotten
    /// one would let them claim it again.
    private func showClaims(of worker: WorkerID, in taken: [SlotID: WorkerID]) async throws {
        for task in try await self.manager.queue.pendingTasks(for: worker) {
            guard case .claim(let slot, _, _, _, _) = task, let owner = taken[slot], owner != worker else { continue }
            try await self.manager.queue.enqueue([task], for: owner)
        }
    }

    /// Tells every worker that another is dead, and removes what is left of it.
    private func announceDeath(of departed: WorkerID, to members: [WorkerDescription]) async throws {
        self.manager.logger.info("A worker is dead", metadata: [LoggingKeys.worker: "\(departed)"])
        try await self.tell([.adopt(departed)], to: members)
        try await self.manager.coordinator.unpublish(departed)
        try await self.manager.queue.close(departed)
    }

    private func tell(_ tasks: [WorkerTask], to members: [WorkerDescription]) async throws {
        var failures = Failures()
        _ = try await self.forEach(members, noting: &failures) {
            try await self.manager.queue.enqueue(tasks, for: $0.id)
        }
        try failures.rethrow()
    }
}
