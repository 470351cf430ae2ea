import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An empty journal, the clock that it goes by, and entries to write down.
struct JournalFixture: Sendable {
    /// How many rows a journal keeps.
    static let maximumRows = 1_000

    private static let worker = WorkerID(rawValue: "w-one")
    private static let slot = SlotID(pool: PoolID(rawValue: "night-shift"), index: 1_023)

    let journal: any WorkerJournal
    let clock: ManualWallClock

    // MARK: Small entries

    /// Different entries of one row each, by the present.
    func entries(_ numbers: Range<Int>) -> [WorkerJournalEntry] {
        let now = self.clock.now
        return numbers.map { number -> WorkerJournalEntry in
            let run = RunID(job: JobID(rawValue: 7), scheduledAt: Instant(epochSeconds: Int64(number)))
            let key = AttemptKey(run: run, number: 1, epoch: Epoch(rawValue: 3))
            return WorkerJournalEntry(date: now, fact: .launching([key]))
        }
    }

    // MARK: Entries of every kind

    /// Entries with every kind of fact, with as much in it as there can be and with as little.
    ///
    /// Times are quarters of a second, which journals of any precision keep as they are.
    func entriesOfEveryKind() -> [WorkerJournalEntry] {
        let keys = self.runs().map { AttemptKey(of: $0) }
        var facts: [WorkerJournalEntry.Fact] = [
            .claimed(self.fullClaim(), sequence: .max),
            .claimed(self.emptyClaim(), sequence: 0),
            .adopted(self.runs(), in: self.fullSlot()),
            .adopted([], in: Slot(id: SlotID(index: 0), accountedUntil: .distantPast)),
            .launching(keys),
            .launching([]),
            .takenOver(keys, by: Self.worker),
            .takenOver([], by: Self.worker),
        ]
        let outcomes: [AttemptOutcome] = [
            .exited(0), .exited(.min), .signaled(9), .failed("Ü: \"€\"\n"), .timedOut, .cancelled, .notStarted(""),
            .expired, .lost,
        ]
        for outcome in outcomes { facts.append(.ended(self.attempt(outcome, isFull: outcome != .lost))) }
        facts += [.recorded(keys), .recorded([])]
        let now = self.clock.now
        return facts.enumerated().map { index, fact in
            WorkerJournalEntry(date: now.addingTimeInterval(Double(index) / 4), fact: fact)
        }
    }

    private func fullClaim() -> SlotClaim {
        let run = RunID(job: JobID(rawValue: .max), scheduledAt: Instant(epochSeconds: 60))
        var claim = SlotClaim(
            slot: Self.slot,
            worker: Self.worker,
            epoch: Epoch(rawValue: 1_767_225_600_000),
            revision: Revision(rawValue: 1_767_225_600_000_000),
            from: Instant(epochSeconds: 0),
            to: Instant(epochSeconds: 120)
        )
        claim.runs = self.runs()
        claim.gaps = [
            Gap(job: run.job, first: .distantPast, last: .distantFuture, count: 5, reason: .misfire, version: 2),
            Gap(
                job: JobID(rawValue: 1),
                first: run.scheduledAt,
                last: run.scheduledAt,
                count: 1,
                reason: RunReason(rawValue: "a reason of tomorrow"),
                version: 1
            ),
        ]
        claim.taken = self.runs().reversed()
        claim.cancellations = [
            RunCancellation(run: run, reason: .replaced),
            RunCancellation(run: self.manualRun, reason: .deadline),
        ]
        claim.versionEnds = [VersionEnd(job: run.job, version: 12, effectiveTo: Instant(epochSeconds: 121))]
        claim.exhausted = [run.job, JobID(rawValue: 0)]
        return claim
    }

    private func emptyClaim() -> SlotClaim {
        SlotClaim(
            slot: SlotID(index: 0),
            worker: Self.worker,
            epoch: .zero,
            revision: .zero,
            from: .distantPast,
            to: .distantPast
        )
    }

    private func fullSlot() -> Slot {
        Slot(
            id: Self.slot,
            worker: Self.worker,
            epoch: Epoch(rawValue: 5),
            leaderToken: LeaderToken(incarnation: 2, sequence: .max),
            accountedUntil: Instant(epochSeconds: -60),
            claimSequence: 77,
            revision: Revision(rawValue: .max)
        )
    }

    private var manualRun: RunID {
        RunID(
            job: JobID(rawValue: 0x019B_76DA_0000_7000_8000_0000_0000_0001),
            scheduledAt: Instant(epochSeconds: 90),
            trigger: TriggerID(rawValue: .max)
        )
    }

    /// A run with everything, and runs in each state with nothing.
    private func runs() -> [Run] {
        let full = Run(
            id: self.manualRun,
            version: 3,
            state: .running,
            reason: .queued,
            detail: "two\nlines",
            attempt: 2,
            worker: Self.worker,
            epoch: Epoch(rawValue: 4),
            startedAt: self.clock.now.addingTimeInterval(0.25),
            finishedAt: self.clock.now.addingTimeInterval(86_400.5),
            exitCode: -1,
            failures: 1,
            notBefore: Instant(epochSeconds: 100),
            cancellation: .requested,
            request: RunRequest(reason: "why", environment: ["Ü": "€", "EMPTY": ""])
        )
        let others = RunState.allCases.enumerated().map { index, state -> Run in
            let id = RunID(job: JobID(rawValue: 2), scheduledAt: Instant(epochSeconds: Int64(index)))
            return Run(id: id, version: 1, state: state)
        }
        return [full] + others
    }

    private func attempt(_ outcome: AttemptOutcome, isFull: Bool) -> Attempt {
        var report = AttemptReport(outcome: outcome, startedAt: nil, finishedAt: self.clock.now)
        if isFull {
            report.startedAt = self.clock.now.addingTimeInterval(-60.25)
            // More than is kept, and bytes that are no text.
            report.output = OutputTail(maximumBytes: 300)
            report.output.append([UInt8](repeating: 0xFF, count: 310), from: .stdout)
            report.output.append([0, 10, 0x80] as [UInt8], from: .stderr)
            report.fullOutput = Artifact(digest: ArtifactDigest(of: [1, 2, 3]), size: 313)
        }
        return Attempt(
            run: self.manualRun,
            number: 2,
            worker: Self.worker,
            epoch: Epoch(rawValue: 4),
            report: report,
            cancellation: isFull ? .shutdown : nil,
            retryAt: isFull ? Instant(epochSeconds: 180) : nil
        )
    }

    /// An attempt with as much output as there is by default, and a claim with many runs.
    func largeEntries() -> [WorkerJournalEntry] {
        let now = self.clock.now
        var output = OutputTail()
        output.append((0..<output.maximumBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }, from: .stdout)
        let report = AttemptReport(outcome: .exited(0), startedAt: now, finishedAt: now, output: output)
        let attempt = Attempt(run: self.manualRun, number: 1, worker: Self.worker, epoch: .zero, report: report)
        var claim = self.emptyClaim()
        claim.runs = (0..<500).map { number -> Run in
            let id = RunID(job: JobID(rawValue: 9), scheduledAt: Instant(epochSeconds: Int64(number)))
            return Run(id: id, version: 1, state: .claimed, attempt: 1, worker: Self.worker, epoch: .zero)
        }
        return [
            WorkerJournalEntry(date: now, fact: .claimed(claim, sequence: 1)),
            WorkerJournalEntry(date: now, fact: .ended(attempt)),
        ]
    }

    // MARK: Expecting

    /// Expects what the journal holds, whatever is in it twice.
    func expect(_ entries: [WorkerJournalEntry], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var seen: Set<WorkerJournalEntry> = []
        let read = try await self.journal.entries().filter { seen.insert($0).inserted }
        #expect(read == entries, sourceLocation: sourceLocation)
    }
}
