import DistributedCron

// What has to come right once nothing is wrong any more: V9, V13, V14.
extension Judge {
    /// Since when everything has to be accounted for, counted back from now: two sweeps.
    private static let slack: Int64 = 30
    /// How long something may be due in slots of a worker that claims nothing, while nothing else is wrong.
    static let standstill: Int64 = 120
    /// How long it takes until an end is recorded, or a claim is answered, when nothing is wrong.
    private static let wayOfAnAnswer = Duration.seconds(5)
    /// How long it takes until another attempt starts where one has ended, when nothing is wrong.
    private static let changeOfPlaces = Duration.seconds(1)
    /// How long it takes until the owner of a slot has heard of the end of a run that is another worker's: a sweep more.
    private static let wayOfAForeignEnd = Duration.seconds(5 + 15)
    /// The most messages that may wait in a queue when nothing is wrong; a claim's task stays while its runs go on.
    private static let queueLimit = 400

    /// Judges the slots of a cluster in which nothing has been wrong for as long as the bound says: each has a live owner,
    /// what was due two sweeps before is accounted for, and nobody who is gone has a queue.
    func checkSlots() async {
        guard let store = self.store, let ensemble = self.ensemble else { return }
        let registered = Set(ensemble.sessions.compactMap(\.worker))
        let slots = (try? await store.slots()) ?? []
        await self.checkDrains(of: slots, ensemble)
        for slot in slots {
            guard let owner = slot.worker else {
                self.violated("V13 convergence", "nobody owns slot \(slot.id)")
                continue
            }
            guard !registered.contains(owner) else { continue }
            self.violated("V13 convergence", "slot \(slot.id) is owned by \(owner), which is not registered")
        }
        self.checkWatermarks(slots, slack: Self.slack)
        for worker in (try? await ensemble.queue.workers()) ?? [] where !registered.contains(worker) {
            self.violated("V13 convergence", "there is a queue of \(worker), which is gone")
        }
    }

    /// Judges a cluster in which nothing has been wrong for so long that its runs have come to rest as well.
    func checkConvergence() async {
        guard let store = self.store, let ensemble = self.ensemble else { return }
        await self.checkSlots()
        let registered = Set(ensemble.sessions.compactMap(\.worker))
        for slot in (try? await store.slots()) ?? [] where slot.worker != nil {
            let contents = try? await store.contents(of: slot.id, after: .zero, limit: 100_000)
            self.checkOpen(contents?.open ?? [], registered)
        }
        await self.checkQueues(ensemble.queue)
    }

    /// Who drains has no slots, as long as there is anybody else.
    private func checkDrains(of slots: [Slot], _ ensemble: CoordinationService) async {
        let members = await ensemble.members()
        guard members.contains(where: { !$0.isDraining }) else { return }
        let draining = Set(members.lazy.filter(\.isDraining).map(\.id))
        for slot in slots {
            guard let owner = slot.worker, draining.contains(owner) else { continue }
            self.violated("V13 convergence", "slot \(slot.id) is owned by \(owner), which drains")
        }
    }

    /// Judges a cluster in which nothing has been wrong but that a worker has claimed nothing, for twice the time in which
    /// others have to get what is due in its slots: its leader sees that within the limit and a beat.
    func checkProgress() async {
        self.checkWatermarks((try? await self.store?.slots()) ?? [], slack: Self.standstill)
    }

    /// Every instant up to some seconds ago is accounted for, of the versions that are meant.
    func checkWatermarks(
        _ slots: [Slot],
        slack: Int64,
        of isMeant: (SlotID, JobVersion) -> Bool = { _, _ in true }
    ) {
        guard !slots.isEmpty else { return }
        let (jobs, order) = self.state.withLock { ($0.jobs, $0.jobOrder) }
        let end = Instant(floor: self.now) - slack
        for job in order where !self.state.withLock({ $0.forgotten.contains(job) }) {
            let slot = slots[SlotID(of: job, count: slots.count).index]
            let watermark = slot.accountedUntil
            for version in jobs[job]?.versions ?? [] where isMeant(slot.id, version) {
                let from = max(version.effectiveFrom, watermark + 1).epochSeconds
                let to = min(version.lastSecond, end).epochSeconds + 1
                guard to > from, let due = Self.instants(of: version, from: from, to: to),
                    let first = due.first(where: { !version.isPaused(at: Instant(epochSeconds: $0)) })
                else { continue }
                self.violated(
                    "V13 convergence",
                    "job \(job) has not been accounted for since \(Instant(epochSeconds: first))"
                )
                break
            }
        }
    }

    /// Every run that has not ended is under way, or waits for something that will come.
    private func checkOpen(_ open: [OpenRun], _ registered: Set<WorkerID>) {
        let executions = self.state.withLock { state in state.alive.values.joined().map { state.executions[$0] } }
        let alive = Set(executions.map(\.run)).union(self.justEnded(within: Self.wayOfAnAnswer))
        // Of these jobs the next run may be about to be claimed.
        let moving = Set(alive.union(self.justEnded(within: Self.wayOfAForeignEnd)).map(\.job))
        let permittedAt = self.state.withLock { $0.permittedAt }
        let recent = self.engine.now - Self.wayOfAnAnswer
        let age = Instant(floor: self.now) - Self.slack
        for run in open.map(\.run) {
            let siblings = open.filter { $0.run.id.job == run.id.job && $0.run.id != run.id }
            switch run.state {
            case .pending:
                let isWaiting = run.notBefore.map { $0 >= age } ?? false
                // Others in front of it, or one that is to be tried again.
                let isBlocked = siblings.contains { $0.run.state != .pending || $0.run.attempt > 0 }
                guard !isWaiting, !isBlocked, !moving.contains(run.id.job), run.id.scheduledAt < age else { continue }
                self.violated(
                    "V9 at least one",
                    "\(run.id) is pending (\(run.reason?.rawValue ?? "no reason")), and waits for nothing"
                )
            default:
                guard !alive.contains(run.id), run.id.scheduledAt < age, permittedAt[run.id] ?? .zero < recent
                else { continue }
                let isBusy = run.worker.map { registered.contains($0) } ?? false
                // One that has not started may wait for a free place.
                if isBusy, !self.hasStarted(AttemptKey(of: run)), self.placesInUse(of: run.worker) >= self.capacity {
                    continue
                }
                self.violated(
                    "V9 at least one",
                    "\(run.id) is \(run.state) by \(run.worker.map { "\($0)" } ?? "nobody") (registered: \(isBusy)), and nothing of it runs"
                )
            }
        }
    }

    /// How many places of a worker are taken, or were until just now and are about to be taken again.
    func placesInUse(of worker: WorkerID?) -> Int {
        let since = self.engine.now - Self.changeOfPlaces
        let recent = self.state.withLock { state in
            state.executions.filter { $0.worker == worker && ($0.end.map { $0 > since } ?? true) }
        }
        // Most were alive when one began, or at the beginning.
        let moments = [since] + recent.lazy.map(\.start).filter { $0 > since }
        return moments.map { moment in recent.count { $0.isAlive(at: moment) } }.max() ?? 0
    }

    /// The runs of attempts whose ends may still be on their way to the ledger.
    private func justEnded(within time: Duration) -> [RunID] {
        let since = self.engine.now - time
        return self.state.withLock { state in
            state.executions.filter { $0.end.map { $0 > since } ?? false }.map(\.run)
        }
    }

    private func hasStarted(_ attempt: AttemptKey) -> Bool {
        let fence = attempt.epoch.fence(attempt: attempt.number)
        return self.state.withLock { state in
            (state.byRun[attempt.run] ?? []).contains { state.executions[$0].fence == fence }
        }
    }

    /// No task is left whose work is recorded.
    private func checkQueues(_ queue: InMemoryTaskQueue) async {
        let age = Instant(floor: self.now) - 2 * Self.slack
        for worker in (try? await queue.workers()) ?? [] {
            let tasks = (try? await queue.pendingTasks(for: worker)) ?? []
            let messages = tasks.count { task in
                if case .claim = task { return false }
                return true
            }
            if messages > Self.queueLimit {
                self.violated("V14 bounded", "\(messages) messages wait in the queue of \(worker)")
            }
            for task in tasks {
                guard case .claim(_, _, _, _, let runs) = task else { continue }
                var isOver = true
                for key in runs where isOver {
                    guard let run = try? await self.store?.run(key.run) else { continue }
                    let end = run.finishedAt.map { Instant(ceiling: $0) } ?? run.id.scheduledAt
                    isOver = run.state.isTerminal && end < age
                }
                if isOver {
                    self.violated(
                        "V13 convergence",
                        "task \(task.id) of \(worker) was not consumed, and its runs are over"
                    )
                }
            }
        }
    }
}
