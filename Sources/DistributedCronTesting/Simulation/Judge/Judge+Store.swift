import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// What the store's rows go through: V2, V3, V4 with `Judge+Fencing`, V11 and V15; V9 where it is written.
extension Judge {
    /// The rows that a write is about, as they were before it.
    struct Before: Sendable {
        var runs: [RunID: Run] = [:]
        /// The runs that have not ended, of the jobs of which a claim ends some or wants them to.
        var open: [JobID: [Run]] = [:]
    }

    func before(_ change: StoreChange) async -> Before {
        var before = Before()
        before.open = self.noteOpen(before: change)
        switch change {
        case .record(let starts, let ends):
            self.checkGone(ends)
            let runs = Set(starts.keys.map(\.run)).union(ends.map(\.run))
            for run in runs { before.runs[run] = try? await self.store?.run(run) }
        case .adoption(let adoptions, _, _, _):
            for adoption in adoptions { before.runs[adoption.after.id] = try? await self.store?.run(adoption.after.id) }
        case .restoration(let restoration):
            for run in restoration.runs { before.runs[run.id] = try? await self.store?.run(run.id) }
        case .marks(let keys), .takeOver(let keys, _, _):
            for key in keys { before.runs[key.run] = try? await self.store?.run(key.run) }
        default:
            break
        }
        return before
    }

    /// Judges a write that has succeeded.
    func after(_ change: StoreChange, _ before: Before) async {
        let slots = (try? await self.store?.slots()) ?? []
        let known = self.state.withLock { state in
            defer { state.slots = slots }
            return state.slots
        }
        self.state.withLock { $0.doomed?.formUnion(change.slots(of: slots.count)) }
        self.checkMonotone(known, slots)
        switch change {
        case .job(let id): await self.noteVersion(of: id)
        case .creation(let id, let key): await self.noteCreation(of: id, key: key)
        case .claims(let claims): await self.checkClaims(claims, known, slots, before)
        case .assignment(let owners, let token): self.traceAssignment(owners, token)
        case .confirmation(let worker): self.noteLeaseRows([worker])
        case .revocation(let workers):
            self.trace { "store: the leases of \(workers.sorted()) are revoked" }
            self.noteLeaseRows(workers)
        case .record(let starts, let ends):
            await self.checkStarts(starts, ends, before)
            await self.checkEnds(ends, starts, before)
        case .restoration(let restoration):
            self.trace {
                "store: \(restoration.worker) restores slot \(restoration.slot) from \(restoration.from) to \(restoration.to): \(restoration.runs.map { "\($0.id) \($0.state)" })"
            }
            await self.checkOwner(of: restoration, known, slots, before)
            await self.notePermits(ofRestored: restoration.runs)
            await self.checkRestored(restoration)
        case .adoption(let adoptions, let slot, let worker, let epoch):
            let runs = adoptions.map(\.after.id)
            if await self.hasChanged(slot, runs, known, slots, before) {
                self.checkOwner(of: slot, worker, epoch, known, "an adoption")
            }
            await self.noteAdoptions(adoptions, in: slot)
        case .marks(let keys): await self.checkMarks(keys, before)
        case .takeOver(let keys, let predecessor, let worker):
            await self.checkTakeOver(keys, from: predecessor, by: worker, before)
        case .request, .other: break
        }
    }

    /// What the judge knows of the store at a moment.
    struct Memory: Sendable {
        let jobs: [JobID: JobHistory]
        let order: [JobID]
        let slots: [Slot]
        let permitted: Set<AttemptKey>
        let ended: Set<AttemptKey>
        let takenOver: Set<AttemptKey>
        let created: [String: JobID]
        let leaseRows: Set<WorkerID>
    }

    func memorize() -> Memory {
        self.state.withLock { state in
            state.doomed = []
            return Memory(
                jobs: state.jobs,
                order: state.jobOrder,
                slots: state.slots,
                permitted: state.permitted,
                ended: state.ended,
                takenOver: state.takenOver,
                created: state.created,
                leaseRows: state.leaseRows
            )
        }
    }

    /// The store is what it was; what was acknowledged meanwhile is not held against it.
    func forget(sinceThen memory: Memory) {
        self.trace { "store: forgets its last commits" }
        let now = self.engine.now
        self.state.withLock { state in
            state.forgotAt = now
            for job in state.jobOrder where state.jobs[job] != memory.jobs[job] { state.forgotten.insert(job) }
            state.regressed.formUnion(state.doomed ?? [])
            state.forgottenClaims.formUnion(state.permitted.subtracting(memory.permitted))
            state.forgottenEnds.formUnion(state.ended.subtracting(memory.ended))
            state.ended = memory.ended
            for key in state.takenOver.subtracting(memory.takenOver) { state.forgottenTakeOvers[key] = now }
            state.takenOver = memory.takenOver
            state.doomed = nil
            state.jobs = memory.jobs
            state.jobOrder = memory.order
            state.slots = memory.slots
            state.created = memory.created
            state.forgottenLeases.formUnion(state.leaseRows.subtracting(memory.leaseRows))
            state.leaseRows = memory.leaseRows
        }
    }

    private func checkMonotone(_ before: [Slot], _ after: [Slot]) {
        let limit = Instant(ceiling: self.now + 1)
        let now = self.engine.now
        for (old, new) in zip(before, after) where old != new {
            if new.epoch > old.epoch { self.state.withLock { $0.movedAt[new.id] = now } }
            if new.accountedUntil < old.accountedUntil || new.epoch < old.epoch || new.revision < old.revision
                || new.claimSequence < old.claimSequence
            {
                self.violated("V2 monotone", "slot \(new.id) went from \(old) to \(new)")
            }
            if new.accountedUntil > limit {
                self.violated("V2 monotone", "slot \(new.id) is accounted until \(new.accountedUntil)")
            }
            if new.leaderToken < old.leaderToken {
                self.violated(
                    "V15 leader safe",
                    "slot \(new.id) was written by leader \(new.leaderToken) after \(old.leaderToken)"
                )
            }
            if new.worker != old.worker, new.epoch == old.epoch {
                self.violated("V3 sole owner", "slot \(new.id) changed hands in epoch \(new.epoch)")
            }
        }
    }

    /// One idempotency key makes one job, however often the request is repeated.
    private func noteCreation(of id: JobID, key: String?) async {
        await self.noteVersion(of: id)
        guard let key, self.state.withLock({ $0.jobs[id] != nil }) else { return }
        let first = self.state.withLock { state in
            defer { state.created[key] = state.created[key] ?? id }
            return state.created[key]
        }
        guard let first else { return }
        self.violated("V10 durable", "the key \(key) has made job \(id) after it had made job \(first)")
    }

    /// Takes over the current version of a job.
    private func noteVersion(of id: JobID) async {
        guard let job = try? await self.store?.job(id) else { return }
        self.trace {
            "store: job \(id) is in version \(job.version.number) from \(job.version.effectiveFrom): \(job.definition.schedule.text) \(job.definition.schedule.zone.name), pause \(job.version.pause.map { "\($0)" } ?? "none")"
        }
        let known = self.state.withLock { $0.jobs[id]?.versions.last?.number }
        // What lies before now belongs to the version before, whether it is accounted for yet or not.
        if known != job.version.number, job.version.effectiveFrom < Instant(ceiling: self.now) {
            self.violated(
                "V1 accounted",
                "version \(job.version.number) of job \(id) begins at \(job.version.effectiveFrom), before it was written"
            )
        }
        self.state.withLock { state in
            if state.jobs[id] == nil {
                state.jobs[id] = JobHistory()
                state.jobOrder.append(id)
            }
            let last = (state.jobs[id]?.versions.count ?? 0) - 1
            if last >= 0, state.jobs[id]?.versions[last].number == job.version.number {
                state.jobs[id]?.versions[last] = job.version
            } else {
                if last >= 0, let version = state.jobs[id]?.versions[last] {
                    let end = max(version.effectiveFrom, job.version.effectiveFrom)
                    state.jobs[id]?.versions[last].effectiveTo = min(version.effectiveTo ?? .distantFuture, end)
                }
                state.jobs[id]?.versions.append(job.version)
            }
            state.jobs[id]?.isRemoved = job.progress.isRemoved
        }
    }

    private func checkClaims(_ claims: [SlotClaim], _ before: [Slot], _ after: [Slot], _ rows: Before) async {
        guard !before.isEmpty else { return }
        for claim in claims {
            let (old, new) = (before[claim.slot.index], after[claim.slot.index])
            guard new.claimSequence != old.claimSequence else { continue }
            self.trace {
                "store: \(claim.worker) claims slot \(claim.slot) epoch \(claim.epoch) from \(claim.from) to \(claim.to): \(claim.runs.map { "\($0.id) \($0.state)" }) gaps \(claim.gaps.count) taken \(claim.taken.map { "\($0.id) \($0.state)" })"
            }
            guard old.worker == claim.worker, old.epoch == claim.epoch, old.revision == claim.revision,
                old.accountedUntil == claim.from
            else {
                self.violated(
                    "V3 sole owner",
                    "a claim of \(claim.worker) in epoch \(claim.epoch), revision \(claim.revision), from \(claim.from) was written over \(old)"
                )
                continue
            }
            self.checkReasons(of: claim, over: rows.open)
            self.notePermits(of: (claim.runs + claim.taken).filter { $0.state == .claimed })
            for end in claim.versionEnds { await self.noteVersion(of: end.job) }
        }
    }

    /// The attempts of runs may be launched now.
    private func notePermits(of runs: [Run]) {
        let now = self.engine.now
        self.state.withLock { state in
            for run in runs {
                state.permitted.insert(AttemptKey(of: run))
                state.permittedAt[run.id] = now
            }
        }
    }

    /// What was put back as claimed, because nobody had launched it, may be launched.
    private func notePermits(ofRestored runs: [Run]) async {
        for restored in runs where restored.state == .claimed {
            guard let run = try? await self.store?.run(restored.id), run == restored else { continue }
            self.notePermits(of: [run])
        }
    }

    /// What was put back has happened; failures that nobody could record before count from now on.
    private func checkRestored(_ restoration: SlotRestoration) async {
        for attempt in restoration.attempts { self.checkTruth(of: attempt) }
        self.checkReasons(of: restoration)
        for restored in restoration.runs {
            guard let run = try? await self.store?.run(restored.id) else { continue }
            self.state.withLock { state in
                let ended = (state.byRun[run.id] ?? []).filter { state.executions[$0].end != nil }.count
                state.failures[run.id] = max(state.failures[run.id] ?? 0, min(run.failures, ended))
            }
        }
    }

    private func noteAdoptions(_ adoptions: [RunAdoption], in slot: SlotID) async {
        for adoption in adoptions {
            let adopted = adoption.after
            guard let run = try? await self.store?.run(adopted.id), run.epoch == adopted.epoch else { continue }
            self.trace {
                "store: \(adopted.worker.map { "\($0)" } ?? "nobody") adopts \(run.id) in slot \(slot) as attempt \(run.attempt), \(run.state)"
            }
            self.checkGrace(adoption)
            if run == adopted { self.checkReason(of: adoption) }
            self.notePermits(of: [run])
        }
    }

    private func traceAssignment(_ owners: [SlotID: WorkerID], _ token: LeaderToken) {
        self.trace {
            "store: leader \(token) assigns \(owners.sorted { $0.key < $1.key }.map { "\($0.key) to \($0.value)" })"
        }
    }

    private func checkEnds(_ ends: [Attempt], _ starts: [AttemptKey: Date], _ before: Before) async {
        for end in ends {
            guard let old = before.runs[end.run], let new = try? await self.store?.run(end.run) else { continue }
            self.trace {
                "store: \(end.worker) records \(end.run) attempt \(end.number): \(end.report.outcome); the run is \(new.state)"
            }
            if new.state == .pending, new.failures > old.failures, end.report.startedAt != nil {
                self.state.withLock { $0.failures[end.run, default: 0] += 1 }
            }
            self.checkTruth(of: end)
            let key = AttemptKey(of: end)
            if key == AttemptKey(of: old), new != old {
                self.checkReason(of: end, old, new)
                self.state.withLock { state in
                    state.ended.insert(key)
                    state.forgottenEnds.remove(key)
                }
            }
            // The start or the end of the run's present attempt may come with the end of an earlier one.
            let present = AttemptKey(of: old)
            let isCurrent = starts[present] != nil || ends.contains { AttemptKey(of: $0) == present }
            if !isCurrent, new != old {
                self.violated(
                    "V4 fenced",
                    "the end of attempt \(end.number) in epoch \(end.epoch) changed \(old) to \(new)"
                )
            }
        }
    }

    /// A mark changes nothing but the run whose attempt it is of.
    private func checkMarks(_ keys: [AttemptKey], _ before: Before) async {
        for key in keys {
            guard let old = before.runs[key.run], let new = try? await self.store?.run(key.run), new != old,
                !keys.contains(AttemptKey(of: old)) || old.state != .claimed
            else { continue }
            self.violated("V4 fenced", "the mark of \(key) changed \(old) to \(new)")
        }
    }

    /// Tasks were put into a queue.
    func filed(_ tasks: [WorkerTask]) {
        let now = self.engine.now
        self.state.withLock { state in
            for case .claim(_, _, _, _, let attempts) in tasks {
                for attempt in attempts where state.filed[attempt] == nil { state.filed[attempt] = now }
            }
        }
    }

    /// A claim's task is removed only when the work that it stands for is recorded.
    func completing(_ tasks: [TaskID], in queue: [WorkerTask]) async {
        let completed = Set(tasks)
        for task in queue where completed.contains(task.id) {
            guard case .claim(let slot, _, _, _, let runs) = task else { continue }
            self.state.withLock { $0.consumed.formUnion(runs) }
            for key in runs {
                guard let run = try? await self.store?.run(key.run), !self.hasForgotten(slot) else { continue }
                let isCurrent = run.attempt == key.number && run.epoch == key.epoch
                guard isCurrent, !run.state.isTerminal, run.state != .pending else { continue }
                self.violated(
                    "V11 consume after record",
                    "task \(task.id) of slot \(slot) is removed, and \(key.run) is \(run.state)"
                )
            }
        }
    }
}

extension StoreChange {
    /// The slots whose rows, or whose jobs' rows, are written.
    func slots(of count: Int) -> Set<SlotID> {
        switch self {
        case .job(let job), .creation(let job, _), .request(let job): [SlotID(of: job, count: count)]
        case .assignment(let owners, _): Set(owners.keys)
        case .claims(let claims): Set(claims.map(\.slot))
        case .adoption(_, let slot, _, _): [slot]
        case .restoration(let restoration): [restoration.slot]
        case .marks(let keys), .takeOver(let keys, _, _): Set(keys.map { SlotID(of: $0.run.job, count: count) })
        case .record(let starts, let ends):
            Set((starts.keys.map(\.run) + ends.map(\.run)).map { SlotID(of: $0.job, count: count) })
        case .confirmation, .revocation, .other: []
        }
    }
}
