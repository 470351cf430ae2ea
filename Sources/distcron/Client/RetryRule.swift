/// When a request that came to nothing is sent again.
///
/// A connection that is refused is not tried again: no server is there, and a person waits.
struct RetryRule: Sendable {
    /// How long to wait after the first failure, after the second, and so on; then the last one stands.
    var pauses: [Duration] = [.milliseconds(250), .seconds(1), .seconds(3)]
    /// The longest wait that a server may ask for.
    var longestPause = Duration.seconds(10)

    /// How long to wait before the next try.
    ///
    /// - Parameters:
    ///   - failures: How many tries there were.
    ///   - outcome: What became of the last one.
    /// - Returns: The wait, or nil if the outcome stands.
    func pause(after failures: Int, _ outcome: Outcome) -> Duration? {
        guard failures <= self.pauses.count else { return nil }
        let pause = self.pauses[failures - 1]
        guard case .answered(let answer) = outcome else { return outcome.isLost ? pause : nil }
        guard answer.status == 503 else { return nil }
        // A server that names a time knows better; one that names a long one is as good as away.
        let asked = answer.header("Retry-After").flatMap { Int($0) }.map { Duration.seconds($0) } ?? pause
        return asked <= self.longestPause ? max(asked, pause) : nil
    }
}
