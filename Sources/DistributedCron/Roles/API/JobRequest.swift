/// A job as a client asks for it: not validated yet.
public struct JobRequest: Sendable, Hashable {
    /// What to run, with the bytes of a file.
    public enum Payload: Sendable, Hashable {
        /// A command line for `/bin/sh -c`.
        case command(String)
        /// The bytes of a script.
        case script([UInt8])
        /// The bytes of a binary.
        case binary([UInt8])
    }

    /// When to run, in crontab's format and the extensions of ``Schedule``.
    public var schedule: String
    /// What to run.
    public var payload: Payload
    /// The IANA zone in which the schedule is read; UTC if nil.
    public var timeZone: String?
    /// The rule for clock changes.
    public var dst = ClockChangeRule.debian
    /// Whether the schedule begins with a field for seconds.
    public var seconds = false
    /// A name, unique among jobs that are not removed.
    public var name: String?
    /// How runs behave.
    public var policies = JobPolicies()

    /// Asks for a job with the default policies.
    public init(schedule: String, payload: Payload) {
        self.schedule = schedule
        self.payload = payload
    }
}

/// What is wrong with a request, one entry for each field.
public struct JobRequestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One field's problem.
    public struct Issue: Sendable, Hashable {
        /// The field, by its name in the API.
        public var field: String
        /// What is wrong, and what would be right.
        public var message: String
        /// What the schedule's parser says, if the field is the schedule.
        public var schedule: ScheduleError?

        /// Describes a problem.
        public init(field: String, message: String, schedule: ScheduleError? = nil) {
            self.field = field
            self.message = message
            self.schedule = schedule
        }
    }

    /// The problems, in the order of the fields; never empty.
    public let issues: [Issue]

    /// Describes what is wrong.
    public init(issues: [Issue]) { self.issues = issues }

    /// Every problem on a line of its own.
    public var description: String { self.issues.map { "\($0.field): \($0.message)" }.joined(separator: "\n") }
}
