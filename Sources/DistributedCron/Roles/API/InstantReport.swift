/// What the ledger says of one instant of a job: what happened at it, or why nothing did.
///
/// A row tells, where there is one. Where there is none, the version that is in force now tells, and how far the job's slot
/// is accounted for. Stores show no earlier versions, so of the time before the present one only rows tell.
public struct InstantReport: Sendable, Hashable {
    /// What became of an instant.
    public enum Outcome: Sendable, Hashable {
        /// This run accounts for it; or, if none does, somebody asked for this one in the same second.
        case run(Run)
        /// This gap accounts for it, and for others.
        case gap(Gap)
        /// The schedule names it, and it is to come.
        case future
        /// The schedule names it, and the job is paused then.
        case paused
        /// It has come, and the owner of the job's slot has not accounted for it yet.
        case unaccounted
        /// The job was created later.
        case beforeCreation
        /// The job was removed before.
        case removed
        /// The schedule had ended: the job had had all of its runs, or the end that it names was over.
        case ended
        /// The schedule does not name it.
        case notNamed
        /// No row accounts for it, and another version was in force than the one that is known.
        case earlierVersion
        /// The schedule names it and it was accounted for, but the row is kept no longer.
        case forgotten
    }

    /// The rows that may account for an instant.
    struct Rows {
        /// The run of the schedule.
        var run: Run?
        /// The job's newest gaps.
        var gaps: [Gap] = []
        /// A run that somebody asked for in the same second.
        var manualRun: Run?
        /// The backfilled run that stands for it, the newest if there are several.
        var backfill: Run?
    }

    /// The job, as it was when it was asked about.
    public let job: Job
    /// The instant that was asked about, which need not be one of the schedule's.
    public let instant: Instant
    /// What became of it.
    public let outcome: Outcome
    /// The row of the job's slot, or nil if the store has no such slot.
    public let slot: Slot?
    /// The backfilled run that stands for the instant, beside whatever accounts for it; the newest if there are several.
    public let backfill: Run?

    /// Decides what became of an instant.
    ///
    /// - Parameters:
    ///   - instant: The instant.
    ///   - job: The job.
    ///   - rows: What the store holds of it, read after `slot`.
    ///   - slot: The row of the job's slot.
    ///   - now: The present, by the store's clock.
    init(_ instant: Instant, of job: Job, _ rows: Rows, slot: Slot?, now: Instant) {
        self.job = job
        self.instant = instant
        self.slot = slot
        self.backfill = rows.backfill
        if let run = rows.run {
            self.outcome = .run(run)
        } else if let gap = rows.gaps.first(where: { $0.accounts(for: instant, of: job) }) {
            self.outcome = .gap(gap)
        } else if let run = rows.manualRun {
            self.outcome = .run(run)
        } else {
            self.outcome = Self.outcome(of: instant, job, watermark: slot?.accountedUntil ?? .distantPast, now: now)
        }
    }

    /// What became of an instant that no row tells of.
    private static func outcome(of instant: Instant, _ job: Job, watermark: Instant, now: Instant) -> Outcome {
        let version = job.version
        if instant < job.firstSecond { return .beforeCreation }
        if instant < version.effectiveFrom { return instant > watermark ? .unaccounted : .earlierVersion }
        if let end = version.effectiveTo, instant >= end {
            return job.progress.isRemoved && instant >= Instant(floor: job.updatedAt) ? .removed : .ended
        }
        guard version.names(instant) else { return .notNamed }
        if let end = version.definition.policies.endsAt, instant >= end { return .ended }
        if version.isPaused(at: instant) { return .paused }
        if instant <= watermark { return .forgotten }
        return instant > now ? .future : .unaccounted
    }

    // MARK: What follows

    /// The number of the version that was, or is to be, in force; nil if that is not known, or if there is none.
    public var version: Int? {
        switch self.outcome {
        case .run(let run) where run.id.trigger == .schedule: run.version
        case .gap(let gap): gap.version
        default: self.job.version.isInForce(at: self.instant) ? self.job.version.number : nil
        }
    }

    /// The schedule of that version, or nil if it is not known.
    public var schedule: Schedule? {
        self.version == self.job.version.number ? self.job.definition.schedule : nil
    }

    /// Whether the schedule names the instant; nil if that is not known.
    public var isNamed: Bool? {
        switch self.outcome {
        case .run(let run) where run.id.trigger == .schedule: true
        case .gap(let gap) where self.instant == gap.first || self.instant == gap.last: true
        default: self.schedule == nil ? nil : self.job.version.names(self.instant)
        }
    }

    /// Whether an attempt was made, or may be made at any moment.
    public var hasFired: Bool {
        if case .run(let run) = self.outcome { run.attempt > 0 } else { false }
    }

    /// Why, in one word: the reason of the run or of the gap, or the outcome; nil for a run whose state says it all.
    public var cause: String? {
        switch self.outcome {
        case .run(let run): run.reason?.rawValue
        case .gap(let gap): gap.reason.rawValue
        case .future: "future"
        case .paused: RunReason.paused.rawValue
        case .unaccounted: "unaccounted"
        case .beforeCreation: "before_creation"
        case .removed: RunReason.removed.rawValue
        case .ended: "ended"
        case .notNamed: "not_named"
        case .earlierVersion: "earlier_version"
        case .forgotten: "forgotten"
        }
    }

    /// How each field of the schedule compares with the instant; empty where the schedule is not known or has no fields.
    public var fields: [FieldMatch] { self.schedule?.fieldMatches(at: self.instant) ?? [] }

    /// The nearest instant before that the same version has, paused ones too; nil if there is none, or none is known.
    public var previous: Instant? {
        guard let previous = self.schedule?.previous(before: self.instant) else { return nil }
        return previous >= self.job.version.effectiveFrom ? previous : nil
    }

    /// The nearest instant after that the same version has, paused ones too; nil if there is none, or none is known.
    public var next: Instant? {
        guard let next = self.schedule?.next(after: self.instant) else { return nil }
        return next <= self.job.version.lastSecond ? next : nil
    }
}

extension Job {
    /// The first second that any version of the job can have been in force.
    var firstSecond: Instant {
        self.version.number == 1 ? self.version.effectiveFrom : Instant(ceiling: self.createdAt)
    }
}

extension JobVersion {
    /// Whether the version is in force at an instant.
    fileprivate func isInForce(at instant: Instant) -> Bool {
        instant >= self.effectiveFrom && instant < (self.effectiveTo ?? .distantFuture)
    }

    /// Whether the schedule has an instant, whatever the version's ends and its pause make of it.
    fileprivate func names(_ instant: Instant) -> Bool {
        // Schedules know nothing before 1970, and at the other end of time there may be no second before.
        instant.epochSeconds >= 0 && self.definition.schedule.next(after: instant - 1) == instant
    }
}

extension Gap {
    /// Whether the gap accounts for an instant; of an earlier version only the range is known.
    fileprivate func accounts(for instant: Instant, of job: Job) -> Bool {
        guard instant >= self.first, instant <= self.last else { return false }
        return self.version != job.version.number || job.version.names(instant)
    }
}
