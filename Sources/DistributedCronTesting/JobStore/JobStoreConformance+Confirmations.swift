import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JobStoreConformance {
    private static let length = Duration.seconds(30)

    /// What a revocation says of one worker.
    private func revoke(
        _ worker: WorkerID,
        _ fixture: LedgerFixture,
        token: LeaderToken? = nil
    ) async throws -> RevokedConfirmation {
        let answer = try await fixture.store.revokeConfirmations(of: [worker], token: token ?? fixture.token)
        return try #require(answer[worker])
    }

    func workerIsConfirmed(_ fixture: LedgerFixture) async throws {
        for worker in [fixture.worker, fixture.worker, fixture.otherWorker] {
            let isConfirmed = try await fixture.store.confirm(worker, for: Self.length)
            #expect(isConfirmed)
            // Again at once, and later.
            fixture.clock.advance(by: .seconds(10))
        }
    }

    func revokedWorkerIsNotConfirmed(_ fixture: LedgerFixture) async throws {
        let before = try await fixture.store.confirm(fixture.worker, for: Self.length)
        #expect(before)
        // One that never was confirmed is revoked like one that was.
        for worker in [fixture.worker, fixture.otherWorker] {
            let revoked = try await self.revoke(worker, fixture)
            #expect(!revoked.wasRevoked)
        }
        for minutes in [0, 1, 58] {
            fixture.clock.advance(by: .seconds(60 * minutes))
            _ = try await fixture.store.purgeRuns(endedBefore: fixture.clock.now, limit: 1_000)
            for worker in [fixture.worker, fixture.otherWorker] {
                let isConfirmed = try await fixture.store.confirm(worker, for: Self.length)
                #expect(!isConfirmed, "\(worker), \(minutes) min after the last call")
            }
        }
        let other = try await fixture.store.confirm(WorkerID(rawValue: "w-three"), for: Self.length)
        #expect(other, "the others are not revoked")
    }

    func revocationSaysHowLongAWorkerMayGoOn(_ fixture: LedgerFixture) async throws {
        let never = try await self.revoke(WorkerID(rawValue: "w-never"), fixture)
        #expect(never == RevokedConfirmation(remaining: .zero, wasRevoked: false))
        // Clocks of a store's servers may differ, so that as much is left as was given, whatever the clock says.
        _ = try await fixture.store.confirm(fixture.worker, for: Self.length)
        fixture.clock.advance(by: .seconds(20))
        let first = try await self.revoke(fixture.worker, fixture)
        #expect(first == RevokedConfirmation(remaining: Self.length, wasRevoked: false))
        fixture.clock.advance(by: .seconds(20))
        let second = try await self.revoke(fixture.worker, fixture)
        #expect(second == RevokedConfirmation(remaining: Self.length, wasRevoked: true))
        // A refused confirmation gives nothing.
        _ = try await fixture.store.confirm(fixture.worker, for: Self.length)
        fixture.clock.advance(by: .seconds(90))
        let third = try await self.revoke(fixture.worker, fixture)
        #expect(third == RevokedConfirmation(remaining: .zero, wasRevoked: true))
        _ = try await fixture.store.confirm(fixture.otherWorker, for: Self.length)
        fixture.clock.advance(by: .seconds(600))
        let old = try await self.revoke(fixture.otherWorker, fixture)
        #expect(old == RevokedConfirmation(remaining: .zero, wasRevoked: false))
    }

    func revocationOfManyAnswersForEach(_ fixture: LedgerFixture) async throws {
        let none = try await fixture.store.revokeConfirmations(of: [], token: fixture.token)
        #expect(none.isEmpty)
        let workers = (0..<100).map { WorkerID(rawValue: "w-\($0)") }
        for worker in workers.prefix(2) { _ = try await fixture.store.confirm(worker, for: Self.length) }
        let revoked = try await fixture.store.revokeConfirmations(of: Set(workers), token: fixture.token)
        #expect(Set(revoked.keys) == Set(workers))
        for (number, worker) in workers.enumerated() {
            #expect(revoked[worker]?.remaining == (number < 2 ? Self.length : .zero))
        }
        let again = try await fixture.store.revokeConfirmations(of: Set(workers), token: fixture.token)
        #expect(again.values.filter(\.wasRevoked).count == workers.count)
    }

    func revocationOfAnEarlierLeaderIsFenced(_ fixture: LedgerFixture) async throws {
        try await fixture.own(SlotID(index: 0))
        let earlier = LeaderToken(incarnation: fixture.token.incarnation, sequence: fixture.token.sequence - 1)
        try await fixture.expectError(.fenced) { _ = try await self.revoke(fixture.worker, fixture, token: earlier) }
        let isConfirmed = try await fixture.store.confirm(fixture.worker, for: Self.length)
        #expect(isConfirmed, "nothing was changed")
        let later = LeaderToken(incarnation: fixture.token.incarnation, sequence: fixture.token.sequence + 1)
        let revoked = try await self.revoke(fixture.worker, fixture, token: later)
        #expect(revoked.remaining == Self.length)
    }

    func confirmedWorkersAreListedUntilTheyAreRevokedOrItIsOver(_ fixture: LedgerFixture) async throws {
        let none = try await fixture.store.confirmedWorkers()
        #expect(none.isEmpty)
        let three = WorkerID(rawValue: "w-three")
        for worker in [fixture.otherWorker, three, fixture.worker] {
            _ = try await fixture.store.confirm(worker, for: Self.length)
        }
        let end = fixture.clock.now.addingTimeInterval(30)
        let all = [fixture.worker, three, fixture.otherWorker].map { ConfirmedWorker(id: $0, until: end) }
        let first = try await fixture.store.confirmedWorkers()
        #expect(first == all)
        fixture.clock.advance(by: .seconds(20))
        _ = try await fixture.store.confirm(fixture.worker, for: Self.length)
        _ = try await self.revoke(three, fixture)
        // One that never was confirmed is not listed either.
        _ = try await self.revoke(WorkerID(rawValue: "w-never"), fixture)
        let later = end.addingTimeInterval(20)
        let both = [
            ConfirmedWorker(id: fixture.worker, until: later), ConfirmedWorker(id: fixture.otherWorker, until: end),
        ]
        let second = try await fixture.store.confirmedWorkers()
        #expect(second == both)
        fixture.clock.advance(by: .seconds(10))
        let third = try await fixture.store.confirmedWorkers()
        #expect(third == [ConfirmedWorker(id: fixture.worker, until: later)])
        fixture.clock.advance(by: .seconds(20))
        let fourth = try await fixture.store.confirmedWorkers()
        #expect(fourth.isEmpty)
    }

    func raceOfConfirmationAndRevocationHasOneOutcome(_ fixture: LedgerFixture) async throws {
        for round in 0..<30 {
            let worker = WorkerID(rawValue: "w-round-\(round)")
            let answers = try await race(2) { number -> (isConfirmed: Bool?, revoked: RevokedConfirmation?) in
                guard number == 0 else { return (nil, try await self.revoke(worker, fixture)) }
                return (try await fixture.store.confirm(worker, for: Self.length), nil)
            }
            let remaining = answers[1].revoked?.remaining
            #expect(remaining == (answers[0].isConfirmed == true ? Self.length : .zero), "round \(round)")
        }
    }
}
