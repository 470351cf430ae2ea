#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging

// Workers that live and make no progress.
extension Leadership {
    /// Has workers drain that make no progress, and gives those back their share that have rested for long enough.
    ///
    /// That they drain is told to everybody, and moves their slots as if an operator had asked for it.
    func watchProgress(
        _ watch: inout ProgressWatch,
        _ members: [WorkerDescription],
        _ stopwatch: Stopwatch
    ) async throws {
        // With nobody to take slots over there is nothing to find out.
        guard members.count > 1 else { return }
        // In this order, so that nothing becomes due while the store does not answer.
        let time = Instant(floor: try await self.manager.store.now())
        let slots = try await self.manager.store.slots()
        watch.look(at: slots, members: members, now: stopwatch.elapsed)
        for slot in watch.unread {
            if let instant = try await self.firstInstant(of: slot, atLeastOneBy: time) { watch.note(instant, in: slot) }
        }
        for stall in watch.stalls(members: members, time: time) {
            self.manager.logger.warning(
                "A worker lives and makes no progress, so others get its slots",
                metadata: [
                    LoggingKeys.worker: "\(stall.worker)",
                    LoggingKeys.slots: "\(stall.slot.id)",
                    "accounted_until": "\(stall.slot.accountedUntil)",
                    "due": "\(stall.due)",
                ]
            )
            try await self.setStalled(true, stall.worker)
        }
        for worker in watch.rested {
            self.manager.logger.info(
                "A worker that made no progress gets slots again",
                metadata: [LoggingKeys.worker: "\(worker)"]
            )
            try await self.setStalled(false, worker)
        }
    }

    private func setStalled(_ isStalled: Bool, _ worker: WorkerID) async throws {
        do {
            try await self.manager.coordinator.setDraining(isStalled, of: worker, because: .stalled)
        } catch let error as CoordinatorError where error.code == .notFound {
            // It is gone, and its slots go to others because of that.
        }
    }

    /// The first instant of a slot that is not accounted for, or any that is due: one is enough.
    ///
    /// - Returns: The instant, ``Instant/distantFuture`` if there is none; nil if the slot has changed meanwhile.
    private func firstInstant(of slot: Slot, atLeastOneBy time: Instant) async throws -> Instant? {
        var first = Instant.distantFuture
        var revision = Revision.zero
        while true {
            let contents = try await self.manager.store.contents(
                of: slot.id,
                after: revision,
                limit: ClaimLoop.loadLimit
            )
            guard contents.slot.accountedUntil == slot.accountedUntil, contents.slot.revision == slot.revision
            else { return nil }
            first = min(first, contents.firstInstant)
            guard first > time, contents.revision != slot.revision else { return first }
            revision = contents.revision
        }
    }
}

extension SlotContents {
    /// The first instant of these jobs that is not accounted for, ``Instant/distantFuture`` if there is none.
    var firstInstant: Instant {
        self.jobs.lazy
            .filter { !$0.isExhausted }
            .compactMap { SlotReplica.next(of: $0.versions, after: self.slot.accountedUntil) }
            .min() ?? .distantFuture
    }
}
