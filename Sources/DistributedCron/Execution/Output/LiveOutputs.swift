/// The outputs of the attempts that run in this process, by their runs.
///
/// A worker and an API in one process share it, so that the API can show what runs while it writes.
public final class LiveOutputs: Sendable {
    private let outputs = Lock<[RunID: AttemptOutput]>([:])

    /// Begins with none.
    public init() {}

    /// Makes the output of a run's new attempt; it takes the place of an earlier one's.
    public func begin(_ run: RunID) -> AttemptOutput {
        let output = AttemptOutput()
        self.outputs.withLock { $0[run] = output }
        return output
    }

    /// Finishes an attempt's output and forgets it, unless it is another's turn already.
    ///
    /// - Returns: The end of what was written.
    @discardableResult
    public func finish(_ output: AttemptOutput, of run: RunID) -> OutputTail {
        self.outputs.withLock { if $0[run] === output { $0[run] = nil } }
        return output.finish()
    }

    /// Follows the attempt of a run that runs here.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - offset: Where to begin in what the attempt writes, in bytes of both streams together.
    /// - Returns: What ``AttemptOutput/follow(from:)`` says, or nil if no attempt of the run runs in this process.
    public func follow(_ run: RunID, from offset: Int = 0) -> AsyncStream<OutputEvent>? {
        self.outputs.withLock { $0[run] }?.follow(from: offset)
    }

    /// The end of what the attempt of a run that runs here has written so far, or nil if none runs in this process.
    public func tail(of run: RunID) -> OutputTail? { self.outputs.withLock { $0[run] }?.tail }
}
