/// What the user asked for: when to run what, and how.
///
/// A million jobs have theirs in the store, in the worker that owns them and in every run under way, so copies share one
/// block of memory until one of them is changed.
public struct JobDefinition: Sendable, Hashable {
    private struct Content: Sendable, Hashable {
        var schedule: Schedule
        var executable: Executable
        var policies: JobPolicies
        var environment: [String: String]
        var workingDirectory: String?
    }

    @SharedValue private var content: Content

    /// Defines a job.
    public init(
        schedule: Schedule,
        executable: Executable,
        policies: JobPolicies = JobPolicies(),
        environment: [String: String] = [:],
        workingDirectory: String? = nil
    ) {
        self.content = Content(
            schedule: schedule,
            executable: executable,
            policies: policies,
            environment: environment,
            workingDirectory: workingDirectory
        )
    }

    /// When to run, with its zone and its rule for clock changes.
    public var schedule: Schedule {
        _read { yield self.content.schedule }
        set { self.content.schedule = newValue }
    }

    /// What to run.
    public var executable: Executable {
        get { self.content.executable }
        set { self.content.executable = newValue }
    }

    /// How runs behave.
    public var policies: JobPolicies {
        get { self.content.policies }
        set { self.content.policies = newValue }
    }

    /// The job's own variables, which its processes find in their environment.
    public var environment: [String: String] {
        get { self.content.environment }
        set { self.content.environment = newValue }
    }

    /// The absolute path of the directory in which its processes start, or nil for a private, empty one.
    public var workingDirectory: String? {
        get { self.content.workingDirectory }
        set { self.content.workingDirectory = newValue }
    }
}
