/// What a job is up to, as its user sees it.
public enum JobStatus: String, Sendable, Hashable, CaseIterable {
    /// Instants are to come, and the last run that ended did not fail.
    case scheduled
    /// No instant is to come, or the job was removed.
    case finished
    /// The last run that ended failed, timed out or was lost.
    case error
}

/// The facts from which a job's status follows.
///
/// Kept instead of the status itself, so that no order of events can leave a status that contradicts them.
public struct JobProgress: Sendable, Hashable {
    /// Whether the job was removed.
    public var isRemoved = false
    /// Whether the watermark has passed the schedule's last instant.
    public var isExhausted = false
    /// Whether the last run that ended failed.
    public var isFailing = false
    /// How many of the job's runs have not ended.
    public var openRuns = 0
    /// How many runs the schedule has started, or has made wait, since the job was created.
    public var startedRuns = 0

    /// The progress of a job that was just created.
    public init() {}

    /// Whether nothing more will happen to the job, whatever its status.
    public var isOver: Bool { (self.isRemoved || self.isExhausted) && self.openRuns == 0 }

    /// The status that follows from the facts.
    public var status: JobStatus {
        if self.isRemoved { return .finished }
        if self.isFailing { return .error }
        return self.isExhausted && self.openRuns == 0 ? .finished : .scheduled
    }

    /// Takes note that a run ended.
    ///
    /// Runs that were refused or cancelled say nothing about the job.
    public mutating func runEnded(_ state: RunState) {
        self.openRuns -= 1
        switch state {
        case .succeeded: self.isFailing = false
        case .failed, .timedOut, .lost: self.isFailing = true
        case .cancelled, .skipped, .missed, .pending, .claimed, .starting, .running: break
        }
    }
}
