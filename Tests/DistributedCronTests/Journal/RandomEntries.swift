import DistributedCronTesting
import Foundation

@testable import DistributedCron

/// Entries of a worker's journal with anything in any of their fields, also what no worker would write.
struct RandomEntries {
    private var generator: SeededGenerator

    init(seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    /// Draws an entry of a time.
    mutating func next(_ date: Date) -> WorkerJournalEntry {
        switch Int.random(in: 0..<6, using: &self.generator) {
        case 0: WorkerJournalEntry(date: date, fact: .claimed(self.claim(), sequence: self.unsigned()))
        case 1: WorkerJournalEntry(date: date, fact: .adopted(self.list { $0.run() }, in: self.slot()))
        case 2: WorkerJournalEntry(date: date, fact: .launching(self.list { $0.key() }))
        case 3: WorkerJournalEntry(date: date, fact: .ended(self.attempt()))
        case 4: self.takenOver(date)
        default: WorkerJournalEntry(date: date, fact: .recorded(self.list { $0.key() }))
        }
    }

    private mutating func takenOver(_ date: Date) -> WorkerJournalEntry {
        let keys = self.list { $0.key() }
        return WorkerJournalEntry(date: date, fact: .takenOver(keys, by: WorkerID(rawValue: self.text())))
    }

    /// Draws a whole number from a range.
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }

    // MARK: Values

    private mutating func unsigned() -> UInt64 {
        switch self.number(0...3) {
        case 0: 0
        case 1: .max
        case 2: UInt64(self.number(1...300))
        default: self.generator.next()
        }
    }

    private mutating func int() -> Int { Int(truncatingIfNeeded: self.unsigned()) }

    private mutating func int32() -> Int32 { Int32(truncatingIfNeeded: self.unsigned()) }

    private mutating func instant() -> Instant {
        Instant(epochSeconds: self.number(0...9) == 0 ? .min : Int64(bitPattern: self.unsigned()))
    }

    private mutating func date() -> Date {
        Date(timeIntervalSinceReferenceDate: Double.random(in: -1e9...1e9, using: &self.generator))
    }

    private mutating func text() -> String {
        self.one(of: ["", "w-1", "two\nlines", "Ü€\u{0}", String(repeating: "long ", count: 100)])
    }

    private mutating func one<Value>(of values: [Value]) -> Value { values[self.number(0...values.count - 1)] }

    private mutating func list<Value>(_ draw: (inout Self) -> Value) -> [Value] {
        var values: [Value] = []
        for _ in 0..<self.number(0...3) { values.append(draw(&self)) }
        return values
    }

    private mutating func maybe<Value>(_ draw: (inout Self) -> Value) -> Value? {
        Bool.random(using: &self.generator) ? draw(&self) : nil
    }

    // MARK: Parts of facts

    private mutating func jobID() -> JobID {
        JobID(rawValue: UInt128(self.unsigned()) << 64 | UInt128(self.unsigned()))
    }

    private mutating func slotID() -> SlotID { SlotID(pool: PoolID(rawValue: self.text()), index: self.int()) }

    private mutating func worker() -> WorkerID { WorkerID(rawValue: self.text()) }

    private mutating func epoch() -> Epoch { Epoch(rawValue: self.unsigned()) }

    private mutating func reason() -> RunReason { RunReason(rawValue: self.text()) }

    private mutating func runID() -> RunID {
        RunID(job: self.jobID(), scheduledAt: self.instant(), trigger: TriggerID(rawValue: self.unsigned()))
    }

    private mutating func key() -> AttemptKey {
        AttemptKey(run: self.runID(), number: self.int(), epoch: self.epoch())
    }

    private mutating func slot() -> Slot {
        Slot(
            id: self.slotID(),
            worker: self.maybe { $0.worker() },
            epoch: self.epoch(),
            leaderToken: LeaderToken(incarnation: self.unsigned(), sequence: self.unsigned()),
            accountedUntil: self.instant(),
            claimSequence: self.unsigned(),
            revision: Revision(rawValue: self.unsigned())
        )
    }

    private mutating func run() -> Run {
        Run(
            id: self.runID(),
            version: self.int(),
            state: self.one(of: RunState.allCases),
            reason: self.maybe { $0.reason() },
            detail: self.maybe { $0.text() },
            attempt: self.int(),
            worker: self.maybe { $0.worker() },
            epoch: self.epoch(),
            startedAt: self.maybe { $0.date() },
            finishedAt: self.maybe { $0.date() },
            exitCode: self.maybe { $0.int32() },
            failures: self.int(),
            notBefore: self.maybe { $0.instant() },
            cancellation: self.maybe { $0.reason() },
            request: self.maybe { $0.request() }
        )
    }

    private mutating func request() -> RunRequest {
        let names = self.list { $0.text() }
        var environment: [String: String] = [:]
        for name in names { environment[name] = self.text() }
        return RunRequest(reason: self.maybe { $0.text() }, environment: environment)
    }

    private mutating func gap() -> Gap {
        Gap(
            job: self.jobID(),
            first: self.instant(),
            last: self.instant(),
            count: self.int(),
            reason: self.reason(),
            version: self.int()
        )
    }

    private mutating func claim() -> SlotClaim {
        var claim = SlotClaim(
            slot: self.slotID(),
            worker: self.worker(),
            epoch: self.epoch(),
            revision: Revision(rawValue: self.unsigned()),
            from: self.instant(),
            to: self.instant()
        )
        claim.runs = self.list { $0.run() }
        claim.gaps = self.list { $0.gap() }
        claim.taken = self.list { $0.run() }
        claim.cancellations = self.list { RunCancellation(run: $0.runID(), reason: $0.reason()) }
        claim.versionEnds = self.list {
            VersionEnd(job: $0.jobID(), version: $0.int(), effectiveTo: $0.instant())
        }
        claim.exhausted = self.list { $0.jobID() }
        return claim
    }

    private mutating func attempt() -> Attempt {
        var output = OutputTail(maximumBytes: self.number(1...100), droppedBytes: self.number(0...9))
        for _ in 0..<self.number(0...4) {
            let byte = UInt8(truncatingIfNeeded: self.unsigned())
            let bytes = [UInt8](repeating: byte, count: self.number(1...60))
            output.append(bytes, from: self.one(of: OutputTail.Stream.allCases))
        }
        var report = AttemptReport(
            outcome: self.outcome(),
            startedAt: self.maybe { $0.date() },
            finishedAt: self.date(),
            output: output
        )
        if Bool.random(using: &self.generator) {
            report.fullOutput = Artifact(digest: ArtifactDigest(of: output.bytes()), size: self.int())
        }
        return Attempt(
            run: self.runID(),
            number: self.int(),
            worker: self.worker(),
            epoch: self.epoch(),
            report: report,
            cancellation: self.maybe { $0.reason() },
            retryAt: self.maybe { $0.instant() }
        )
    }

    private mutating func outcome() -> AttemptOutcome {
        switch self.number(0...7) {
        case 0: .exited(self.int32())
        case 1: .signaled(self.int32())
        case 2: .failed(self.text())
        case 3: .timedOut
        case 4: .cancelled
        case 5: .notStarted(self.text())
        case 6: .expired
        default: .lost
        }
    }
}
