#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A fixed hash bucket of jobs: the unit of assignment and of conflict.
public struct SlotID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The pool that the slot belongs to; each pool has slots of its own.
    public let pool: PoolID
    /// The slot's number, from 0.
    public let index: Int

    /// Names a slot.
    public init(pool: PoolID = .default, index: Int) {
        self.pool = pool
        self.index = index
    }

    /// The slot that a job belongs to, for ever.
    ///
    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014) over both halves of the identity spreads even identities
    /// that were not drawn at random.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - pool: The job's pool.
    ///   - count: How many slots a pool has, a power of two fixed when the cluster was initialised.
    public init(of job: JobID, in pool: PoolID = .default, count: Int) {
        var bits = UInt64(truncatingIfNeeded: job.rawValue >> 64) ^ UInt64(truncatingIfNeeded: job.rawValue)
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        self.init(pool: pool, index: Int(bits & UInt64(count - 1)))
    }

    /// The pool and the number, such as `default-17`.
    public var description: String { "\(self.pool)-\(self.index)" }

    /// Orders by pool, then by number.
    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.pool, lhs.index) < (rhs.pool, rhs.index) }
}

/// A slot's fencing number, raised at each change of owner; a write under an old one is refused.
public struct Epoch: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The epoch of a slot that nobody ever owned.
    public static let zero = Self(rawValue: 0)

    /// The number, from 0 for a slot that nobody ever owned.
    public let rawValue: UInt64

    /// Wraps a number from a store.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The least epoch that the next owner may have.
    public var next: Self { Self(rawValue: self.rawValue + 1) }

    /// The epoch of an owner that is named at a time of the store's clock: higher than this one, and than any that was
    /// given before that time.
    public func next(at now: Date) -> Self {
        let milliseconds = UInt64(min(max(0, now.timeIntervalSince1970 * 1_000), 1e14))
        return max(self.next, Self(rawValue: milliseconds))
    }

    /// The number that a job can hand to what it writes to: it grows with every attempt of a run.
    ///
    /// - Parameter attempt: The attempt's number; the lower 16 bits hold it, and it stays at their maximum above.
    /// - Returns: The epoch × 65,536 + the attempt.
    public func fence(attempt: Int) -> UInt64 { self.rawValue << 16 | UInt64(min(attempt, 0xFFFF)) }

    /// The epoch that a ``fence(attempt:)`` was made of.
    package init(fence: UInt64) { self.init(rawValue: fence >> 16) }

    /// The number.
    public var description: String { "\(self.rawValue)" }

    /// Orders by age: the owner with the higher epoch is the rightful one.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// A slot's change counter, raised in the same transaction as each change of one of its jobs.
///
/// A number is never given twice, even by a store that has forgotten the first time: each is at least the microseconds
/// since 1970 of the store's clock. Were they counted one by one, a store that forgot the change to revision 7 would
/// give 7 to the next change, and a worker that knows the forgotten 7 would go on with jobs that do not exist.
public struct Revision: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number, from 0 for a slot that never had a job.
    public let rawValue: UInt64

    /// Wraps a number from a store.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Before every change.
    public static let zero = Self(rawValue: 0)

    /// The revision after one more change.
    public var next: Self { Self(rawValue: self.rawValue + 1) }

    /// The revision after a change at a time of the store's clock: higher than this one, and than any that was given
    /// before that time.
    public func next(at now: Date) -> Self {
        let microseconds = UInt64(min(max(0, now.timeIntervalSince1970 * 1_000_000), 1e18))
        return max(self.next, Self(rawValue: microseconds))
    }

    /// The number.
    public var description: String { "\(self.rawValue)" }

    /// Orders by age.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// A slot's row in the ledger.
public struct Slot: Sendable, Hashable, Identifiable {
    /// Which slot.
    public let id: SlotID
    /// Who owns it, or nil before the first assignment.
    public var worker: WorkerID?
    /// The owner's fencing number.
    public var epoch: Epoch
    /// The token of the leader that wrote the owner.
    public var leaderToken: LeaderToken
    /// The watermark: every instant of the slot's jobs up to and including it has its run or gap row.
    public var accountedUntil: Instant
    /// How many claims and adoptions have been committed.
    public var claimSequence: UInt64
    /// The change counter.
    public var revision: Revision

    /// Assembles a slot from what a store holds.
    public init(
        id: SlotID,
        worker: WorkerID? = nil,
        epoch: Epoch = .zero,
        leaderToken: LeaderToken = .none,
        accountedUntil: Instant,
        claimSequence: UInt64 = 0,
        revision: Revision = .zero
    ) {
        self.id = id
        self.worker = worker
        self.epoch = epoch
        self.leaderToken = leaderToken
        self.accountedUntil = accountedUntil
        self.claimSequence = claimSequence
        self.revision = revision
    }
}

/// A leader's fencing number: the store refuses the writes of a leader that another has followed.
public struct LeaderToken: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Which life of the coordination service the number counts in; raised when the service is rebuilt.
    public let incarnation: UInt64
    /// The number, higher for each leader.
    public let sequence: UInt64

    /// Wraps numbers from a coordinator or a store.
    public init(incarnation: UInt64, sequence: UInt64) {
        self.incarnation = incarnation
        self.sequence = sequence
    }

    /// Lower than every leader's.
    public static let none = Self(incarnation: 0, sequence: 0)

    /// Both numbers, such as `1.42`.
    public var description: String { "\(self.incarnation).\(self.sequence)" }

    /// Orders by age: the leader with the higher token is the rightful one.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.incarnation, lhs.sequence) < (rhs.incarnation, rhs.sequence)
    }
}
