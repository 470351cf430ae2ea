/// When a run is tried again if an attempt of it fails, as far as that is known before the attempt.
///
/// It goes with the order, so that whoever hears of the end can say what follows without asking the store.
public struct AttemptRetry: Sendable, Hashable {
    /// How many seconds after the end of the attempt.
    public var pauseSeconds: Int64
    /// The last second at which the run may be tried again, or nil for any.
    public var latest: Instant?

    /// Describes a retry.
    public init(pauseSeconds: Int64, latest: Instant? = nil) {
        self.pauseSeconds = pauseSeconds
        self.latest = latest
    }

    /// The first second at which the next attempt may be claimed, or nil if that is too late.
    ///
    /// - Parameter end: When the attempt failed.
    /// - Returns: The pause after the end, unless the job's deadline is over by then.
    public func instant(afterEndAt end: Instant) -> Instant? {
        let instant = end + self.pauseSeconds
        if let latest, latest < instant { return nil }
        return instant
    }
}
