import DistributedCron

// What follows when nothing is wrong any more.
extension SimulatedCluster {
    /// How long a cluster is left alone: until the slots have their owners again, and runs, which may need their own length,
    /// their turn in a queue, and retries, have come to rest.
    private static let recovery = Duration.seconds(305)
    /// How long a worker waits for others to put back what the store has forgotten, before it records or begins anything
    /// else (`WorkerInbox`).
    private static let patience = Duration.seconds(60)

    /// Makes everything right that was wrong.
    func heal() {
        self.faults.heal()
        self.store.isReadOnly = false
        self.store.forgetNow()
        if !self.store.server.isUp { self.store.server.comeUp() }
        if !self.ensemble.server.isUp { self.ensemble.regainQuorum() }
        for node in self.nodes {
            for link in node.links { link.condition = Link.Condition() }
            node.isDiskFull = false
            node.wallClock.offset = .zero
            node.process?.stop(at: nil)
        }
    }

    /// Lets the cluster recover, from when nothing is wrong any more, and judges it if liveness is: the slots as soon as
    /// they have to be right, and the runs when they have had their time.
    ///
    /// - Throws: `CancellationError`, and nothing more is judged then.
    func recover(_ plan: SimulationPlan) async throws {
        guard plan.mode == .liveness else { return try await self.engine.sleep(for: Self.recovery) }
        let bound = min(self.bound, Self.recovery)
        self.judge.trace { "judge: slots have to be right in \(bound)" }
        try await self.engine.sleep(for: bound)
        await self.judge.checkSlots()
        try await self.engine.sleep(for: Self.recovery - bound)
        await self.judge.checkConvergence()
        let now = self.engine.now
        self.recoveredAt.withLock { $0 = now }
    }

    /// How long it takes at most from now, when nothing is wrong any more, until every slot has a live owner, and until
    /// everything is accounted for that was due two sweeps before: B = T + tick + G + two sweeps (V13).
    ///
    /// T, because whatever has just died has said so last a moment ago, leaders too: both run out side by side. A tick for
    /// the ensemble to see it. G, for which the leader leaves the worker alone. A sweep until the new owner looks at a slot
    /// of which it was not told, and one for what is found to be wrong with it then. Each of these takes longer where
    /// something is still on its way that nothing has to be wrong for:
    ///
    /// - A process that stopped at a write goes on when it would have, and only then writes; requests that were sent late
    ///   arrive late. Both may undo what was right: the last fault is over when the last of them is.
    /// - A worker that was asked to end in good order keeps its slots, and claims nothing, until its attempts have had their
    ///   drain time-out and their kill grace, and is gone only then: in place of T + tick, if that is shorter.
    /// - A leader that knows from an earlier incarnation only that a worker had slots waits for that one's session to run
    ///   out, in place of G.
    /// - A worker that was cut off may have gone on by the ledger, which the leader waits for the end of.
    /// - Where the store has forgotten something since the last recovery, a worker that ends, or begins, waits for its runs
    ///   to be put back first.
    ///
    /// A worker that was found to make no progress has no slots for five minutes: others have them meanwhile, so that this
    /// takes no longer.
    private var bound: Duration {
        let manager = Manager.Configuration()
        let sweep = WorkerConfiguration(capacity: 1).sweep
        let (slots, forgotAt) = self.judge.state.withLock { ($0.slots, $0.forgotAt) }
        let recoveredAt = self.recoveredAt.withLock { $0 }
        let hasForgotten = forgotAt.map { $0 >= recoveredAt } ?? false
        let isLeaving = self.workers.contains(where: \.isLeaving)
        let killGrace = Duration.seconds(Workload.killGraces.upperBound)
        let leaving = isLeaving ? Self.drainTimeout + killGrace : .zero
        let absence = max(CoordinationService.sessionTimeout + CoordinationService.tick, leaving)
        let isRebuilt = slots.contains { $0.leaderToken.incarnation < self.ensemble.incarnation }
        let grace = isRebuilt ? max(manager.grace, manager.rebuildGrace) : manager.grace
        let held = self.nodes.compactMap { $0.process?.heldUntil }.max() ?? .zero
        let rest = max(.zero, max(held, self.faults.underWayUntil) - self.engine.now)
        let ledger = self.judge.mayGoOnByTheLedger ? WorkerConfiguration().lease + .seconds(5) : .zero
        return rest + absence + grace + ledger + sweep * 2 + (hasForgotten ? Self.patience : .zero)
    }
}
