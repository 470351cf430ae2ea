import DistributedCron

/// Makes things go wrong in a cluster, one after the other and several at once, and right again.
struct Nemesis: Sendable {
    /// How long a fault lasts.
    private static let lengths = Duration.seconds(2)...Duration.seconds(120)
    /// How long things go wrong until all is right again: about three times an hour.
    private static let spells = Duration.seconds(600)...Duration.seconds(1_200)

    /// How long a worker claims nothing: from what its leader allows to more than it is left without slots for.
    private static let standstills = Duration.seconds(30)...Duration.seconds(500)

    let cluster: SimulatedCluster
    let plan: SimulationPlan

    var engine: SimulationEngine { self.cluster.engine }
    var faults: FaultSwitches { self.cluster.faults }
    var judge: Judge { self.cluster.judge }

    /// Makes things go wrong until cancelled; everything is right again when it returns.
    ///
    /// Now and then all of it is right for as long as a cluster may need to recover, so that what only recovery leads to
    /// is reached, judged, and then disturbed.
    func run() async {
        guard !self.plan.faults.isEmpty else { return }
        while !Task.isCancelled {
            await self.disturb(for: self.engine.duration(Self.spells))
            self.cluster.heal()
            self.judge.trace { "nemesis: nothing is wrong" }
            // That a worker is to have no slots is nothing that recovery has to wait for the end of.
            let drained = self.engine.chance(0.5) ? self.engine.pick(await self.cluster.ensemble.members())?.id : nil
            if let drained { await self.cluster.ensemble.setDraining(true, of: drained) }
            guard (try? await self.cluster.recover(self.plan)) != nil else { return }
            // While nothing moves, so that every worker has heard which slots are its own.
            if self.plan.mode == .liveness, self.plan.faults.contains(.quorumLoss) { await self.loseQuorumAlone() }
            if let drained { await self.cluster.ensemble.setDraining(false, of: drained) }
            if self.plan.mode == .liveness, self.plan.faults.contains(.workerStuck) { await self.holdUpAlone() }
        }
    }

    /// Keeps a worker's claims back while nothing else is wrong, so that others have to be given its slots.
    private func holdUpAlone() async {
        guard await self.cluster.ensemble.members().count(where: { !$0.isDraining }) > 1,
            let process = self.engine.pick(self.cluster.workers)?.process
        else { return }
        self.judge.trace { "nemesis: \(process.name) claims nothing, and nothing else is wrong" }
        process.keepClaims { self.faults.count(.workerStuck) }
        await self.last(.seconds(2 * Judge.standstill))
        if !Task.isCancelled { await self.judge.checkProgress() }
        process.keepClaims(nil)
    }

    /// Makes things go wrong for a while.
    private func disturb(for length: Duration) async {
        let end = self.engine.now + length
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, self.engine.now < end {
                let pause = self.engine.duration(.milliseconds(500)...self.plan.calm * 2)
                guard (try? await self.engine.sleep(for: pause)) != nil else { break }
                guard let kind = self.engine.pick(self.plan.faults) else { break }
                group.addTask { await self.strike(kind) }
            }
            group.cancelAll()
        }
    }

    /// One fault, from its beginning to its end.
    private func strike(_ kind: FaultKind) async {
        let length = self.engine.duration(Self.lengths)
        self.judge.trace { "nemesis: \(kind.rawValue) for \(length)" }
        self.engine.trace(kind.rawValue)
        let span = self.judge.faultBegins(kind)
        switch kind {
        case .storeReadOnly, .storeStall, .storeForgets: await self.strikeStore(kind, length)
        case .sessionLost, .sessionLostUnnoticed, .quorumLoss, .ensembleRebuilt: await self.strikeEnsemble(kind, length)
        case .linkCut, .linkCutOutward, .linkCutInward, .linkDelayed, .linkFlapping: await self.strikeLink(kind, length)
        case .nodeCrash, .nodeSuspended, .nodeRestart, .diskFull, .clockOff, .processKilled, .processPaused,
            .childOutlives:
            await self.strikeNode(kind, length)
        case .workerDrained: await self.drainWorker(for: length)
        case .watchCoalesced: await self.coalesceWatches(for: length)
        case .workerStuck: await self.stickWorker()
        case .writeHeld: await self.strikeWrites()
        case .slotsReturned, .slotsTaken: await self.moveSlots(kind)
        case .ephemeralOutlives:
            // It takes a session that ends while it lasts.
            self.faults.set(kind, 1)
            self.engine.pick(self.cluster.nodes)?.process?.kill()
            await self.last(length + CoordinationService.sessionTimeout + CoordinationService.tick)
            self.faults.set(kind, 0)
        default:
            // Of what is rare enough by itself: a file that is fetched.
            let rare: Set<FaultKind> = [.artifactSlow, .artifactMissing, .artifactCorrupt]
            self.faults.set(kind, rare.contains(kind) ? 1 : self.plan.intensity)
            await self.last(length)
            self.faults.set(kind, 0)
        }
        self.judge.trace { "nemesis: \(kind.rawValue) is over" }
        self.judge.faultEnds(span)
    }

    func last(_ length: Duration) async { try? await self.engine.sleep(for: length) }

    private func strikeStore(_ kind: FaultKind, _ length: Duration) async {
        let store = self.cluster.store
        switch kind {
        case .storeReadOnly:
            store.isReadOnly = true
            await self.last(length)
            store.isReadOnly = false
        case .storeStall:
            store.server.stall()
            await self.last(length)
            store.server.comeUp()
        default:
            store.forget(commits: self.engine.draw { Int.random(in: 1...5, using: &$0) })
        }
    }

    private func strikeEnsemble(_ kind: FaultKind, _ length: Duration) async {
        let ensemble = self.cluster.ensemble
        switch kind {
        case .quorumLoss:
            ensemble.loseQuorum()
            await self.last(length)
            ensemble.regainQuorum()
        case .ensembleRebuilt:
            ensemble.rebuild()
            self.judge.noteRebuild()
        default:
            guard let session = self.engine.pick(ensemble.sessions) else { return }
            // A session runs out by itself when it is cut off. Its process hears of that as soon as it is not any more.
            session.link.condition.outwardCut = kind
            session.link.condition.inwardCut = kind
            let isUnnoticed = kind == .sessionLostUnnoticed
            let slack = CoordinationService.sessionTimeout + CoordinationService.tick
            await self.last(slack + (isUnnoticed ? length : .zero))
            session.link.mend(kind)
        }
    }

    /// Takes a worker out of service, which may be gone when it is to be back.
    private func drainWorker(for length: Duration) async {
        guard let worker = self.engine.pick(await self.cluster.ensemble.members()),
            await self.cluster.ensemble.setDraining(true, of: worker.id)
        else { return }
        self.faults.count(.workerDrained)
        await self.last(length)
        await self.cluster.ensemble.setDraining(false, of: worker.id)
    }

    /// Has watches set again late, while an operator cannot decide whether a worker is to be drained: changes in a short while
    /// are rare by themselves.
    private func coalesceWatches(for length: Duration) async {
        self.faults.set(.watchCoalesced, 1)
        let worker = self.engine.pick(await self.cluster.ensemble.members())
        if let worker {
            for isDraining in [true, false, true, false] {
                await self.cluster.ensemble.setDraining(isDraining, of: worker.id)
                await self.last(.seconds(1))
            }
        }
        await self.last(length)
        // The last may have been refused.
        if let worker { await self.cluster.ensemble.setDraining(false, of: worker.id) }
        self.faults.set(.watchCoalesced, 0)
    }

    /// Keeps a worker's claims back, for longer than the leader looks on.
    private func stickWorker() async {
        guard let process = self.engine.pick(self.cluster.workers)?.process else { return }
        process.keepClaims { self.faults.count(.workerStuck) }
        await self.last(self.engine.duration(Self.standstills))
        process.keepClaims(nil)
    }

    private func strikeLink(_ kind: FaultKind, _ length: Duration) async {
        guard let node = self.engine.pick(self.cluster.nodes), let link = self.engine.pick(node.links) else { return }
        func cut() {
            if kind != .linkCutInward { link.condition.outwardCut = kind }
            if kind != .linkCutOutward { link.condition.inwardCut = kind }
        }
        func mend() { link.mend(kind) }
        switch kind {
        case .linkDelayed where self.engine.chance(0.5):
            return await self.delayLeases()
        case .linkDelayed:
            link.condition.delay = .milliseconds(50)...self.engine.duration(.milliseconds(100)...(.seconds(12)))
            await self.last(length)
        case .linkFlapping:
            let end = self.engine.now + length
            while self.engine.now < end, !Task.isCancelled {
                cut()
                await self.last(self.engine.duration(.milliseconds(500)...(.seconds(5))))
                mend()
                await self.last(self.engine.duration(.milliseconds(500)...(.seconds(5))))
            }
        default:
            cut()
            await self.last(length)
        }
        mend()
    }

    /// Delays what gives a worker its leases.
    private func delayLeases() async {
        guard let worker = self.engine.pick(self.cluster.workers) else { return }
        if self.engine.chance(0.5) {
            await self.delayAnswers(over: worker.toEnsemble)
            worker.toEnsemble.mend(.linkDelayed)
        } else {
            await self.delayConfirmations(of: worker)
            worker.toStore.mend(.linkDelayed)
        }
    }

    /// Answers come when hardly anybody waits for them any more, and then requests come no more: what an answer permits
    /// is as old as its request.
    private func delayAnswers(over link: Link) async {
        link.condition.answerLag = SimulatedCluster.ensembleTimeout - .milliseconds(200)
        await self.last(.seconds(30))
        link.condition.outwardCut = .linkDelayed
        await self.last(WorkerConfiguration().lease + .seconds(5))
    }

    /// The same for the ledger's lease of a worker that is cut off from the ensemble.
    private func delayConfirmations(of node: SimulatedNode) async {
        node.toEnsemble.condition.outwardCut = .linkDelayed
        node.toEnsemble.condition.inwardCut = .linkDelayed
        await self.last(.seconds(20))
        node.toStore.condition.answerLag = SimulatedCluster.storeTimeout - .milliseconds(200)
        await self.last(.seconds(30))
        node.toStore.condition.outwardCut = .linkDelayed
        await self.last(WorkerConfiguration().lease + .seconds(5))
        node.toEnsemble.mend(.linkDelayed)
    }

    /// Cuts a node off from the ensemble at times, for longer than a lease is good.
    private func isolate(_ node: SimulatedNode) async {
        guard self.engine.chance(0.5) else { return }
        // Some heartbeats are counted on the clock as it is now.
        await self.last(.seconds(5))
        node.toEnsemble.condition.inwardCut = .clockOff
        await self.last(WorkerConfiguration().lease + .seconds(5))
        node.toEnsemble.mend(.clockOff)
    }

    private func strikeNode(_ kind: FaultKind, _ length: Duration) async {
        let isOfWorkers = kind == .diskFull || kind == .childOutlives
        let nodes = isOfWorkers ? self.cluster.workers : self.cluster.nodes
        guard let node = self.engine.pick(nodes), !node.isSuspended, !node.isDown else { return }
        switch kind {
        case .nodeCrash:
            self.faults.count(kind)
            node.crash()
            await self.last(length)
            node.boot()
        case .nodeSuspended:
            self.faults.count(kind)
            node.suspend()
            await self.last(length)
            node.wake(after: length)
        case .nodeRestart:
            guard node.process != nil else { return }
            self.faults.count(kind)
            node.shutDown()
        case .diskFull:
            node.isDiskFull = true
            await self.last(length)
            node.isDiskFull = false
        case .clockOff:
            self.faults.count(kind)
            let offsets: [Duration] = [
                .milliseconds(700), .milliseconds(-700), .seconds(5), .seconds(-5), .seconds(90), .seconds(-90),
                .seconds(3_600), .seconds(-3_600),
            ]
            let offset = self.engine.pick(offsets) ?? .zero
            node.wallClock.offset = offset
            // A clock that is set back, now or when it is right again, must not make up for being cut off.
            if offset < .zero { await self.isolate(node) }
            await self.last(length)
            node.wallClock.offset = .zero
            if offset > .zero { await self.isolate(node) }
        case .processPaused:
            guard let process = node.process else { return }
            self.faults.count(kind)
            process.executor.pause()
            await self.last(length)
            process.executor.resume()
        default:
            // A worker that is killed leaves the jobs that it has started; `child-outlives` is counted by those.
            guard let process = node.process, process.isAlive else { return }
            if kind == .processKilled { self.faults.count(kind) }
            process.kill()
        }
    }
}

extension Judge {
    /// Takes note that the ensemble has forgotten everything.
    func noteRebuild() {
        let now = self.engine.now
        self.state.withLock { $0.rebuiltAt = now }
    }

    /// Takes note that something is wrong from now on.
    func faultBegins(_ kind: FaultKind) -> Int {
        let now = self.engine.now
        return self.state.withLock { state in
            state.faults.append(FaultSpan(kind: kind, start: now, end: .seconds(Int64.max / 2_000_000_000)))
            return state.faults.count - 1
        }
    }

    /// Takes note that something is right again.
    func faultEnds(_ number: Int) {
        let now = self.engine.now
        self.state.withLock { $0.faults[number].end = now }
    }
}
