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
