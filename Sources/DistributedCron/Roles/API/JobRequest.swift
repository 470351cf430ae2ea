/// A job as a client asks for it: not validated yet.
public struct JobRequest: Sendable, Hashable {
    /// When to run, in crontab's format and the extensions of ``Schedule``.
    public var schedule: String
    /// What to run; files are stored already.
    public var executable: Executable
    /// The IANA zone in which the schedule is read; nil for the cluster's.
    public var timeZone: String?
    /// The rule for clock changes.
    public var dst = ClockChangeRule.debian
    /// Whether the schedule begins with a field for seconds.
    public var seconds = false
    /// A name, unique among jobs that are not removed.
    public var name: String?
    /// What it is for, in the user's words.
    public var description: String?
    /// The user's own keys and values, by which jobs are found.
    ///
    /// Keys that begin with `distcron.` are the system's: a job keeps those that it has, and gets no others from here.
    public var labels: [String: String] = [:]
    /// Labels that the system gives the job.
    var systemLabels: [String: String] = [:]
    /// Variables that its processes find in their environment.
    public var environment: [String: String] = [:]
    /// The absolute path of the directory in which its processes start; nil for a private, empty one.
    public var workingDirectory: String?
    /// How runs behave.
    public var policies = JobPolicies()
    /// The pause with which it begins; nil to run.
    public var pause: Pause?

    /// What the keys of the system's own labels begin with.
    static let systemLabelPrefix = "distcron."

    /// Asks for a job with the default policies.
    public init(schedule: String, executable: Executable) {
        self.schedule = schedule
        self.executable = executable
    }

    /// Asks for a job as it is already.
    public init(_ job: Job) {
        let definition = job.definition
        self.init(schedule: definition.schedule.text, executable: definition.executable)
        self.timeZone = definition.schedule.zone.name
        self.dst = definition.schedule.dst
        self.seconds = definition.schedule.seconds
        self.name = job.name
        self.description = job.description
        self.labels = job.labels
        self.environment = definition.environment
        self.workingDirectory = definition.workingDirectory
        self.policies = definition.policies
        self.pause = job.version.pause
    }

    /// Asks for a job as it is already, without a pause that is over at an instant.
    public init(_ job: Job, at instant: Instant) {
        self.init(job)
        if !job.version.isPaused(at: instant) { self.pause = nil }
    }

    /// Keeps the system's labels of a job, unless they are set to something else.
    mutating func keepSystemLabels(of job: Job) {
        self.labels.merge(job.labels.filter { $0.key.hasPrefix(Self.systemLabelPrefix) }) { own, _ in own }
    }

    /// Whether it leaves a job's schedule as it is.
    func keepsSchedule(of job: Job) -> Bool {
        let old = job.definition.schedule
        return self.schedule == old.text && self.timeZone == old.zone.name && self.dst == old.dst
            && self.seconds == old.seconds
    }
}
