#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What a store knows of one worker's lease in the ledger: pure, for all stores.
///
/// A worker counts that lease on its own clock, and a leader waits for its end on its own. The store's clock decides only
/// whether there is anything to wait for, so that its servers may differ in what they call the present.
package struct WorkerConfirmation: Sendable, Hashable {
    /// By how much the clocks of a store's servers may differ, or be set.
    package static let tolerance: TimeInterval = 60
    /// How long a row is kept after it was last written: an hour.
    ///
    /// What is revoked has to be refused until nobody can ask any more. A worker asks only while it has a lease, and an
    /// answer is worth nothing when the time from the sending of its call is over. So after two lengths a call that was
    /// long on its way may be answered as it likes.
    package static let memory: TimeInterval = 3_600

    /// When the worker was last confirmed, or nil if it never was.
    package var confirmedAt: Date?
    /// For how long, at most.
    package var length: Duration
    /// How often it was revoked.
    package var revocations: Int
    /// When the row was last written.
    package var writtenAt: Date

    package init(confirmedAt: Date?, length: Duration, revocations: Int, writtenAt: Date) {
        self.confirmedAt = confirmedAt
        self.length = length
        self.revocations = revocations
        self.writtenAt = writtenAt
    }

    /// Confirms a worker for a while.
    ///
    /// - Returns: False if it was revoked; nothing has changed then.
    package mutating func confirm(for length: Duration, now: Date) -> Bool {
        guard self.revocations == 0 else { return false }
        self.confirmedAt = now
        self.length = max(self.length, length)
        self.writtenAt = now
        return true
    }

    /// Sees to it that the worker is never confirmed again.
    package mutating func revoke(now: Date) {
        self.revocations += 1
        self.writtenAt = now
    }

    /// What a revocation answers that was made just now.
    package func revoked(now: Date) -> RevokedConfirmation {
        let isRecent = self.confirmedAt.map { confirmed in
            now.timeIntervalSince(confirmed) < self.length / .seconds(1) + Self.tolerance
        }
        return RevokedConfirmation(
            remaining: isRecent == true ? self.length : .zero,
            wasRevoked: self.revocations > 1
        )
    }

    /// Until when the worker is confirmed, for people: what counts is counted on other clocks than the store's.
    ///
    /// - Returns: Nil if it is not confirmed now.
    package func end(after now: Date) -> Date? {
        guard self.revocations == 0, let confirmedAt = self.confirmedAt else { return nil }
        let end = confirmedAt.addingTimeInterval(self.length / .seconds(1))
        return now < end ? end : nil
    }

    /// Whether nobody needs the row any more.
    package func isForgotten(at now: Date) -> Bool { now.timeIntervalSince(self.writtenAt) > Self.memory }
}

/// What a store says of a worker whose confirmations it has revoked.
public struct RevokedConfirmation: Sendable, Hashable {
    /// How long the worker may still go on by what was confirmed before, at most, from the answer on; zero if it was not
    /// confirmed lately.
    ///
    /// The whole of what was confirmed last, and not what is left of it: that would have to be measured by two clocks.
    public let remaining: Duration
    /// Whether it had been revoked before.
    public let wasRevoked: Bool

    /// Says how long a worker may still go on.
    public init(remaining: Duration, wasRevoked: Bool) {
        self.remaining = remaining
        self.wasRevoked = wasRevoked
    }
}
