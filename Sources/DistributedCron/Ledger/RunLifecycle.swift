/// The states that a run may go through, and what each end of an attempt means for it.
///
/// Pure: every store and every worker decides by these functions and none by its own.
extension RunState {
    /// Whether a run in this state may become `next` in the same attempt.
    public func mayBecome(_ next: RunState) -> Bool {
        switch (self, next) {
        case (.pending, .claimed), (.pending, .skipped), (.pending, .missed), (.pending, .cancelled): true
        case (.claimed, .starting), (.claimed, .running), (.starting, .running): true
        case (.claimed, .missed), (.starting, .missed): true
        case (.claimed, _), (.starting, _), (.running, _): next.isTerminal && next != .skipped && next != .missed
        default: false
        }
    }
}

extension AttemptOutcome {
    /// The state of a run whose only or last attempt ended like this.
    public var runState: RunState {
        switch self {
        case .exited(0): .succeeded
        case .exited, .signaled, .failed, .notStarted: .failed
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        case .expired: .missed
        case .lost: .lost
        }
    }

    /// Why the run has that state, or nil if the state says it all.
    public var runReason: RunReason? {
        switch self {
        case .exited(0): nil
        case .exited: .exit
        case .signaled: .signal
        case .failed: .error
        case .timedOut: .timeout
        case .cancelled: .shutdown
        case .notStarted: .spawn
        case .expired: .deadline
        case .lost: .unknown
        }
    }

    /// What a shell would call the exit status: the code, or 128 + n after signal n.
    public var exitCode: Int32? {
        switch self {
        case .exited(let code): code
        case .signaled(let number): 128 + number
        case .failed, .timedOut, .cancelled, .notStarted, .expired, .lost: nil
        }
    }

    /// Whether retries are for attempts that ended like this.
    var isFailure: Bool {
        switch self.runState {
        case .failed, .timedOut, .lost: true
        default: false
        }
    }

    /// A sentence for people, where the reason alone does not say enough.
    public var detail: String? {
        switch self {
        case .exited(0): nil
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "ended by signal \(number)"
        case .failed(let description): description
        case .timedOut: "exceeded its time-out and was ended"
        case .cancelled: "ended because its worker shut down"
        case .notStarted(let reason): reason
        case .expired: "its deadline passed before it could begin"
        case .lost: "it began, and how it ended was never reported"
        }
    }
}

extension Run {
    /// Applies the end of an attempt, unless the attempt is not the run's current one.
    ///
    /// An attempt that is to be retried leaves the run pending, with what is known of the attempt.
    ///
    /// - Returns: Whether the run changed. A late end of a superseded attempt changes nothing.
    public mutating func record(_ attempt: Attempt) -> Bool {
        let outcome = attempt.report.outcome
        guard attempt.number == self.attempt, attempt.epoch == self.epoch, self.state.mayBecome(outcome.runState) else {
            return false
        }
        if outcome.isFailure { self.failures += 1 }
        // A worker without a lease may not have heard that somebody had asked for the end.
        let cancellation = attempt.cancellation == .lapsed ? self.cancellation ?? .lapsed : attempt.cancellation
        self.state = outcome.runState
        self.reason = cancellation ?? outcome.runReason
        self.detail = cancellation?.cancellationDetail ?? outcome.detail
        self.exitCode = outcome.exitCode
        self.startedAt = attempt.report.startedAt
        self.finishedAt = attempt.report.finishedAt
        if let retryAt = attempt.retryAt, self.cancellation == nil {
            self.state = .pending
            self.notBefore = retryAt
        } else {
            self.notBefore = nil
            self.cancellation = nil
        }
        return true
    }

    /// Whether a worker has claimed an attempt that has not ended.
    package var isInProgress: Bool {
        switch self.state {
        case .claimed, .starting, .running: true
        case .pending, .succeeded, .failed, .timedOut, .cancelled, .lost, .skipped, .missed: false
        }
    }

    /// The run's present attempt goes on under another worker of its node, which has found it running.
    package mutating func handOver(to worker: WorkerID) {
        self.worker = worker
        if self.state == .claimed { self.state = .starting }
    }

    /// The run as it waits for its next attempt, whatever became of the one before.
    package func waiting(for reason: RunReason) -> Run {
        var run = self
        run.state = .pending
        run.reason = reason
        run.notBefore = nil
        run.startedAt = nil
        return run
    }

    /// Whether this is what a store says that has forgotten that an attempt of the run was claimed: it waits for that
    /// attempt, or is in an earlier one.
    package func isBehind(_ attempt: AttemptKey) -> Bool {
        !self.state.isTerminal && (self.attempt, self.epoch) < (attempt.number, attempt.epoch)
    }

    /// When a run is to be tried again after an attempt that ended like this, or nil if it is not.
    ///
    /// - Parameters:
    ///   - outcome: How the attempt of this run ended.
    ///   - now: When it ended.
    ///   - policies: The job's.
    /// - Returns: The first second at which the next attempt may be claimed.
    public func retry(after outcome: AttemptOutcome, at now: Instant, under policies: JobPolicies) -> Instant? {
        // What may have done its work must not be started twice if the job says so.
        let mayRepeat = outcome != .lost || policies.recovery == .rerun
        guard outcome.isFailure, mayRepeat else { return nil }
        return self.retry(under: policies)?.instant(afterEndAt: now)
    }

    /// When a run is to be tried again if its present attempt fails, or nil if it is not.
    package func retry(under policies: JobPolicies) -> AttemptRetry? {
        guard self.failures < policies.retry.max else { return nil }
        return AttemptRetry(
            pauseSeconds: policies.retry.pauseSeconds(of: self.id, failures: self.failures + 1),
            latest: self.lastSecond(under: policies)
        )
    }

    /// When a run is to be run again after an attempt that was ended because its worker's lease lapsed, or nil if it is
    /// not.
    ///
    /// That is no failure of the run: it counts as none and needs no pause.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - policies: The job's.
    /// - Returns: The first second at which the next attempt may be claimed.
    public func retry(afterLapseAt now: Instant, under policies: JobPolicies) -> Instant? {
        guard policies.recovery == .rerun, !self.isExpired(at: now, under: policies) else { return nil }
        return now
    }

    /// Whether the job's deadline, counted from the run's instant, is over at `now`.
    ///
    /// A backfilled run has none: its instant was long past when it was asked for.
    public func isExpired(at now: Instant, under policies: JobPolicies) -> Bool {
        self.lastSecond(under: policies).map { now > $0 } ?? false
    }

    /// The last second at which the run may start, or nil for any.
    private func lastSecond(under policies: JobPolicies) -> Instant? {
        guard !self.id.trigger.isBackfill else { return nil }
        return policies.deadline.map { self.id.scheduledAt + $0.components.seconds }
    }

    /// Ends a run that has not started, or asks for the end of one that may have.
    ///
    /// - Parameter reason: Why.
    /// - Returns: Whether the run has changed.
    public mutating func cancel(_ reason: RunReason) -> Bool {
        guard !self.state.isTerminal, self.cancellation == nil else { return false }
        if self.state == .pending {
            self.state = .cancelled
            self.reason = reason
            self.detail = reason.cancellationDetail
            self.notBefore = nil
        } else {
            self.cancellation = reason
        }
        return true
    }
}

extension RunReason {
    /// What is said of an attempt that was ended for this reason.
    fileprivate var cancellationDetail: String? {
        switch self {
        case .requested: "ended on request"
        case .replaced: "ended because a newer run of the job took its place"
        case .removed: "ended because the job was removed"
        case .shutdown: "ended because its worker shut down"
        case .lapsed: "ended because its worker lost touch with the cluster"
        default: nil
        }
    }
}

/// What becomes of an unfinished run whose worker is dead.
public enum Adoption: Sendable, Hashable {
    /// Nothing can have started: launch it as the same attempt.
    case launch
    /// It may have started: launch the next attempt.
    case rerun
    /// It may have started and must not start twice.
    case giveUp

    /// Decides by how far the dead worker is known to have come (`reliability.md` B.4 of the design).
    ///
    /// - Parameters:
    ///   - state: The run's state in the ledger, not terminal.
    ///   - policy: The job's recovery policy.
    /// - Returns: What to do, or nil for a run that no worker has claimed yet.
    public static func decide(_ state: RunState, under policy: RecoveryPolicy) -> Self? {
        switch (state, policy) {
        case (.claimed, .atMostOnce): .launch
        case (.claimed, .rerun), (.starting, .rerun), (.running, .rerun): .rerun
        case (.starting, .atMostOnce), (.running, .atMostOnce): .giveUp
        default: nil
        }
    }

    /// The run as its new owner writes it.
    public func applied(to run: Run, by worker: WorkerID, epoch: Epoch) -> Run {
        var adopted = run
        adopted.worker = worker
        adopted.epoch = epoch
        switch self {
        case .launch: break
        case .rerun:
            adopted.state = .claimed
            adopted.attempt += 1
            adopted.startedAt = nil
        case .giveUp:
            adopted.state = .lost
            adopted.reason = .workerLost
            adopted.detail = "its worker died while it may have been running, and it must not start twice"
        }
        return adopted
    }
}
