import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// Who writes as the owner of a slot, or of an attempt, and is that: V4.
extension Judge {
    /// Whether a write has changed a slot or some of its runs.
    func hasChanged(
        _ slot: SlotID,
        _ runs: [RunID],
        _ known: [Slot],
        _ slots: [Slot],
        _ before: Before
    ) async -> Bool {
        guard !known.isEmpty else { return false }
        if known[slot.index] != slots[slot.index] { return true }
        for run in runs {
            let new = try? await self.store?.run(run)
            if new != before.runs[run] { return true }
        }
        return false
    }

    /// Who has changed something as a slot's owner was that when it was written, in that epoch.
    func checkOwner(of slot: SlotID, _ worker: WorkerID, _ epoch: Epoch, _ known: [Slot], _ what: String) {
        let old = known[slot.index]
        guard old.worker != worker || old.epoch != epoch else { return }
        self.violated("V4 fenced", "\(what) of \(worker) in epoch \(epoch) was written over \(old)")
    }

    /// What was put back was put back by the slot's owner, from the watermark on that it has fallen back to.
    func checkOwner(
        of restoration: SlotRestoration,
        _ known: [Slot],
        _ slots: [Slot],
        _ before: Before
    ) async {
        let slot = restoration.slot
        guard await self.hasChanged(slot, restoration.runs.map(\.id), known, slots, before) else { return }
        self.checkOwner(of: slot, restoration.worker, restoration.epoch, known, "a restoration")
        guard known[slot.index].accountedUntil != restoration.from else { return }
        self.violated(
            "V4 fenced",
            "a restoration of slot \(slot) from \(restoration.from) was written over \(known[slot.index])"
        )
    }

    /// A start changes nothing but the run whose present attempt it is of: that runs from now on.
    func checkStarts(_ starts: [AttemptKey: Date], _ ends: [Attempt], _ before: Before) async {
        let ended = Set(ends.map { AttemptKey(of: $0) })
        for run in Set(starts.keys.map(\.run)).sorted() {
            guard let old = before.runs[run], let new = try? await self.store?.run(run), new != old,
                !ended.contains(AttemptKey(of: old))
            else { continue }
            var expected = old
            expected.state = .running
            expected.startedAt = starts[AttemptKey(of: old)]
            guard expected.startedAt == nil || !old.state.mayBecome(.running) || new != expected else { continue }
            self.violated("V4 fenced", "the start of an attempt changed \(old) to \(new)")
        }
    }
}
