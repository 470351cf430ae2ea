import Crypto

/// What asked for a run: the schedule, or one manual request.
public struct TriggerID: Sendable, Hashable, Comparable {
    /// 0 is the schedule; any other number was drawn by the API for one request.
    public let rawValue: UInt64

    /// Wraps a number from a store or a generator.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The schedule itself.
    public static let schedule = Self(rawValue: 0)

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
    /// The instant that the run accounts for; for a manual run, the second of its request.
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
    /// Orders by instant, then trigger, then job: the order in which waiting runs start.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.scheduledAt, lhs.trigger, lhs.job) < (rhs.scheduledAt, rhs.trigger, rhs.job)
    }
}

extension TriggerID {
    /// The trigger of a request that its client has named: the same name gives the same trigger.
    init(idempotencyKey key: String) {
        let digest = SHA256.hash(data: Array(key.utf8))
        let bits = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // 0 is the schedule.
        self.init(rawValue: max(1, bits))
    }
}
