import Foundation
import Testing

@testable import DistributedCron

@Suite("What a store knows of a worker's lease in the ledger")
struct WorkerConfirmationTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func row() -> WorkerConfirmation {
        WorkerConfirmation(confirmedAt: nil, length: .zero, revocations: 0, writtenAt: self.start)
    }

    @Test("A revocation is for good, and says whether there was one before")
    func revocation() {
        var row = self.row()
        let isConfirmed = row.confirm(for: .seconds(30), now: self.start)
        #expect(isConfirmed)
        row.revoke(now: self.start + 1)
        #expect(row.revoked(now: self.start + 1) == RevokedConfirmation(remaining: .seconds(30), wasRevoked: false))
        let isConfirmedAgain = row.confirm(for: .seconds(30), now: self.start + 2)
        #expect(!isConfirmedAgain)
        row.revoke(now: self.start + 3)
        #expect(row.revoked(now: self.start + 3).wasRevoked)
    }

    @Test(
        "The whole length is left until the clock has gone on by a minute more than it",
        arguments: [-3_600.0, 0, 89]
    )
    func remaining(seconds: TimeInterval) {
        var row = self.row()
        _ = row.confirm(for: .seconds(30), now: self.start)
        row.revoke(now: self.start + seconds)
        #expect(row.revoked(now: self.start + seconds).remaining == .seconds(30))
        #expect(row.revoked(now: self.start + 90).remaining == .zero)
    }

    @Test("People are told an end that is to come, and none of a worker that was revoked")
    func end() {
        var row = self.row()
        #expect(row.end(after: self.start) == nil)
        _ = row.confirm(for: .seconds(30), now: self.start)
        #expect(row.end(after: self.start + 29) == self.start + 30)
        #expect(row.end(after: self.start + 30) == nil)
        row.revoke(now: self.start + 1)
        #expect(row.end(after: self.start + 1) == nil)
    }

    @Test("A row is kept for an hour after it was written")
    func memory() {
        var row = self.row()
        row.revoke(now: self.start + 60)
        #expect(!row.isForgotten(at: self.start + 3_660))
        #expect(row.isForgotten(at: self.start + 3_661))
    }
}
