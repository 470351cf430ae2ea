/// Which runs a list holds; the default is all of them.
public struct RunFilter: Sendable, Hashable {
    /// What asked for a run.
    public enum Trigger: String, Sendable, Hashable, CaseIterable {
        /// The schedule.
        case schedule
        /// A user, who wanted a run at once.
        case manual
        /// A user, who wanted an instant of the past to be run.
        case backfill
    }

    /// Only this job's.
    public var job: JobID?
    /// Only those in one of these states; empty for any.
    public var states: Set<RunState> = []
    /// Only those whose last attempt this worker made.
    public var worker: WorkerID?
    /// Only those that this asked for.
    public var trigger: Trigger?
    /// Only those with instants at or after this one.
    public var since: Instant?
    /// Only those with instants before this one.
    public var until: Instant?

    /// Everything, or one job's.
    public init(job: JobID? = nil) { self.job = job }

    /// Whether a run belongs to the list.
    public func matches(_ run: Run) -> Bool {
        if let job = self.job, run.id.job != job { return false }
        if !self.states.isEmpty, !self.states.contains(run.state) { return false }
        if let worker = self.worker, run.worker != worker { return false }
        if let trigger = self.trigger, trigger != run.id.trigger.kind { return false }
        if let since = self.since, run.id.scheduledAt < since { return false }
        if let until = self.until, run.id.scheduledAt >= until { return false }
        return true
    }
}
