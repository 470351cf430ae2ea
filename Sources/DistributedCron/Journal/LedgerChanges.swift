/// What a call has changed in a ledger, for the journal.
struct LedgerChanges: Sendable {
    /// Whether anybody wants to know.
    var isRecording = false
    /// Jobs whose definition, name or end has changed.
    var jobs: Set<JobID> = []
    /// Jobs whose progress has changed.
    var progress: Set<JobID> = []
    var slots: Set<Int> = []
    var runs: Set<RunID> = []
    var droppedRuns: [RunID] = []
    var droppedJobs: [JobID] = []
    var attempts: [Attempt] = []
    var gaps: [Gap] = []
    var requests: [String] = []
    var confirmations: Set<WorkerID> = []

    var isEmpty: Bool {
        self.jobs.isEmpty && self.progress.isEmpty && self.slots.isEmpty && self.runs.isEmpty
            && self.droppedRuns.isEmpty && self.droppedJobs.isEmpty
            && self.attempts.isEmpty && self.gaps.isEmpty && self.requests.isEmpty && self.confirmations.isEmpty
    }

    /// Forgets what was noted, and goes on.
    mutating func clear() { self = Self(isRecording: self.isRecording) }
}
