/// How often a run that failed or timed out is tried again, and after what pause.
///
/// The pause doubles from `backoffSeconds` to at most `maxBackoffSeconds`; `jitter` is the share of it that is drawn
/// anew for each attempt, so that what failed together is not tried again together ("full jitter" at 1, Brooker 2015).
public struct RetryPolicy: Sendable, Hashable {
    /// How often it is tried again; 0, the default, for never.
    public var max: Int
    /// The pause before the first retry, in seconds; 5 by default.
    public var backoffSeconds: Int
    /// The longest pause, in seconds; 300 by default.
    public var maxBackoffSeconds: Int
    /// The share of a pause that is random, from 0 to 1; 0.5 by default.
    public var jitter: Double

    /// Creates a policy; the defaults are the system's.
    public init(max: Int = 0, backoffSeconds: Int = 5, maxBackoffSeconds: Int = 300, jitter: Double = 0.5) {
        self.max = max
        self.backoffSeconds = backoffSeconds
        self.maxBackoffSeconds = maxBackoffSeconds
        self.jitter = jitter
    }

    /// What failed is not tried again.
    public static let never = Self()

    /// What failed is tried again, after pauses that double.
    ///
    /// - Parameter max: How often.
    /// - Returns: The policy with the system's pauses: 5 seconds, then twice as long each time, up to 300.
    public static func exponential(max: Int) -> Self { Self(max: max) }

    /// The pause before a retry, in whole seconds.
    ///
    /// Drawn from the run and the attempt and from nothing else, so that it is the same wherever it is computed.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - failures: How many of its attempts have failed, at least 1.
    /// - Returns: From `(1 - jitter)` times the full pause to all of it, rounded up.
    public func pauseSeconds(of run: RunID, failures: Int) -> Int64 {
        let doublings = min(30, Swift.max(0, failures - 1))
        let full = min(Int64(self.maxBackoffSeconds), Int64(self.backoffSeconds) << Int64(doublings))
        var bits = UInt64(truncatingIfNeeded: run.job.rawValue) ^ UInt64(bitPattern: run.scheduledAt.epochSeconds)
        bits = (bits ^ run.trigger.rawValue) &+ UInt64(failures) &* 0x9E37_79B9_7F4A_7C15
        // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        let share = Double(bits >> 11) / Double(1 << 53)
        return Int64((Double(full) * (1 - self.jitter * share)).rounded(.up))
    }
}
