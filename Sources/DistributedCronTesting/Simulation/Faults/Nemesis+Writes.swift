import DistributedCron

// Processes that stop where it hurts: at their writes of the store.
extension Nemesis {
    /// How long a process waits at most for something to write.
    private static let patience = Duration.seconds(70)
    /// From less than a lease to what makes a process dead for all others.
    private static let holds = Duration.seconds(5)...Duration.seconds(100)
    /// Longer than a leader may be silent.
    private static let leaderHolds = Duration.seconds(35)...Duration.seconds(100)
    /// Shorter than a session lasts, by what a heartbeat may be old.
    private static let briefHold = Duration.seconds(26)

    /// Stops a worker, or whoever leads, at a write.
    func strikeWrites() async {
        let isSent = self.engine.chance(0.3)
        if self.engine.chance(0.5) {
            let isOfAnyKind = self.engine.chance(0.5)
            let hold = WriteHold(length: self.engine.duration(Self.holds), isSent: isSent) { isOfAnyKind || $0.isClaim }
            await self.stop(self.engine.pick(self.cluster.workers).map { [$0] } ?? [], at: hold)
        } else {
            let length = self.engine.duration(Self.leaderHolds)
            let hold = WriteHold(length: length, isSent: isSent, at: \.isAssignment)
            // It takes something to assign.
            self.engine.pick(self.cluster.workers)?.shutDown()
            await self.stop(self.cluster.nodes.filter { $0.role == .manager }, at: hold)
        }
    }

    /// Stops those of some processes that come to a write, and returns when the first goes on.
    private func stop(_ nodes: [SimulatedNode], at hold: WriteHold) async {
        let processes = nodes.compactMap(\.process)
        for process in processes { process.stop(at: hold) }
        let isReached = await self.isReached(hold)
        for process in processes { process.stop(at: nil) }
        guard isReached else { return }
        self.faults.count(.writeHeld)
        self.judge.trace { "nemesis: a process stands still at a write for \(hold.length)" }
        await self.last(hold.length)
    }

    /// Waits until a process has come to a write.
    private func isReached(_ hold: WriteHold) async -> Bool {
        let end = self.engine.now + Self.patience
        while !hold.isReached, self.engine.now < end, !Task.isCancelled { await self.last(.milliseconds(500)) }
        return hold.isReached
    }

    /// Takes slots from a worker that is at a claim: another that was away comes back and gets them.
    func moveSlots(_ kind: FaultKind) async {
        let workers = self.cluster.workers
        guard let guest = self.engine.pick(workers), let worker = self.engine.pick(workers.filter { $0 !== guest }),
            !guest.isDown, !guest.isSuspended, let process = worker.process
        else { return }
        guest.shutDown()
        let drained = self.engine.now + .seconds(40)
        while guest.process != nil, self.engine.now < drained, !Task.isCancelled { await self.last(.milliseconds(500)) }
        // So that it is not started again yet.
        guest.crash()
        await self.last(Manager.Configuration().grace + .seconds(3))
        if kind == .slotsReturned {
            await self.returnSlots(of: worker, process, from: guest)
        } else {
            await self.takeSlots(of: worker, process, for: guest)
        }
    }

    /// Stops a worker at a claim while another comes, gets slots of its, and goes again, all within a session.
    ///
    /// The other one's clock is behind, so that nothing is due for it and the slots come back as they were but for the
    /// epoch.
    private func returnSlots(of worker: SimulatedNode, _ process: SimulatedProcess, from guest: SimulatedNode) async {
        let hold = WriteHold(length: Self.briefHold, isSent: false, at: \.isClaim)
        process.stop(at: hold)
        let isReached = await self.isReached(hold)
        process.stop(at: nil)
        guest.wallClock.offset = .seconds(-3_600)
        guest.boot()
        if isReached {
            self.faults.count(.slotsReturned)
            self.judge.trace { "nemesis: \(worker.name) stands still at a claim; \(guest.name) comes and goes" }
            // It is started again, registers, and is given slots.
            await self.last(.seconds(9))
            guest.shutDown()
            await self.last(.seconds(15))
        }
        guest.wallClock.offset = .zero
    }

    /// Cuts a worker off from the store as soon as a claim has left, and lets another come for its slots.
    private func takeSlots(of worker: SimulatedNode, _ process: SimulatedProcess, for guest: SimulatedNode) async {
        let link = worker.toStore
        let hold = WriteHold(isSent: true, at: \.isClaim) { link.condition.inwardCut = .slotsTaken }
        process.stop(at: hold)
        let isReached = await self.isReached(hold)
        process.stop(at: nil)
        guest.boot()
        if isReached {
            self.judge.trace { "nemesis: \(worker.name) does not hear of a claim; \(guest.name) comes" }
            await self.last(.seconds(20))
        }
        link.mend(.slotsTaken)
    }
}
