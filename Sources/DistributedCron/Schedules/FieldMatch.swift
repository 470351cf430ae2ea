/// One field of a cron expression, held against a time.
public struct FieldMatch: Sendable, Hashable {
    /// The field.
    public let field: ScheduleField
    /// What the clock and the calendar of the schedule's zone show; Sunday is 0.
    public let value: Int
    /// The field as it was written; that of a macro as crontab(5) writes it out.
    public let allowed: String
    /// Whether the field names the value.
    public let isNamed: Bool
}
