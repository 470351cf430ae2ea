import DistributedCron

/// The journal of a worker on a simulated node, whose disk may be full.
struct SimulatedWorkerJournal: WorkerJournal {
    /// The disk has no room.
    private struct DiskFull: Error {}

    let node: SimulatedNode
    let process: SimulatedProcess
    let faults: FaultSwitches

    func append(_ entries: [WorkerJournalEntry]) async throws {
        try self.process.checkAlive()
        if self.node.isDiskFull {
            self.faults.count(.diskFull)
            throw DiskFull()
        }
        try await self.node.journal.append(entries)
        // The disk takes its time, and the process may be killed meanwhile.
        try await self.node.engine.sleep(for: self.node.engine.duration(.microseconds(100)...(.milliseconds(2))))
        try self.process.checkAlive()
    }

    func entries() async throws -> [WorkerJournalEntry] { try await self.node.journal.entries() }
}
