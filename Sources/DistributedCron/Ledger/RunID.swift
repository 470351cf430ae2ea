import Crypto

/// What asked for a run: the schedule, one manual request, or one backfill.
public struct TriggerID: Sendable, Hashable, Comparable {
    /// 0 is the schedule; any other number was drawn by the API for one request, of a backfill if all of the upper 16
    /// bits are set.
    public let rawValue: UInt64

    /// Wraps a number from a store or a generator.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The schedule itself.
    public static let schedule = Self(rawValue: 0)

    /// The first of the numbers that belong to backfills; nothing lies beyond them.
    package static let firstBackfill = Self(rawValue: 0xFFFF_0000_0000_0000)

    /// What kind of request it was.
    public var kind: RunFilter.Trigger {
        if self == .schedule { return .schedule }
        return self.isBackfill ? .backfill : .manual
    }

    /// Whether a backfill asked for the run.
    var isBackfill: Bool { self >= .firstBackfill }

    /// Orders by the number, which has no meaning beyond making lists stable.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The identity of a run: a job, an instant, and what asked for it.
///
/// It is known before the run exists, so whatever creates the run twice creates it once. All attempts of a run share it:
/// a job can use it as an idempotency key. Written `<job>.<scheduled_at as epoch seconds>.<trigger>`.
public struct RunID: Sendable, Hashable {
    /// The job that runs.
    public let job: JobID
    /// The instant that the run accounts for; for a manual run, the second of its request; for a backfilled one, the
    /// instant that it stands for.
    public let scheduledAt: Instant
    /// What asked for the run.
    public let trigger: TriggerID

    /// Names the run of `job` at `scheduledAt` that `trigger` asked for.
    public init(job: JobID, scheduledAt: Instant, trigger: TriggerID = .schedule) {
        self.job = job
        self.scheduledAt = scheduledAt
        self.trigger = trigger
    }
}

extension RunID: LosslessStringConvertible {
    /// Reads `<job>.<epoch seconds>.<trigger>`.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let job = JobID(String(parts[0])), let seconds = Int64(parts[1]),
            let trigger = UInt64(parts[2])
        else { return nil }
        self.init(job: job, scheduledAt: Instant(epochSeconds: seconds), trigger: TriggerID(rawValue: trigger))
    }

    /// The identity as one dotted word, safe in paths and URLs.
    public var description: String { "\(self.job).\(self.scheduledAt.epochSeconds).\(self.trigger.rawValue)" }
}

extension RunID: Comparable {
    /// Orders by instant, then trigger, then job: the order in which lists show runs.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.scheduledAt, lhs.trigger, lhs.job) < (rhs.scheduledAt, rhs.trigger, rhs.job)
    }
}

extension RunID {
    /// Whether this run starts before another one that waits as well: the older first, and backfilled ones after all
    /// others.
    func precedes(_ other: Self) -> Bool {
        self.trigger.isBackfill == other.trigger.isBackfill ? self < other : other.trigger.isBackfill
    }
}

extension TriggerID {
    /// The trigger of a manual request, made of random bits or of a digest.
    init(manual bits: UInt64) {
        // 0 is the schedule, and the highest numbers are backfills.
        self.init(rawValue: max(1, bits < Self.firstBackfill.rawValue ? bits : bits >> 16))
    }

    /// The trigger of a backfill, made of random bits or of a digest.
    init(backfill bits: UInt64) { self.init(rawValue: bits | Self.firstBackfill.rawValue) }

    /// The trigger of a manual request that its client has named: the same name gives the same trigger.
    init(idempotencyKey key: String) { self.init(manual: Self.bits(of: key)) }

    /// The trigger of a backfill that its client has named: the same name gives the same trigger.
    init(backfillKey key: String) { self.init(backfill: Self.bits(of: key)) }

    private static func bits(of key: String) -> UInt64 {
        SHA256.hash(data: Array(key.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
}
