import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// What the jobs themselves see: V5 to V8, V12, V14 and V17.
extension Judge {
    /// By how much a node's clock may be ahead of the store's when it claims.
    private static let tolerance = 1.5
    /// How long what stood still may go on before it is stopped.
    static let residue = Duration.milliseconds(1_050)

    /// A job's process starts.
    ///
    /// - Returns: The execution's number.
    func starting(_ order: AttemptOrder, by worker: WorkerID, on node: String) async -> Int {
        let run = try? await self.store?.run(order.run)
        let definition = run.flatMap { run in
            self.state.withLock { $0.jobs[order.run.job]?.versions.last { $0.number == run.version }?.definition }
        }
        let policies = definition?.policies ?? JobPolicies(concurrency: .allow)
        let now = self.engine.now
        self.trace { "\(node): \(order.run) attempt \(order.attempt) starts, fence \(order.fence)" }
        self.hash(order.run, order.attempt, 0)
        self.engine.trace(node)
        let (number, earlier, others, failures, policy) = self.state.withLock { state in
            let execution = Execution(
                run: order.run,
                attempt: order.attempt,
                fence: order.fence,
                node: node,
                worker: worker,
                start: now,
                policies: policies,
                timeout: order.timeout,
                onLapse: definition?.policies.onLapse ?? order.onLapse,
                onOutage: definition?.policies.onOutage ?? order.onOutage
            )
            let number = state.executions.count
            state.executions.append(execution)
            let policy = execution.onOutage
            let earlier = (state.byRun[order.run] ?? []).map { state.executions[$0] }.filter {
                !state.isUnwitnessed($0, for: order, on: node, at: now)
            }
            let others = (state.alive[order.run.job] ?? []).sorted().map { state.executions[$0] }
                .filter { !state.frozen.contains($0.node) && !state.isUnwitnessed($0, for: order, on: node, at: now) }
            state.byRun[order.run, default: []].append(number)
            state.alive[order.run.job, default: []].insert(number)
            // What was put back after the store had forgotten it tells of failures too.
            let slot = SlotID(of: order.run.job, count: state.slots.count)
            let restored = state.regressed.contains(slot) ? run?.failures ?? 0 : 0
            return (number, earlier, others, max(restored, state.failures[order.run] ?? 0), policy)
        }
        self.checkCapacity(of: worker)
        guard !self.isExcused(order.run) else { return number }
        self.checkLease(of: worker, policy)
        self.checkLedger(run, order, node)
        if let run, let definition { self.checkDefinition(definition, of: run, order, node) }
        // What stood still between asking for its lease and starting is ended at once, and harms nobody for longer.
        let isResidue = self.isLapsed(worker, policy)
        for other in others where other.run == order.run && !isResidue {
            self.violated(
                "V6 sequential attempts",
                "\(order.run) starts on \(node) beside attempt \(other.attempt) on \(other.node)"
            )
        }
        // Retries of attempts whose failure was recorded are wanted even of a job that must not start twice.
        if policies.recovery == .atMostOnce, earlier.count > failures {
            self.violated(
                "V5 at most one start",
                "\(order.run) starts on \(node) and has started on \(earlier[0].node)"
            )
        }
        if let last = earlier.last, last.fence >= order.fence, !isResidue {
            self.violated("V6 sequential attempts", "\(order.run) starts with fence \(order.fence) after \(last.fence)")
        }
        // Between a version that allows it and one that does not, an edit decides, and nobody is harmed.
        if policies.concurrency != .allow, !isResidue {
            for other in others where other.run != order.run && other.policies.concurrency != .allow {
                self.violated("V7 no overlap", "\(order.run) starts on \(node) beside \(other.run) on \(other.node)")
            }
        }
        return number
    }

    /// A worker starts no more than it has places for; what it has taken over runs whether there is room or not.
    private func checkCapacity(of worker: WorkerID) {
        let count = self.state.withLock { state in
            state.alive.values.joined().count {
                state.executions[$0].worker == worker && !state.executions[$0].isTakenOver
            }
        }
        guard count > self.capacity else { return }
        self.violated(
            "V14 bounded",
            "\(count) attempts run that \(worker) has started, which has \(self.capacity) places"
        )
    }

    private func checkLedger(_ run: Run?, _ order: AttemptOrder, _ node: String) {
        let key = AttemptKey(run: order.run, number: order.attempt, epoch: Epoch(fence: order.fence))
        if !self.state.withLock({ $0.permitted.contains(key) }) {
            self.violated(
                "V8 no phantom",
                "\(order.run) starts on \(node), and no claim of attempt \(order.attempt) was committed"
            )
        }
        if let run, AttemptKey(of: run) == key, run.state.isTerminal {
            self.violated("V8 no phantom", "\(order.run) starts on \(node), and the ledger says \(run.state)")
        }
        let early = order.run.scheduledAt.date.timeIntervalSince(self.now)
        if early > Self.tolerance {
            self.violated("V8 no phantom", "\(order.run) starts on \(node) \(early) s before its instant")
        }
    }

    /// What starts is what the version of its run says, and the user who has asked for it.
    private func checkDefinition(_ definition: JobDefinition, of run: Run, _ order: AttemptOrder, _ node: String) {
        // A run that was put back without its row may be under another version than its own.
        guard !self.hasForgotten(run.id) else { return }
        var right = order
        right.executable = definition.executable
        right.timeout = definition.policies.timeout
        right.killGrace = definition.policies.killGrace
        right.environment = definition.environment.merging(run.request?.environment ?? [:]) { $1 }
        right.workingDirectory = definition.workingDirectory
        right.onLapse = definition.policies.onLapse
        right.onOutage = definition.policies.onOutage
        right.mayRepeat = definition.policies.recovery == .rerun
        guard order != right else { return }
        self.violated("V12 old definition", "\(order.run) of version \(run.version) starts on \(node) as \(order)")
    }

    /// A job's process has ended.
    func ended(_ number: Int, _ exit: ProcessTable.Exit) {
        let now = self.engine.now
        let execution = self.state.withLock { state in
            state.executions[number].end = now
            state.executions[number].exit = exit
            state.alive[state.executions[number].run.job]?.remove(number)
            return state.executions[number]
        }
        self.trace { "\(execution.node): \(execution.run) attempt \(execution.attempt) ends: \(exit)" }
        let bits =
            switch exit {
            case .code(let code): 1 << 32 | UInt64(UInt32(bitPattern: code))
            case .signal(let number): 2 << 32 | UInt64(UInt32(bitPattern: number))
            }
        self.hash(execution.run, execution.attempt, bits)
    }

    /// Has the trace's hash stand for something that happened to an attempt; as numbers, because text takes longer.
    private func hash(_ run: RunID, _ attempt: Int, _ event: UInt64) {
        let job = run.job.rawValue
        self.engine.trace(UInt64(truncatingIfNeeded: job >> 64))
        self.engine.trace(UInt64(truncatingIfNeeded: job))
        self.engine.trace(UInt64(bitPattern: run.scheduledAt.epochSeconds) ^ run.trigger.rawValue)
        self.engine.trace(UInt64(attempt) << 40 ^ event)
    }

    /// A node stands still, and with it whatever runs there: nothing of that is beside anything else.
    func froze(_ node: String) {
        let now = self.engine.now
        self.state.withLock { state in
            state.frozen.insert(node)
            state.freezes.append(Freeze(node: node, start: now))
        }
    }

    /// A node goes on; what was replaced meanwhile has a moment in which to be stopped.
    func thawed(_ node: String) {
        let now = self.engine.now
        self.state.withLock { state in
            guard let last = state.freezes.lastIndex(where: { $0.node == node }) else { return }
            state.freezes[last].end = now
        }
        self.engine.after(Self.residue) {
            let late = self.state.withLock { state in
                state.frozen.remove(node)
                let alive = state.alive.values.joined().sorted().map { state.executions[$0] }
                return alive.filter { $0.node == node }.compactMap { execution in
                    alive.first { $0.start > execution.start && Self.excludes($0, execution) }.map { (execution, $0) }
                }
            }
            for (execution, other) in late where !self.isExcused(execution.run) {
                self.violated(
                    other.run == execution.run ? "V6 sequential attempts" : "V7 no overlap",
                    "\(execution.run) goes on on \(node) after a freeze, beside \(other.run) on \(other.node)"
                )
            }
            self.checkOutlived(on: node)
        }
    }

    /// Whether two executions must not be alive at once.
    private static func excludes(_ one: Execution, _ other: Execution) -> Bool {
        one.run == other.run
            || (one.run.job == other.run.job && one.policies.concurrency != .allow
                && other.policies.concurrency != .allow)
    }

    /// An attempt's end is about to be recorded: nothing of it may be left.
    func checkGone(_ attempts: [Attempt]) {
        for attempt in attempts {
            let alive = self.state.withLock { state in
                (state.alive[attempt.run.job] ?? []).map { state.executions[$0] }.first {
                    $0.run == attempt.run && $0.attempt == attempt.number
                        && $0.fence == attempt.epoch.fence(attempt: attempt.number)
                }
            }
            guard let alive else { continue }
            self.violated(
                "V17 no leak",
                "the end of \(alive.run) is recorded, and its process on \(alive.node) is alive"
            )
        }
    }

    /// Whether the store has forgotten something of a slot, so that its rows may lag behind what was acknowledged.
    func hasForgotten(_ slot: SlotID) -> Bool { self.state.withLock { $0.regressed.contains(slot) } }

    /// Whether the store has forgotten something of a run's job, so that nobody could have known better.
    func isExcused(_ run: RunID) -> Bool { self.state.withLock { $0.forgotten.contains(run.job) } }
}

extension Judge.State {
    /// Within what time a leader looks at all slots, one that has to be elected first included.
    private static let leaderLook = Duration.seconds(60)

    /// Whether a node that starts an attempt could not know of an execution, because the store has forgotten its claim, or
    /// its end and with it that it was started.
    ///
    /// - Its task was not filed yet when the slot was given away, or went with the ensemble.
    /// - Its task was consumed when the end was recorded, which the store has forgotten too and another node's journal has.
    /// - Its worker went on by a lease in the ledger of which the store has forgotten all that it knew.
    /// - It was taken over, which the store has forgotten, and its worker has not looked at it again yet.
    /// - The assignment that it was claimed under was forgotten too, and the owner before that has not heard of it: until
    ///   the leader has looked again.
    fileprivate func isUnwitnessed(
        _ execution: Execution,
        for order: AttemptOrder,
        on node: String,
        at now: Duration
    ) -> Bool {
        let epoch = Epoch(fence: execution.fence)
        let key = AttemptKey(run: execution.run, number: execution.attempt, epoch: epoch)
        if execution.onOutage == .lease, self.forgottenLeases.contains(execution.worker) { return true }
        if let forgotten = self.forgottenTakeOvers[key], now - forgotten <= Self.leaderLook { return true }
        let isOver = self.consumed.contains(key) && execution.end != nil && execution.node != node
        if self.forgottenEnds.contains(key), isOver { return true }
        guard self.forgottenClaims.contains(key) else { return false }
        guard let filedAt = self.filed[key] else { return true }
        let movedAt = self.movedAt[SlotID(of: execution.run.job, count: self.slots.count)]
        if epoch < Epoch(fence: order.fence), let movedAt, filedAt > movedAt { return true }
        if self.rebuiltAt.map({ $0 > execution.start }) ?? false { return true }
        guard execution.node != node else { return false }
        if isOver { return true }
        let wasJustForgotten = self.forgotAt.map { now - $0 <= Self.leaderLook } ?? false
        return wasJustForgotten && order.fence >> 16 < execution.fence >> 16
    }
}
