/// Instants of a job's schedule in a range of the past that are to be run, again or for the first time.
public struct Backfill: Sendable, Hashable {
    /// The most runs of one that is not forced.
    public static let limit = 1_000

    /// The first instant that may be run.
    public var from: Instant
    /// The first instant that is not run any more; not later than the present.
    public var to: Instant
    /// Why, for people; at most 1 KiB.
    public var reason: String?
    /// Whether there may be more than ``limit`` runs, up to ``JobPolicies/backfillLimit``.
    public var isForced: Bool

    /// Describes a range of the past.
    public init(from: Instant, to: Instant, reason: String? = nil, isForced: Bool = false) {
        self.from = from
        self.to = to
        self.reason = reason
        self.isForced = isForced
    }

    /// What its runs are asked for with: the range is part of it, so that a request that comes again is recognised, and
    /// another one under the same name as well.
    var request: RunRequest {
        RunRequest(reason: "backfill from \(self.from) to \(self.to)\(self.reason.map { ": \($0)" } ?? "")")
    }
}
