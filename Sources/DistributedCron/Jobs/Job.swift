#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What the user asked for: when to run what, and how.
public struct JobDefinition: Sendable, Hashable {
    /// When to run, with its zone and its rule for clock changes.
    public var schedule: Schedule
    /// What to run.
    public var executable: Executable
    /// How runs behave.
    public var policies: JobPolicies

    /// Defines a job.
    public init(schedule: Schedule, executable: Executable, policies: JobPolicies = JobPolicies()) {
        self.schedule = schedule
        self.executable = executable
        self.policies = policies
    }
}

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

    /// Puts a definition in force.
    public init(number: Int, effectiveFrom: Instant, effectiveTo: Instant? = nil, definition: JobDefinition) {
        self.number = number
        self.effectiveFrom = effectiveFrom
        self.effectiveTo = effectiveTo
        self.definition = definition
    }

    /// The first instant of this version after `instant`, or nil if there is none.
    public func next(after instant: Instant) -> Instant? {
        let start = max(instant, self.effectiveFrom - 1)
        guard let next = self.definition.schedule.next(after: start) else { return nil }
        if let end = self.effectiveTo, next >= end { return nil }
        return next
    }

    /// The last instant of this version at or before `instant`, or nil if there is none.
    public func previous(atOrBefore instant: Instant) -> Instant? {
        let end = min(instant, self.lastSecond)
        let previous = self.definition.schedule.previous(before: end == .distantFuture ? end : end + 1)
        return previous.flatMap { $0 >= self.effectiveFrom ? $0 : nil }
    }

    /// The last second in force.
    public var lastSecond: Instant { self.effectiveTo.map { $0 - 1 } ?? .distantFuture }
}

/// A job as a store returns it.
public struct Job: Sendable, Hashable, Identifiable {
    /// The identity.
    public let id: JobID
    /// The slot that the job hashes to.
    public let slot: SlotID
    /// The user's name for it, unique among jobs that are not removed.
    public var name: String?
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
        version: JobVersion,
        progress: JobProgress,
        createdAt: Date,
        updatedAt: Date
    ) {
        self.id = id
        self.slot = slot
        self.name = name
        self.version = version
        self.progress = progress
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
