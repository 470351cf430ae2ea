/// What happens to instants that are claimed more than a minute late.
public struct MisfirePolicy: Sendable, Hashable {
    /// How the late instants are chosen.
    public enum Choice: String, Sendable, Hashable, CaseIterable {
        /// The newest instant stands for all of them, if it lies within the window.
        case latest
        /// The newest ones within the window run, oldest first, up to the limit.
        case all
        /// None runs.
        case skip
    }

    /// How the late instants are chosen.
    public var choice: Choice
    /// The most late instants that `all` runs in one claim; 100 by default.
    public var limit: Int
    /// How far back late instants may run, in seconds; a day by default.
    public var windowSeconds: Int64

    /// Creates a policy; the defaults are the system's.
    public init(_ choice: Choice = .latest, limit: Int = 100, windowSeconds: Int64 = 86_400) {
        self.choice = choice
        self.limit = limit
        self.windowSeconds = windowSeconds
    }

    /// The newest instant of the last day stands for all of them.
    public static let latest = Self(.latest)
    /// The newest 100 of the last day run, oldest first.
    public static let all = Self(.all)
    /// None runs.
    public static let skip = Self(.skip)
}

/// What happens to an instant that comes while a run of its job is still going on, anywhere in the cluster.
///
/// One that comes while a backfilled run is going on waits for its end, unless it may run beside it. Backfilled runs wait
/// for all others, and go one after the other.
public enum ConcurrencyPolicy: String, Sendable, Hashable, CaseIterable {
    /// It runs beside the other.
    case allow
    /// It is recorded as skipped.
    case skip
    /// It waits for the other to end; at most ``JobPolicies/queueLimit`` wait, the others are skipped.
    case queue
    /// The other is ended, and then it runs.
    case replace
}

/// What happens to a run whose worker died.
public enum RecoveryPolicy: String, Sendable, Hashable, CaseIterable {
    /// Another worker runs it again.
    case rerun
    /// If it may have started, it is recorded as lost and never started again.
    case atMostOnce = "at_most_once"
}

/// What happens to a running attempt when its worker's lease lapses, and with it the certainty that no other worker
/// runs the same.
public enum LapseConduct: String, Sendable, Hashable, CaseIterable {
    /// It is asked to end in time before the lease does, and killed at its end.
    case stop
    /// It goes on, and its end is reported late.
    case finish
}

/// What becomes of a job while the coordination service cannot be reached.
public enum OutagePolicy: String, Sendable, Hashable, CaseIterable {
    /// Nothing of it is started, and what runs ends with its worker's lease, as ``JobPolicies/onLapse`` says.
    case hold
    /// It goes on for as long as the ledger confirms that its worker's slots are that worker's.
    case lease
}

/// How a job's runs behave, beyond what and when.
public struct JobPolicies: Sendable, Hashable {
    /// The most runs of one job that wait for another to end; what comes then is skipped.
    public static let queueLimit = 100
    /// The most backfilled runs of one job that have not ended, and the most that one backfill may have.
    public static let backfillLimit = 10_000

    /// What happens to late instants.
    public var misfire: MisfirePolicy
    /// What happens to instants that meet a run in progress.
    public var concurrency: ConcurrencyPolicy
    /// What happens to runs whose worker died.
    public var recovery = RecoveryPolicy.rerun
    /// What is to happen to an attempt when its worker's lease lapses, where somebody has chosen that; nil, the default,
    /// for what follows from ``recovery`` and ``concurrency``.
    public var onLapseChoice: LapseConduct?
    /// What becomes of the job while the coordination service cannot be reached.
    public var onOutage = OutagePolicy.hold
    /// How often, and when, a failed run is tried again; never by default.
    public var retry: RetryPolicy
    /// How long an attempt may take; nil, the default, for as long as it likes.
    public var timeout: Duration?
    /// How long an attempt has between SIGTERM and SIGKILL; 10 seconds by default.
    public var killGrace = Duration.seconds(10)
    /// How long after its instant an attempt of a run may still begin; nil, the default, for no end.
    public var deadline: Duration?
    /// After how many runs that the schedule started the job is finished; nil, the default, for no end.
    public var maxRuns: Int?
    /// The moment from which on the schedule has no instants any more; nil, the default, for no end.
    public var endsAt: Instant?

    /// The defaults, but for what is named.
    public init(
        concurrency: ConcurrencyPolicy = .skip,
        misfire: MisfirePolicy = .latest,
        retry: RetryPolicy = .never,
        timeout: Duration? = nil
    ) {
        self.concurrency = concurrency
        self.misfire = misfire
        self.retry = retry
        self.timeout = timeout
    }

    /// What happens to an attempt when its worker's lease lapses; what it is set to is ``onLapseChoice``.
    ///
    /// Where nothing is chosen, an attempt goes on if it may, and is stopped if not. It may only if nobody would start
    /// anything beside it: neither the same run, which must not start twice, nor the job's next one, which does not mind.
    /// A choice to go on counts nowhere else, and no request with it is taken.
    public var onLapse: LapseConduct {
        get { self.mayFinishAfterLapse ? self.onLapseChoice ?? .finish : .stop }
        set { self.onLapseChoice = newValue }
    }

    /// Whether what goes on when its worker's lease has lapsed meets nothing that it must not.
    var mayFinishAfterLapse: Bool { self.recovery == .atMostOnce && self.concurrency == .allow }
}
