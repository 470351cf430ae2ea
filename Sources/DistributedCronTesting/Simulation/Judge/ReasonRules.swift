package import DistributedCron

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Which outcomes the runs of a job may have, and why: what the judge holds the ledger against.
///
/// Read from what the policies promise, and not from the code that keeps to them: it shares none with that. Pure; each
/// function says what is wrong, or nil. What cannot be decided from outside is not held against anybody.
package struct ReasonRules: Sendable {
    /// What was there when a claim was committed, as far as it is of one job.
    package struct Scene: Sendable {
        /// The store's clock.
        package var now: Date
        /// The runs that the claim adds.
        package var added: [Run]
        /// The runs that had not ended just before, as they were then; nil where the store has forgotten something of
        /// the slot, so that whoever claims may know more of it than it does itself.
        package var open: [Run]?
        /// When a run of the job was last seen not to have ended.
        package var busyAt: Date?

        package init(now: Date, added: [Run] = [], open: [Run]? = [], busyAt: Date? = nil) {
            self.now = now
            self.added = added
            self.open = open
            self.busyAt = busyAt
        }
    }

    /// What is known of a run from elsewhere than the ledger.
    package struct Evidence: Sendable {
        /// Whether the process of its last attempt has ended with code 0.
        package var hasSucceeded = false
        /// Whether a user has asked for its end.
        package var wasCancelled = false
        /// Whether its job was removed.
        package var isRemoved = false
        /// How many runs of the job the schedule has made that had not had too many before them.
        package var scheduledRuns = 0

        package init() {}
    }

    /// By how many seconds the clock of whoever claims may be ahead of the store's, which refuses claims of the future.
    private static let tolerance = 1.5
    /// An instant is late that is claimed more than so many seconds after its time.
    private static let lateness: Int64 = 60
    /// For how many seconds a worker may take a run for one in progress that has ended: it reads each slot again at least
    /// once in eight sweeps, which are two minutes, and may have stood still for as long since.
    private static let memory: TimeInterval = 240

    private let versions: [JobVersion]

    /// - Parameter versions: The job's versions as the store has acknowledged them, oldest first.
    package init(_ versions: [JobVersion]) { self.versions = versions }

    private func version(_ number: Int) -> JobVersion? { self.versions.last { $0.number == number } }

    private func policies(of run: Run) -> JobPolicies? { self.version(run.version)?.definition.policies }

    /// The instants of a version that are to run, by the judge's own evaluator; nil if it does not understand the schedule.
    private func instants(of version: JobVersion, after start: Instant, through end: Instant) -> [Instant]? {
        let from = max(version.effectiveFrom, start + 1).epochSeconds
        let to = min(version.lastSecond, end).epochSeconds + 1
        guard to > from else { return [] }
        return Judge.instants(of: version, from: from, to: to)?.map { Instant(epochSeconds: $0) }
            .filter { !version.isPaused(at: $0) }
    }

    // MARK: Claims

    /// Judges how late the instants of a gap were when it was written.
    package func problem(ofLatenessOf gap: Gap, at now: Date) -> String? {
        guard gap.reason == .misfire else { return "\(gap) was claimed, and its reason is not that it was late" }
        let late = now.timeIntervalSince(gap.last.date)
        guard late < TimeInterval(Self.lateness) - Self.tolerance else { return nil }
        return "\(gap.last) of job \(gap.job) is accounted for as a misfire \(late) s after its time"
    }

    /// Judges a gap that a claim adds: its instants were late, and the policy drops them.
    ///
    /// A claim ends where the clock stood by which it was planned, unless it has more rows than any has here.
    package func problem(of gap: Gap, claimedThrough end: Instant, at now: Date) -> String? {
        if let problem = self.problem(ofLatenessOf: gap, at: now) { return problem }
        guard let version = self.version(gap.version) else { return nil }
        let misfire = version.definition.policies.misfire
        guard gap.last >= end - misfire.windowSeconds else { return nil }
        switch misfire.choice {
        case .skip:
            return nil
        case .latest:
            // The newest of all stands for the others, whatever version it is of.
            let newer = self.versions.map { self.instants(of: $0, after: gap.last, through: end) }
            guard newer.allSatisfy({ $0?.isEmpty == true }) else { return nil }
            return "\(gap.last) of job \(gap.job) is accounted for as a misfire, and is the newest until \(end)"
        case .all:
            let late = self.instants(of: version, after: gap.last, through: end - (Self.lateness + 1))
            guard let count = late?.count, count < misfire.limit else { return nil }
            return "\(gap.last) of job \(gap.job) is accounted for as a misfire, and only \(count) late ones are newer"
        }
    }

    /// Judges a run that a claim adds, up to some instant.
    package func problem(ofAdded run: Run, claimedThrough end: Instant) -> String? {
        guard run.id.trigger == .schedule, let policies = self.policies(of: run), policies.misfire.choice == .skip,
            end - run.id.scheduledAt > Self.lateness
        else { return nil }
        return "\(run.id) is \(run.state), and was claimed \(end - run.id.scheduledAt) s late, when none runs any more"
    }

    /// Judges a run that a claim ends, or adds as one that has ended.
    package func problem(ofRefused run: Run, in scene: Scene) -> String? {
        guard let policies = self.policies(of: run) else { return nil }
        switch (run.state, run.reason) {
        case (.missed, .deadline):
            return self.problem(ofMissed: run, policies, at: scene.now)
        case (.skipped, .overlap):
            guard policies.concurrency == .skip else {
                return "\(run.id) was skipped because of another, and its policy is \(policies.concurrency)"
            }
            return self.isBusy(run, scene) ? nil : "\(run.id) was skipped because of another, and there was none"
        case (.skipped, .queueFull):
            guard policies.concurrency == .queue else {
                return "\(run.id) found a queue full, and its policy is \(policies.concurrency)"
            }
            guard let open = scene.open else { return nil }
            let earlier = scene.added.prefix { $0.id != run.id }
            let waiting = (open + earlier).count {
                $0.id != run.id && ($0.state == .pending || $0.gaveWay) && $0.attempt == 0
            }
            return waiting < JobPolicies.queueLimit ? "\(run.id) found a queue full in which \(waiting) waited" : nil
        case (.skipped, .replaced), (.cancelled, .replaced):
            return self.problem(ofReplaced: run.id, in: scene)
        case (.skipped, .maxRuns):
            guard let version = self.version(run.version), version.effectiveTo == nil || policies.maxRuns == nil else {
                return nil
            }
            return "\(run.id) is one too many, of \(policies.maxRuns.map { "\($0)" } ?? "any number")"
        default:
            return "\(run.id) was claimed as \(run.state) (\(run.reason?.rawValue ?? "no reason"))"
        }
    }

    /// Judges that a run gives way: to another of its job that may take its place.
    package func problem(ofReplaced run: RunID, in scene: Scene) -> String? {
        guard let open = scene.open else { return nil }
        let others = (scene.added + open).filter { $0.id != run }
        guard !others.contains(where: { self.policies(of: $0).map { $0.concurrency == .replace } ?? true }) else {
            return nil
        }
        return "\(run) was replaced, and none of its job takes the place of others"
    }

    /// Whether another run of the same job was in progress or waited, as far as whoever claims could know.
    private func isBusy(_ run: Run, _ scene: Scene) -> Bool {
        guard let open = scene.open else { return true }
        let earlier = scene.added.prefix { $0.id != run.id }
        if (open + earlier).contains(where: { $0.id != run.id && (!$0.state.isTerminal || $0.gaveWay) }) { return true }
        return scene.busyAt.map { run.id.scheduledAt.date.timeIntervalSince($0) <= Self.memory } ?? false
    }

    private func problem(ofMissed run: Run, _ policies: JobPolicies, at now: Date) -> String? {
        guard let deadline = policies.deadline else { return "\(run.id) has no deadline, and missed it" }
        let left = (run.id.scheduledAt + deadline.components.seconds).date.timeIntervalSince(now)
        return left > Self.tolerance ? "\(run.id) missed its deadline \(left) s before that" : nil
    }

    // MARK: Adoptions

    /// Judges what becomes of a run whose worker is dead.
    package func problem(ofAdopted before: Run, as after: Run) -> String? {
        guard after.state.isTerminal, let policies = self.policies(of: after) else { return nil }
        switch (after.state, after.reason) {
        case (.lost, .workerLost):
            if policies.recovery == .rerun { return "\(after.id) was given up, and is to be run again" }
            let mayHaveStarted = before.state == .starting || before.state == .running
            return mayHaveStarted ? nil : "\(after.id) was given up while it was \(before.state)"
        case (.cancelled, .replaced):
            return policies.concurrency == .replace ? nil : "\(after.id) was replaced, and takes no turns of that kind"
        default:
            return "\(after.id) was adopted as \(after.state) (\(after.reason?.rawValue ?? "no reason"))"
        }
    }

    // MARK: Ends

    /// Judges what the end of a run's present attempt has made of the run.
    ///
    /// That the record tells how the attempt's process has ended is judged elsewhere.
    ///
    /// - Parameters:
    ///   - end: The attempt's record.
    ///   - before: The run just before.
    ///   - after: The run as it is now.
    ///   - isCertain: Whether the run was all that whoever recorded it knew: false where the store has forgotten something
    ///     of the slot, as failures before, or that somebody had asked for the end.
    ///   - isRemoved: Whether the job was removed.
    /// - Returns: What is wrong, if something is.
    package func problem(
        of end: Attempt,
        before: Run,
        after: Run,
        isCertain: Bool = true,
        isRemoved: Bool = false
    ) -> String? {
        // One that has only been noted to run has not been ended by this record.
        guard let policies = self.policies(of: before), after.state.isTerminal || after.state == .pending else {
            return nil
        }
        let outcome = end.report.outcome
        // Told only where something is wrong: most ends are right.
        var story: String {
            "\(after.id) is \(after.state) (\(after.reason?.rawValue ?? "no reason")) after \(outcome)"
        }
        guard after.state != .pending else {
            switch outcome {
            case .exited(0), .expired: return "\(story), and is to be run again"
            case .lost where policies.recovery == .atMostOnce: return "\(story), and must not be run again"
            default: return nil
            }
        }
        if case .cancelled = outcome {
            guard after.state == .cancelled else { return story }
            return self.problem(ofCancelled: after, before, policies, isCertain: isCertain, isRemoved: isRemoved)
                .map { "\(story): \($0)" }
        }
        let (state, reason) = Self.verdict(on: outcome)
        guard after.state == state, after.reason == reason else { return story }
        switch state {
        case .missed:
            // Whoever would have started it had only its own clock, which may have been off.
            return self.problem(ofMissed: before, policies, at: end.report.finishedAt)
        case .failed, .timedOut, .lost:
            let isOnce = state == .lost && policies.recovery == .atMostOnce
            guard isCertain, !isRemoved, !isOnce, before.cancellation == nil, before.failures < policies.retry.max,
                !Self.isTooLate(before, policies, end.report.finishedAt)
            else { return nil }
            return "\(story), and has failed \(before.failures) times of \(policies.retry.max) before"
        default:
            return nil
        }
    }

    /// What an attempt's outcome makes of a run that is not tried again.
    private static func verdict(on outcome: AttemptOutcome) -> (RunState, RunReason?) {
        switch outcome {
        case .exited(0): (.succeeded, nil)
        case .exited: (.failed, .exit)
        case .signaled: (.failed, .signal)
        case .failed: (.failed, .error)
        case .notStarted: (.failed, .spawn)
        case .timedOut: (.timedOut, .timeout)
        case .cancelled: (.cancelled, .shutdown)
        case .expired: (.missed, .deadline)
        case .lost: (.lost, .unknown)
        }
    }

    /// Whether the longest pause after a failure may have led beyond the deadline.
    private static func isTooLate(_ run: Run, _ policies: JobPolicies, _ end: Date) -> Bool {
        guard let deadline = policies.deadline else { return false }
        let doublings = min(30, run.failures)
        let pause = min(policies.retry.maxBackoffSeconds, policies.retry.backoffSeconds << doublings)
        let last = (run.id.scheduledAt + deadline.components.seconds).date
        return last.timeIntervalSince(end) <= TimeInterval(pause) + 1
    }

    private func problem(
        ofCancelled after: Run,
        _ before: Run,
        _ policies: JobPolicies,
        isCertain: Bool,
        isRemoved: Bool
    ) -> String? {
        switch after.reason {
        case .shutdown:
            return nil
        case .lapsed:
            // With a deadline it may have been too late by the clock of whoever recorded it, at whatever moment that was.
            guard isCertain, !isRemoved, policies.recovery == .rerun, policies.deadline == nil,
                before.cancellation == nil
            else { return nil }
            return "it is to be run again"
        case .requested, .replaced, .removed:
            guard isCertain, before.cancellation != after.reason else { return nil }
            return "the ledger had \(before.cancellation?.rawValue ?? "no wish for its end")"
        default:
            return "that is no reason to end an attempt"
        }
    }

    // MARK: The end

    /// Judges a run that has ended, whoever has written that, by what can be known of it at any time.
    package func problem(ofEnded run: Run, _ evidence: Evidence) -> String? {
        guard let policies = self.policies(of: run) else { return nil }
        let isRight =
            switch (run.state, run.reason) {
            case (.succeeded, nil): evidence.hasSucceeded
            // Held against their processes when they were recorded.
            case (.failed, .exit), (.failed, .signal), (.failed, .error), (.failed, .spawn), (.timedOut, .timeout),
                (.lost, .unknown), (.cancelled, .shutdown), (.cancelled, .lapsed):
                true
            case (.lost, .workerLost): policies.recovery == .atMostOnce
            case (.cancelled, .requested): evidence.wasCancelled
            case (.cancelled, .removed): evidence.isRemoved
            case (.cancelled, .replaced), (.skipped, .replaced):
                self.versions.contains { $0.definition.policies.concurrency == .replace }
            case (.skipped, .overlap): policies.concurrency == .skip
            case (.skipped, .queueFull): policies.concurrency == .queue
            case (.skipped, .maxRuns): policies.maxRuns.map { evidence.scheduledRuns >= $0 } ?? false
            case (.missed, .deadline): policies.deadline != nil
            default: false
            }
        guard !isRight else { return nil }
        return "\(run.id) is \(run.state) (\(run.reason?.rawValue ?? "no reason")), which nothing bears out"
    }
}

extension Run {
    /// Whether it had its turn, in the claim that adds it, until a later one of that claim took its place: a job's versions
    /// may differ in that.
    fileprivate var gaveWay: Bool { self.state == .skipped && self.reason == .replaced }
}
