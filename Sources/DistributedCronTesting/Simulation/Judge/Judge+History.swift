import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// What happened, for a checker that is not of this package: it judges anew, from what the jobs themselves have told.
extension Judge {
    /// The versions of a job that follow one another and have the same rules: what a checker takes for one job.
    ///
    /// A checker judges all instants of a job by one set of rules, and an edit may change them.
    private struct Stretch {
        let id: String
        var versions: [JobVersion]

        func contains(_ instant: Instant) -> Bool {
            self.versions.contains { $0.effectiveFrom <= instant && instant <= $0.lastSecond }
        }
    }
    /// Why an instant may have had no execution.
    private static let skips: [RunReason] = [
        .overlap, .misfire, .queueFull, .maxRuns, .deadline, .removed, .requested, .replaced, .spawn,
    ]
    /// Why an instant of a job that must not start twice may have had none besides.
    private static let skipsAtMostOnce: [RunReason] = [.workerLost, .unknown]
    /// How many seconds an instant may wait when nothing is wrong: it is claimed within a minute, or it is a misfire,
    /// and then it waits for a free place, as long as the longest job takes, and twice if there are many.
    private static let epsilon: Double = 360

    /// The history as JSON Lines; jobs of which the store has forgotten something are left out.
    func records() async -> [String] {
        guard let store = self.store else { return [] }
        let state = self.state.withLock { $0 }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        func line(_ record: some Encodable) -> String {
            (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let executions = Dictionary(grouping: state.executions.filter { $0.run.trigger == .schedule }, by: \.run.job)
        var lines: [String] = []
        for job in state.jobOrder where !state.forgotten.contains(job) {
            let stretches = Self.stretches(of: state.jobs[job]?.versions ?? [], job)
            let watermark = state.slots[SlotID(of: job, count: state.slots.count).index].accountedUntil
            for stretch in stretches { lines += self.promises(of: stretch, through: watermark).map(line) }
            let own = executions[job] ?? []
            lines += own.map { line(self.start($0, in: stretches, state.freezes)) }
            let started = Set(own.map(\.run))
            let runs = ((try? await store.runs(of: job, before: nil, limit: 1_000_000)) ?? [])
                .filter { $0.id.trigger == .schedule && $0.state.isTerminal && !started.contains($0.id) }
            lines += runs.map { run in
                line(Self.skip(of: run.id.scheduledAt, run.reason?.rawValue ?? run.state.rawValue, stretches, job))
            }
            let gaps = (try? await store.gaps(of: job, limit: 1_000_000)) ?? []
            lines += gaps.flatMap { self.skips(of: $0, stretches) }.map(line)
        }
        lines += state.faults.map { fault in
            let (start, end) = (self.time(fault.start), self.time(min(fault.end, self.engine.now)))
            return line(HistoryRecord.Fault(name: fault.kind.rawValue, start: start, end: end))
        }
        return lines + [line(HistoryRecord.Read(time: self.time(self.engine.now)))]
    }

    private func time(_ time: Duration) -> Double { self.date(time).timeIntervalSince1970 }

    private static func stretches(of versions: [JobVersion], _ job: JobID) -> [Stretch] {
        var stretches: [Stretch] = []
        for version in versions {
            if let last = stretches.last?.versions.last?.definition.policies,
                self.rules(last) == self.rules(version.definition.policies)
            {
                stretches[stretches.count - 1].versions.append(version)
            } else {
                stretches.append(Stretch(id: "\(job)/\(version.number)", versions: [version]))
            }
        }
        return stretches
    }

    /// What a checker has to know of a version's policies.
    private static func rules(_ policies: JobPolicies) -> [String] {
        // A checker lets no instant of an at-most-once job begin again, not even after a failure that was recorded.
        let isOnce = policies.recovery == .atMostOnce && policies.retry.max == 0
        let concurrency =
            switch policies.concurrency {
            case .allow: "allow"
            case .skip: "forbid"
            case .queue: "forbid"
            case .replace: "replace"
            }
        let whole = [policies.recovery.rawValue, policies.concurrency.rawValue]
        return [isOnce ? "at-most-once" : "at-least-once", concurrency] + whole
    }

    private func promises(of stretch: Stretch, through watermark: Instant) -> [HistoryRecord.Promise] {
        stretch.versions.map { version in
            let from = version.effectiveFrom.epochSeconds
            let to = max(from, min(version.lastSecond, watermark).epochSeconds + 1)
            let instants = Self.instants(of: version, from: from, to: to) ?? []
            let policies = version.definition.policies
            let rules = Self.rules(policies)
            // In a queue an instant waits for all the others, which may fill the whole time.
            let isQueued = policies.concurrency == .queue
            let skips = Self.skips + (policies.recovery == .atMostOnce ? Self.skipsAtMostOnce : [])
            return HistoryRecord.Promise(
                id: stretch.id,
                instants: instants.filter { !version.isPaused(at: Instant(epochSeconds: $0)) },
                from: from,
                to: to,
                epsilon: isQueued ? max(Self.epsilon, self.engine.now.seconds) : Self.epsilon,
                policy: rules[0],
                concurrency: rules[1],
                duration: Behaviour(version.definition.environment).duration.upperBound.seconds,
                acceptSkips: skips.map(\.rawValue)
            )
        }
    }

    private func start(_ execution: Execution, in stretches: [Stretch], _ freezes: [Freeze]) -> HistoryRecord.Start {
        var end = execution.end
        var seen = self.engine.now
        for freeze in freezes where freeze.node == execution.node && execution.start <= freeze.start {
            // What is ended as soon as its node goes on has done nothing since the node stood still.
            let grace = freeze.end.map { $0 + Self.residue } ?? seen
            if let known = end, freeze.start < known, known <= grace { end = freeze.start }
            if end == nil, freeze.end == nil { seen = freeze.start }
        }
        // As timeout(1) has it: what had to be asked to end has failed, whatever it says itself.
        let hasTimedOut =
            if let timeout = execution.policies.timeout, let end = execution.end {
                end - execution.start >= timeout
            } else {
                false
            }
        let exit: Int32? =
            switch execution.exit {
            case .code(let code): hasTimedOut && code == 0 ? 124 : code
            case .signal(let number): 128 + number
            case nil: nil
            }
        return HistoryRecord.Start(
            job: Self.name(execution.run.scheduledAt, in: stretches, execution.run.job),
            instant: execution.run.scheduledAt.epochSeconds,
            attempt: execution.attempt,
            node: execution.node,
            start: self.time(execution.start),
            end: end.map { self.time($0) },
            exit: exit,
            lastSeen: end == nil ? self.time(seen) : nil,
            fence: execution.fence
        )
    }

    private static func name(_ instant: Instant, in stretches: [Stretch], _ job: JobID) -> String {
        // A checker calls a run of an unknown job wrong, and so is one at an instant that no version has.
        stretches.first { $0.contains(instant) }?.id ?? "\(job)"
    }

    private static func skip(
        of instant: Instant,
        _ reason: String,
        _ stretches: [Stretch],
        _ job: JobID
    ) -> HistoryRecord.Skip {
        HistoryRecord.Skip(
            job: self.name(instant, in: stretches, job),
            instant: instant.epochSeconds,
            reason: reason
        )
    }

    private func skips(of gap: Gap, _ stretches: [Stretch]) -> [HistoryRecord.Skip] {
        let version = stretches.flatMap(\.versions).first { $0.number == gap.version }
        guard let version, gap.reason != .paused else { return [] }
        let instants = Self.instants(of: version, from: gap.first.epochSeconds, to: gap.last.epochSeconds + 1) ?? []
        return instants.map { instant in
            Self.skip(of: Instant(epochSeconds: instant), gap.reason.rawValue, stretches, gap.job)
        }
    }
}
