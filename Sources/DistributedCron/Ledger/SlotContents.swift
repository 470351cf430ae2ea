/// A job as the owner of its slot needs to know it.
public struct SlotJob: Sendable, Hashable {
    /// The job.
    public let id: JobID
    /// The versions in force at some time after the slot's watermark, oldest first; empty if there is none.
    public let versions: [JobVersion]
    /// Whether the watermark is known to have passed the last instant.
    public let isExhausted: Bool
    /// How many runs the schedule has started, or has made wait.
    public let startedRuns: Int

    /// Describes a job to its owner.
    public init(id: JobID, versions: [JobVersion], isExhausted: Bool, startedRuns: Int = 0) {
        self.id = id
        self.versions = versions
        self.isExhausted = isExhausted
        self.startedRuns = startedRuns
    }
}

/// A run that has not ended, with what it is to do.
public struct OpenRun: Sendable, Hashable {
    /// The run.
    public let run: Run
    /// The definition of the run's version.
    public let definition: JobDefinition

    /// Joins a run with its definition.
    public init(run: Run, definition: JobDefinition) {
        self.run = run
        self.definition = definition
    }
}

/// What has changed in a slot.
public struct SlotContents: Sendable, Hashable {
    /// The slot's row.
    public let slot: Slot
    /// The jobs that changed, in the order of their change.
    public let jobs: [SlotJob]
    /// Up to where `jobs` goes; the slot's own revision when nothing is left.
    public let revision: Revision
    /// Every run of the slot's jobs that has not ended, oldest first.
    public let open: [OpenRun]

    /// Describes a slot to its owner.
    public init(slot: Slot, jobs: [SlotJob], revision: Revision, open: [OpenRun]) {
        self.slot = slot
        self.jobs = jobs
        self.revision = revision
        self.open = open
    }
}
