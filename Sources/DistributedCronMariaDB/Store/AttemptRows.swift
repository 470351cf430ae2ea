#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How attempts that have ended are read and written.
enum AttemptRows {
    /// The columns that ``read(_:of:)`` reads, of the tables or aliases `a` and `f`.
    static let selection = """
        SELECT a.number, a.epoch, a.worker, a.outcome, a.code, a.message, a.started_at, a.finished_at, a.output,
            a.output_limit, a.output_dropped, a.cancellation, a.retry_at, f.digest, f.size
        FROM attempts a LEFT JOIN full_outputs f
            ON f.job = a.job AND f.scheduled_at = a.scheduled_at AND f.trigger_id = a.trigger_id
            AND f.number = a.number AND f.epoch = a.epoch
        """

    static let insertion = """
        INSERT INTO attempts (job, scheduled_at, trigger_id, number, epoch, worker, outcome, code, message, started_at,
            finished_at, output, output_limit, output_dropped, cancellation, retry_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let fullOutputInsertion = """
        INSERT INTO full_outputs (job, scheduled_at, trigger_id, number, epoch, digest, size)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    static func values(_ attempt: Attempt) -> [SQLValue] {
        let (outcome, code, message) = Self.words(attempt.report.outcome)
        let output = attempt.report.output
        return SQLValue.key(AttemptKey(of: attempt)) + [
            .text(attempt.worker.rawValue),
            .text(outcome),
            code.map { .int(Int64($0)) } ?? .null,
            .text(message),
            .date(attempt.report.startedAt),
            .date(attempt.report.finishedAt),
            output.chunks.isEmpty ? .null : .bytes(Self.bytes(of: output)),
            .int(output.maximumBytes),
            .int(output.droppedBytes),
            .reason(attempt.cancellation),
            .instant(attempt.retryAt),
        ]
    }

    static func read(_ row: ResultRow, of run: RunID) throws -> Attempt {
        var report = AttemptReport(
            outcome: try Self.outcome(
                try row.text(3),
                code: try row.optionalInt64(4),
                message: try row.optionalText(5)
            ),
            startedAt: try row.optionalDate(6),
            finishedAt: try row.date(7),
            output: try Self.output(
                try row.optionalBytes(8) ?? [],
                into: OutputTail(maximumBytes: try row.int(9), droppedBytes: try row.int(10))
            )
        )
        if !row.isNull(13) { report.fullOutput = Artifact(digest: try row.digest(13), size: try row.int(14)) }
        return Attempt(
            run: run,
            number: try row.int(0),
            worker: WorkerID(rawValue: try row.text(2)),
            epoch: Epoch(rawValue: try row.uint64(1)),
            report: report,
            cancellation: try row.optionalReason(11),
            retryAt: try row.optionalInstant(12)
        )
    }

    private static func words(_ outcome: AttemptOutcome) -> (name: String, code: Int32?, message: String?) {
        switch outcome {
        case .exited(let code): ("exited", code, nil)
        case .signaled(let number): ("signaled", number, nil)
        case .failed(let text): ("failed", nil, text)
        case .timedOut: ("timed_out", nil, nil)
        case .cancelled: ("cancelled", nil, nil)
        case .notStarted(let text): ("not_started", nil, text)
        case .expired: ("expired", nil, nil)
        case .lost: ("lost", nil, nil)
        }
    }

    private static func outcome(_ name: String, code: Int64?, message: String?) throws -> AttemptOutcome {
        let code = Int32(clamping: code ?? 0)
        switch name {
        case "exited": return .exited(code)
        case "signaled": return .signaled(code)
        case "failed": return .failed(message ?? "")
        case "timed_out": return .timedOut
        case "cancelled": return .cancelled
        case "not_started": return .notStarted(message ?? "")
        case "expired": return .expired
        case "lost": return .lost
        default: throw UnreadableRow(what: "the outcome \(name)")
        }
    }

    /// The chunks one after the other, each with a byte for its stream and four for its length, the lowest first.
    private static func bytes(of output: OutputTail) -> [UInt8] {
        var bytes: [UInt8] = []
        for chunk in output.chunks {
            bytes.append(chunk.stream == .stdout ? 1 : 2)
            withUnsafeBytes(of: UInt32(chunk.bytes.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes += chunk.bytes
        }
        return bytes
    }

    private static func output(_ bytes: [UInt8], into tail: OutputTail) throws -> OutputTail {
        var tail = tail
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 5, let stream = rest.popFirst() else { throw UnreadableRow(what: "a broken output") }
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else { throw UnreadableRow(what: "a broken output") }
            tail.append(Array(rest.prefix(length)), from: stream == 1 ? .stdout : .stderr)
            rest = rest.dropFirst(length)
        }
        return tail
    }
}

extension Session {
    /// Adds attempts to the history.
    func insert(_ attempts: [Attempt]) throws {
        try self.executeBatch(AttemptRows.insertion, attempts.map { AttemptRows.values($0) })
        let full = attempts.compactMap { attempt in
            attempt.report.fullOutput.map {
                SQLValue.key(AttemptKey(of: attempt)) + [.digest($0.digest), .int($0.size)]
            }
        }
        if !full.isEmpty { try self.executeBatch(AttemptRows.fullOutputInsertion, full) }
    }
}
#endif
