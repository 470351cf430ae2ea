#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A definition and the time over which it is in force.
///
/// Instants belong to the version in force at them, however late they are claimed.
public struct JobVersion: Sendable, Hashable {
    /// The version's number within its job, from 1.
    public var number: Int
    /// The first second in force.
    public var effectiveFrom: Instant
    /// The first second no longer in force, or nil while the version is the current one.
    public var effectiveTo: Instant?
    /// What is in force.
    public var definition: JobDefinition
    /// The pause with which the version begins, or nil if it runs.
    public var pause: Pause?

    /// Puts a definition in force.
    public init(
        number: Int,
        effectiveFrom: Instant,
        effectiveTo: Instant? = nil,
        definition: JobDefinition,
        pause: Pause? = nil
    ) {
        self.number = number
        self.effectiveFrom = effectiveFrom
        self.effectiveTo = effectiveTo
        self.definition = definition
        self.pause = pause
    }

    /// The first instant of this version after `instant` that is to run, or nil if there is none.
    public func next(after instant: Instant) -> Instant? {
        let start = max(instant, self.firstRunningSecond - 1)
        guard start < self.lastSecond, let next = self.definition.schedule.next(after: start) else { return nil }
        return next <= self.lastSecond ? next : nil
    }

    /// The last instant of this version at or before `instant` that is to run, or nil if there is none.
    public func previous(atOrBefore instant: Instant) -> Instant? {
        let end = min(instant, self.lastSecond)
        let previous = self.definition.schedule.previous(before: end == .distantFuture ? end : end + 1)
        return previous.flatMap { $0 >= self.firstRunningSecond ? $0 : nil }
    }

    /// Whether the pause is in force at `instant`.
    public func isPaused(at instant: Instant) -> Bool {
        guard let pause = self.pause else { return false }
        return pause.until.map { instant < $0 } ?? true
    }

    /// The last second with instants: before the version's end, and before the end that the job itself names.
    public var lastSecond: Instant {
        let end = min(self.effectiveTo ?? .distantFuture, self.definition.policies.endsAt ?? .distantFuture)
        return end == .distantFuture ? end : end - 1
    }

    /// The first second that is not paused.
    private var firstRunningSecond: Instant {
        guard let pause = self.pause else { return self.effectiveFrom }
        return max(self.effectiveFrom, pause.until ?? .distantFuture)
    }

    /// The gap that accounts for the pause's instants up to and including `instant`, or nil if there are none.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - instant: Up to where.
    /// - Returns: One gap with the reason `paused`.
    public func pauseGap(of job: JobID, through instant: Instant) -> Gap? {
        guard self.pause != nil else { return nil }
        let resumed = self.firstRunningSecond
        let end = min(instant, self.lastSecond, resumed == .distantFuture ? resumed : resumed - 1)
        let schedule = self.definition.schedule
        guard let first = schedule.next(after: self.effectiveFrom - 1), first <= end,
            let last = schedule.previous(before: end == .distantFuture ? end : end + 1)
        else { return nil }
        return Gap(
            job: job,
            first: first,
            last: last,
            count: schedule.count(after: first - 1, through: last),
            reason: .paused,
            version: self.number
        )
    }

    /// Ends the version, if it has not ended earlier.
    ///
    /// - Parameters:
    ///   - end: The first second no longer in force.
    ///   - job: The job.
    /// - Returns: What its pause accounts for, if it has only ended now.
    package mutating func end(at end: Instant, of job: JobID) -> Gap? {
        let ended = self.effectiveTo
        self.effectiveTo = min(ended ?? .distantFuture, max(end, self.effectiveFrom))
        return ended == nil ? self.pauseGap(of: job, through: .distantFuture) : nil
    }
}

/// A job as a store returns it.
public struct Job: Sendable, Hashable, Identifiable {
    /// The identity.
    public let id: JobID
    /// The slot that the job hashes to.
    public let slot: SlotID
    /// The user's name for it, unique among jobs that are not removed.
    public var name: String?
    /// What it is for, in the user's words.
    public var description: String?
    /// The user's own keys and values, by which jobs are found.
    public var labels: [String: String]
    /// The version in force now, or the last one of a removed job.
    public var version: JobVersion
    /// The facts from which the status follows.
    public var progress: JobProgress
    /// When the job was created, by the store's clock.
    public let createdAt: Date
    /// When the job was last changed by a user, by the store's clock.
    public var updatedAt: Date

    /// What the user asked for.
    public var definition: JobDefinition { self.version.definition }
    /// What the job is up to.
    public var status: JobStatus { self.progress.status }

    /// Assembles a job from what a store holds.
    public init(
        id: JobID,
        slot: SlotID,
        name: String?,
        description: String? = nil,
        labels: [String: String] = [:],
        version: JobVersion,
        progress: JobProgress,
        createdAt: Date,
        updatedAt: Date
    ) {
        self.id = id
        self.slot = slot
        self.name = name
        self.description = description
        self.labels = labels
        self.version = version
        self.progress = progress
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
