#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RecordReader {
    package mutating func runID() throws(Malformed) -> RunID {
        RunID(
            job: try self.id(),
            scheduledAt: try self.instant(),
            trigger: TriggerID(rawValue: try self.unsigned())
        )
    }

    mutating func date() throws(Malformed) -> Date { Date(timeIntervalSinceReferenceDate: try self.double()) }

    private mutating func reason() throws(Malformed) -> RunReason? {
        try self.optional { reader throws(Malformed) in RunReason(rawValue: try reader.text()) }
    }

    private mutating func worker() throws(Malformed) -> WorkerID { WorkerID(rawValue: try self.text()) }

    mutating func run() throws(Malformed) -> Run {
        var run = Run(id: try self.runID(), version: try self.int(), state: try self.choice(RunState.self))
        run.reason = try self.reason()
        run.detail = try self.optional { reader throws(Malformed) in try reader.text() }
        run.attempt = try self.int()
        run.worker = try self.optional { reader throws(Malformed) in try reader.worker() }
        run.epoch = Epoch(rawValue: try self.unsigned())
        run.startedAt = try self.optional { reader throws(Malformed) in try reader.date() }
        run.finishedAt = try self.optional { reader throws(Malformed) in try reader.date() }
        run.exitCode = try self.optional { reader throws(Malformed) in Int32(clamping: try reader.int()) }
        run.failures = try self.int()
        run.notBefore = try self.optional { reader throws(Malformed) in try reader.instant() }
        run.cancellation = try self.reason()
        run.request = try self.optional { reader throws(Malformed) in
            RunRequest(
                reason: try reader.optional { reader throws(Malformed) in try reader.text() },
                environment: try reader.texts()
            )
        }
        return run
    }

    mutating func attempt() throws(Malformed) -> Attempt {
        let run = try self.runID()
        let number = try self.int()
        let worker = try self.worker()
        let epoch = Epoch(rawValue: try self.unsigned())
        let report = try self.report()
        return Attempt(
            run: run,
            number: number,
            worker: worker,
            epoch: epoch,
            report: report,
            cancellation: try self.reason(),
            retryAt: try self.optional { reader throws(Malformed) in try reader.instant() }
        )
    }

    mutating func report() throws(Malformed) -> AttemptReport {
        let outcome = try self.outcome()
        let startedAt = try self.optional { reader throws(Malformed) in try reader.date() }
        let finishedAt = try self.date()
        var output = OutputTail(maximumBytes: try self.int(), droppedBytes: try self.int())
        for chunk in try self.list({ reader throws(Malformed) in
            (try reader.choice(OutputTail.Stream.self), try reader.data())
        }) {
            output.append(chunk.1, from: chunk.0)
        }
        var report = AttemptReport(outcome: outcome, startedAt: startedAt, finishedAt: finishedAt, output: output)
        report.fullOutput = try self.optional { reader throws(Malformed) in try reader.artifact() }
        return report
    }

    private mutating func outcome() throws(Malformed) -> AttemptOutcome {
        switch try self.byte() {
        case 0: .exited(Int32(clamping: try self.int()))
        case 1: .signaled(Int32(clamping: try self.int()))
        case 2: .failed(try self.text())
        case 3: .timedOut
        case 4: .cancelled
        case 5: .notStarted(try self.text())
        case 6: .expired
        case 7: .lost
        case let other: throw Malformed(what: "\(other) is no outcome")
        }
    }

    mutating func gap() throws(Malformed) -> Gap {
        Gap(
            job: try self.id(),
            first: try self.instant(),
            last: try self.instant(),
            count: try self.int(),
            reason: RunReason(rawValue: try self.text()),
            version: try self.int()
        )
    }

    mutating func slot() throws(Malformed) -> Slot {
        let id = SlotID(index: try self.int())
        let worker = try self.optional { reader throws(Malformed) in try reader.worker() }
        return Slot(
            id: id,
            worker: worker,
            epoch: Epoch(rawValue: try self.unsigned()),
            leaderToken: LeaderToken(incarnation: try self.unsigned(), sequence: try self.unsigned()),
            accountedUntil: try self.instant(),
            claimSequence: try self.unsigned(),
            revision: Revision(rawValue: try self.unsigned())
        )
    }
}
