#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RecordWriter {
    package mutating func id(_ id: RunID) {
        self.id(id.job)
        self.instant(id.scheduledAt)
        self.unsigned(id.trigger.rawValue)
    }

    /// As a date holds it, so that none loses a bit.
    mutating func date(_ date: Date) { self.double(date.timeIntervalSinceReferenceDate) }

    mutating func run(_ run: Run) {
        self.id(run.id)
        self.int(run.version)
        self.text(run.state.rawValue)
        self.optional(run.reason) { $0.text($1.rawValue) }
        self.optional(run.detail) { $0.text($1) }
        self.int(run.attempt)
        self.optional(run.worker) { $0.text($1.rawValue) }
        self.unsigned(run.epoch.rawValue)
        self.optional(run.startedAt) { $0.date($1) }
        self.optional(run.finishedAt) { $0.date($1) }
        self.optional(run.exitCode) { $0.int(Int($1)) }
        self.int(run.failures)
        self.optional(run.notBefore) { $0.instant($1) }
        self.optional(run.cancellation) { $0.text($1.rawValue) }
        self.optional(run.request) { writer, request in
            writer.optional(request.reason) { $0.text($1) }
            writer.texts(request.environment)
        }
    }

    mutating func attempt(_ attempt: Attempt) {
        self.id(attempt.run)
        self.int(attempt.number)
        self.text(attempt.worker.rawValue)
        self.unsigned(attempt.epoch.rawValue)
        self.report(attempt.report)
        self.optional(attempt.cancellation) { $0.text($1.rawValue) }
        self.optional(attempt.retryAt) { $0.instant($1) }
    }

    mutating func report(_ report: AttemptReport) {
        self.outcome(report.outcome)
        self.optional(report.startedAt) { $0.date($1) }
        self.date(report.finishedAt)
        let output = report.output
        self.int(output.maximumBytes)
        self.int(output.droppedBytes)
        self.list(output.chunks) { writer, chunk in
            writer.text(chunk.stream.rawValue)
            writer.data(chunk.bytes)
        }
        self.optional(report.fullOutput) { $0.artifact($1) }
    }

    private mutating func outcome(_ outcome: AttemptOutcome) {
        switch outcome {
        case .exited(let code):
            self.byte(0)
            self.int(Int(code))
        case .signaled(let number):
            self.byte(1)
            self.int(Int(number))
        case .failed(let text):
            self.byte(2)
            self.text(text)
        case .timedOut: self.byte(3)
        case .cancelled: self.byte(4)
        case .notStarted(let text):
            self.byte(5)
            self.text(text)
        case .expired: self.byte(6)
        case .lost: self.byte(7)
        }
    }

    mutating func gap(_ gap: Gap) {
        self.id(gap.job)
        self.instant(gap.first)
        self.instant(gap.last)
        self.int(gap.count)
        self.text(gap.reason.rawValue)
        self.int(gap.version)
    }

    mutating func slot(_ slot: Slot) {
        self.int(slot.id.index)
        self.optional(slot.worker) { $0.text($1.rawValue) }
        self.unsigned(slot.epoch.rawValue)
        self.unsigned(slot.leaderToken.incarnation)
        self.unsigned(slot.leaderToken.sequence)
        self.instant(slot.accountedUntil)
        self.unsigned(slot.claimSequence)
        self.unsigned(slot.revision.rawValue)
    }
}
