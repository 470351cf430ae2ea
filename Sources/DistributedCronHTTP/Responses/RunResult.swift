import DistributedCron

/// The outcome of a run in the words of OpenTelemetry's conventions for pipelines.
enum RunResult: String, CaseIterable {
    case success
    case failure
    case timeout
    case cancellation
    case skip
    case error

    /// The result of a run in a state, or nil while it has none.
    init?(_ state: RunState) {
        switch state {
        case .pending, .claimed, .starting, .running: return nil
        case .succeeded: self = .success
        case .failed: self = .failure
        case .timedOut: self = .timeout
        case .cancelled: self = .cancellation
        case .skipped, .missed: self = .skip
        case .lost: self = .error
        }
    }

    /// The states with this result.
    var states: Set<RunState> { Set(RunState.allCases.filter { Self($0) == self }) }
}
