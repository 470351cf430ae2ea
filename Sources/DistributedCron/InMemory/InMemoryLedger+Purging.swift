#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InMemoryLedger {
    mutating func purgeJobs(_ jobs: [JobID], idleSince time: Date) -> Set<JobID> {
        let purged = Set(jobs.filter { self.isPurgeable($0, idleSince: time) })
        guard !purged.isEmpty else { return [] }
        for id in purged {
            guard let row = self.jobs.removeValue(forKey: id) else { continue }
            if let name = row.name, self.names[name] == id { self.names[name] = nil }
            self.slots[row.slot.index].jobCount -= 1
            self.runCount -= row.runs.count
            if self.changes.isRecording { self.changes.droppedJobs.append(id) }
        }
        self.order.removeAll { purged.contains($0) }
        return purged
    }

    private func isPurgeable(_ id: JobID, idleSince time: Date) -> Bool {
        guard let row = self.jobs[id], row.progress.isOver else {
            return false
        }
        let watermark = self.slots[row.slot.index].slot.accountedUntil
        let isAccountedFor = row.progress.isExhausted || SlotReplica.next(of: row.versions, after: watermark) == nil
        return isAccountedFor && row.updatedAt < time
            && row.runs.allSatisfy { max($0.run.finishedAt ?? .distantPast, $0.run.id.scheduledAt.date) < time }
    }

    mutating func purgeRuns(endedBefore time: Date, limit: Int) -> Int {
        var purged: [RunID] = []
        for id in self.runOrder {
            guard id.scheduledAt.date < time, purged.count < limit else { break }
            guard let run = self.run(id)?.run, run.state.isTerminal else { continue }
            if (run.finishedAt ?? .distantPast) < time { purged.append(id) }
        }
        for id in purged { self.forget(id) }
        if !purged.isEmpty { self.arrangeForgotten() }
        return purged.count
    }
}
