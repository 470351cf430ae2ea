/// Why and until when a job's schedule rests.
///
/// Its instants meanwhile are one gap with the reason `paused`. They are not missed, and nothing catches them up.
public struct Pause: Sendable, Hashable {
    /// The first second that runs again, or nil for until somebody resumes the job.
    public var until: Instant?
    /// Why, for people.
    public var reason: String?

    /// Describes a pause.
    public init(until: Instant? = nil, reason: String? = nil) {
        self.until = until
        self.reason = reason
    }
}
