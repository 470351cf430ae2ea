#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

// The leases that workers have in the ledger while the coordination service is away.
extension InMemoryLedger {
    package mutating func confirm(_ worker: WorkerID, for length: Duration, now: Date) -> Bool {
        self.forgetConfirmations(now: now)
        var row = self.confirmations[worker] ?? WorkerConfirmation(of: length, now: now)
        guard row.confirm(for: length, now: now) else { return false }
        self.write(row, of: worker)
        return true
    }

    package mutating func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken,
        now: Date
    ) throws(JobStoreError) -> [WorkerID: RevokedConfirmation] {
        guard self.slots.allSatisfy({ $0.slot.leaderToken <= token }) else {
            throw JobStoreError(.fenced, message: "leader \(token) was followed by another")
        }
        self.forgetConfirmations(now: now)
        var revoked: [WorkerID: RevokedConfirmation] = [:]
        for worker in workers {
            var row = self.confirmations[worker] ?? WorkerConfirmation(of: .zero, now: now)
            row.revoke(now: now)
            self.write(row, of: worker)
            revoked[worker] = row.revoked(now: now)
        }
        return revoked
    }

    package func confirmedWorkers(now: Date) -> [ConfirmedWorker] {
        self.confirmations
            .compactMap { worker, row in row.end(after: now).map { ConfirmedWorker(id: worker, until: $0) } }
            .sorted { $0.id < $1.id }
    }

    private mutating func write(_ row: WorkerConfirmation, of worker: WorkerID) {
        self.confirmations[worker] = row
        if self.changes.isRecording { self.changes.confirmations.insert(worker) }
    }

    private mutating func forgetConfirmations(now: Date) {
        guard !self.confirmations.isEmpty else { return }
        self.confirmations = self.confirmations.filter { !$0.value.isForgotten(at: now) }
    }
}

extension WorkerConfirmation {
    /// A row that says nothing yet.
    fileprivate init(of length: Duration, now: Date) {
        self.init(confirmedAt: nil, length: length, revocations: 0, writtenAt: now)
    }
}
