import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JobStoreConformance {
    // MARK: Ownership

    func slotsBeginUnowned(_ fixture: LedgerFixture) async throws {
        let slots = try await fixture.store.slots()
        #expect(slots.map(\.id) == (0..<fixture.slotCount).map { SlotID(index: $0) })
        let present = Instant(ceiling: fixture.clock.now)
        for slot in slots {
            #expect(slot == Slot(id: slot.id, accountedUntil: slot.accountedUntil))
            #expect(slot.accountedUntil <= present)
        }
    }

    func assignmentRaisesEpochs(_ fixture: LedgerFixture) async throws {
        let before = try await fixture.store.slots()
        try #require(before.count >= 2)
        let owners = [before[0].id: fixture.worker, before[1].id: fixture.otherWorker]
        let assigned = try await fixture.store.assign(owners, token: fixture.token)
        #expect(Set(assigned.map(\.id)) == Set(owners.keys))
        for slot in assigned {
            #expect(slot.worker == owners[slot.id])
            #expect(slot.epoch > before[slot.id.index].epoch)
            // What a store may round.
            let oldest = fixture.clock.now.addingTimeInterval(-0.001)
            #expect(slot.epoch >= Epoch.zero.next(at: oldest), "an epoch that was forgotten comes back")
            #expect(slot.leaderToken == fixture.token)
            #expect(slot.accountedUntil == before[slot.id.index].accountedUntil)
            #expect(slot.revision == before[slot.id.index].revision)
        }
        let after = try await fixture.store.slots()
        #expect(Array(after.prefix(2)) == assigned.sorted { $0.id < $1.id })
        #expect(Array(after.dropFirst(2)) == Array(before.dropFirst(2)), "other slots stay as they are")
    }

    func assignmentToTheSameOwnerRaisesTheEpoch(_ fixture: LedgerFixture) async throws {
        let id = SlotID(index: fixture.slotCount - 1)
        let first = try await fixture.own(id)
        let second = try await fixture.own(id)
        #expect(second.worker == first.worker)
        #expect(second.epoch > first.epoch)
        let forgotten = Epoch(rawValue: second.epoch.rawValue + 1_000_000_000)
        let third = try await fixture.store.assign([id: fixture.worker], token: fixture.token, above: forgotten)
        #expect(third.map(\.epoch) == [forgotten.next], "an epoch that was forgotten is exceeded")
    }

    func earlierLeaderIsFenced(_ fixture: LedgerFixture) async throws {
        try #require(fixture.slotCount >= 2)
        let ids = [SlotID(index: 0), SlotID(index: 1)]
        let later = LeaderToken(incarnation: 2, sequence: 1)
        _ = try await fixture.store.assign([ids[1]: fixture.worker], token: later)
        let before = try await fixture.store.slots()
        // One slot of two is enough, and the number of the incarnation counts first.
        try await fixture.expectError(.fenced) {
            _ = try await fixture.store.assign(
                [ids[0]: fixture.otherWorker, ids[1]: fixture.otherWorker],
                token: LeaderToken(incarnation: 1, sequence: 99)
            )
        }
        #expect(try await fixture.store.slots() == before)
        _ = try await fixture.store.assign([ids[1]: fixture.otherWorker], token: later)
        _ = try await fixture.store.assign([ids[0]: fixture.otherWorker], token: fixture.token)
    }

    // MARK: Contents

    func contentsOfAnUnknownSlotAreNotFound(_ fixture: LedgerFixture) async throws {
        let unknown = [SlotID(index: fixture.slotCount), SlotID(pool: PoolID(rawValue: "nowhere"), index: 0)]
        for slot in unknown {
            try await fixture.expectError(.notFound) { _ = try await fixture.contents(slot) }
        }
    }

    func contentsAreIncremental(_ fixture: LedgerFixture) async throws {
        let first = try await fixture.job()
        let second = try await fixture.job(in: first.slot)
        _ = try await fixture.job()
        let all = try await fixture.contents(first.slot)
        #expect(all.slot.id == first.slot)
        #expect(all.revision == all.slot.revision)
        #expect(all.jobs.prefix(2).map(\.id) == [first.id, second.id])
        #expect(all.jobs.first == SlotJob(id: first.id, versions: [first.version], isExhausted: false))
        let nothing = try await fixture.contents(first.slot, after: all.revision)
        #expect(nothing.jobs.isEmpty)
        #expect(nothing.revision == all.revision)
        // A job that changes again moves to the end.
        _ = try await fixture.request(first)
        let changed = try await fixture.contents(first.slot, after: all.revision)
        #expect(changed.jobs.map(\.id) == [first.id])
        #expect(changed.revision > all.revision)
        #expect(try await fixture.contents(first.slot).jobs.map(\.id).last == first.id)
    }

    func contentsArePaged(_ fixture: LedgerFixture) async throws {
        var jobs = [try await fixture.job()]
        let slot = jobs[0].slot
        for _ in 1..<7 { jobs.append(try await fixture.job(in: slot)) }
        let run = try await fixture.request(jobs[0])
        let order = jobs.dropFirst().map(\.id) + [jobs[0].id]
        var known = Revision.zero
        var listed: [JobID] = []
        var sizes: [Int] = []
        repeat {
            let page = try await fixture.contents(slot, after: known, limit: 3)
            #expect(page.revision > known)
            #expect(page.open.map(\.run) == [run], "each page has every run that has not ended")
            listed += page.jobs.map(\.id)
            sizes.append(page.jobs.count)
            known = page.revision
            if known == page.slot.revision { break }
        } while sizes.count < 4
        #expect(listed == order)
        #expect(sizes == [3, 3, 1])
    }

    func contentsHoldEveryOpenRun(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob { $0.concurrency = .allow }
        let other = try await fixture.ownedJob(in: job.slot) { $0.recovery = .atMostOnce }
        let ended = try await fixture.claimRun(of: job)
        let claimed = try await fixture.claimRun(of: other)
        let running = try await fixture.claimRun(of: job)
        let pending = try await fixture.request(job)
        _ = try await fixture.markStarting([claimed])
        let start = [fixture.key(running): fixture.clock.now]
        try await fixture.store.record(starts: start, ends: [fixture.attempt(ended, .exited(0))])
        let contents = try await fixture.contents(job.slot, after: try await fixture.slot(job.slot).revision)
        #expect(contents.jobs.isEmpty)
        #expect(contents.open.map(\.run.id) == [claimed, running, pending].map(\.id).sorted())
        #expect(Set(contents.open.map(\.run.state)) == [.starting, .running, .pending])
        for open in contents.open {
            #expect(open.definition == (open.run.id.job == job.id ? job : other).definition)
            #expect(open.run == (try await fixture.store.run(open.run.id)))
        }
    }

    func contentsFromZeroLeaveOutWhatIsOver(_ fixture: LedgerFixture) async throws {
        let live = try await fixture.ownedJob()
        let removed = try await fixture.job(in: live.slot)
        let exhausted = try await fixture.job(in: live.slot)
        let before = try await fixture.slot(live.slot).revision
        _ = try await fixture.store.removeJob(removed.id)
        fixture.passMinute()
        try await fixture.commit(fixture.claim(try await fixture.slot(live.slot)))
        try await fixture.exhaust(exhausted)
        #expect(try await fixture.contents(live.slot).jobs.map(\.id) == [live.id])
        // Whoever knows the removed job is told that it has no version left.
        let told = try await fixture.contents(live.slot, after: before)
        #expect(told.jobs == [SlotJob(id: removed.id, versions: [], isExhausted: false)])
    }

    func contentsHoldARemovedJobUntilItIsAccountedFor(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        fixture.clock.advance(by: .seconds(3_600))
        let removed = try #require(try await fixture.store.removeJob(job.id))
        let contents = try await fixture.contents(job.slot)
        #expect(contents.jobs == [SlotJob(id: job.id, versions: [removed.version], isExhausted: false)])
        try await fixture.commit(fixture.claim(contents.slot))
        #expect(try await fixture.contents(job.slot).jobs.isEmpty)
    }

    func contentsSayWhatIsExhausted(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let before = try await fixture.slot(job.slot).revision
        try await fixture.exhaust(job)
        _ = try await fixture.request(job)
        let contents = try await fixture.contents(job.slot, after: before)
        #expect(contents.jobs == [SlotJob(id: job.id, versions: [job.version], isExhausted: true)])
    }
}
