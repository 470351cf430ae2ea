#if MariaDB
import DistributedCron

/// How runs are read and written.
enum RunRows {
    /// The columns of a run in the order in which it is read and written, after its key.
    private static let names = [
        "version", "state", "reason", "detail", "attempt", "worker", "epoch", "started_at", "finished_at", "exit_code",
        "failures", "not_before", "cancellation", "request_reason", "request_environment",
    ]
    /// How many columns a run is read from.
    static let width = 3 + Self.names.count

    /// The columns of a run, of the table or alias `r`.
    static let columns = (["job", "scheduled_at", "trigger_id"] + Self.names).map { "r.\($0)" }.joined(separator: ", ")

    static let insertion = """
        INSERT INTO runs (\(Self.names.joined(separator: ", ")), open_slot, job, scheduled_at, trigger_id)
        VALUES (\(Array(repeating: "?", count: Self.names.count + 4).joined(separator: ", ")))
        """

    /// Writes a run whole, if it is still in a state, an attempt and an epoch, and nobody has asked for its end, or has
    /// as before.
    static let replacement = """
        UPDATE runs SET \(Self.names.map { "\($0) = ?" }.joined(separator: ", ")), open_slot = ?
        WHERE job = ? AND scheduled_at = ? AND trigger_id = ?
            AND state = ? AND attempt = ? AND epoch = ? AND cancellation <=> ?
        """

    static func values(_ run: Run, slot: Int) throws -> [SQLValue] {
        [
            .int(run.version),
            .text(run.state.rawValue),
            .reason(run.reason),
            .text(run.detail),
            .int(run.attempt),
            .text(run.worker?.rawValue),
            .uint(run.epoch.rawValue),
            .date(run.startedAt),
            .date(run.finishedAt),
            run.exitCode.map { .int(Int64($0)) } ?? .null,
            .int(run.failures),
            .instant(run.notBefore),
            .reason(run.cancellation),
            .text(run.request?.reason),
            // NULL says that the schedule asked for the run.
            try run.request.map { try SQLValue.texts($0.environment, orNull: false) } ?? .null,
            run.state.isTerminal ? .null : .int(slot),
        ] + SQLValue.key(run.id)
    }

    static func replacementValues(_ run: Run, of before: Run, slot: Int) throws -> [SQLValue] {
        try Self.values(run, slot: slot) + [
            .text(before.state.rawValue), .int(before.attempt), .uint(before.epoch.rawValue),
            .reason(before.cancellation),
        ]
    }

    /// Reads a run from ``columns``.
    static func read(_ row: ResultRow, at first: Int = 0) throws -> Run {
        var run = Run(
            id: try row.runID(first),
            version: try row.int(first + 3),
            state: try row.choice(first + 4, as: RunState.self)
        )
        run.reason = try row.optionalReason(first + 5)
        run.detail = try row.optionalText(first + 6)
        run.attempt = try row.int(first + 7)
        run.worker = try row.optionalWorker(first + 8)
        run.epoch = Epoch(rawValue: try row.uint64(first + 9))
        run.startedAt = try row.optionalDate(first + 10)
        run.finishedAt = try row.optionalDate(first + 11)
        run.exitCode = try row.optionalInt64(first + 12).map { Int32(clamping: $0) }
        run.failures = try row.int(first + 13)
        run.notBefore = try row.optionalInstant(first + 14)
        run.cancellation = try row.optionalReason(first + 15)
        if !row.isNull(first + 17) {
            run.request = RunRequest(
                reason: try row.optionalText(first + 16),
                environment: try row.texts(first + 17)
            )
        }
        return run
    }
}

extension Session {
    /// Finds a run as it was last committed, and keeps it from changing until the unit of work ends.
    func run(_ id: RunID, lock: Bool = false) throws -> Run? {
        try self.query(
            """
            SELECT \(RunRows.columns) FROM runs r WHERE r.job = ? AND r.scheduled_at = ? AND r.trigger_id = ?
            \(lock ? "FOR UPDATE" : "")
            """,
            SQLValue.key(id)
        ) { try RunRows.read($0) }.first
    }

    /// Finds runs as they were last committed, and keeps them from changing until the unit of work ends.
    func lockRuns(_ ids: some Sequence<RunID>) throws -> [RunID: Run] {
        var runs: [RunID: Run] = [:]
        for id in ids { runs[id] = try self.run(id, lock: true) }
        return runs
    }

    /// Writes a run over the one that it was made from.
    ///
    /// - Throws: ``Superseded`` if it has changed meanwhile.
    func replace(_ before: Run, by run: Run, slot: Int) throws {
        let matched = try self.execute(
            RunRows.replacement,
            try RunRows.replacementValues(run, of: before, slot: slot)
        )
        guard matched == 1 else { throw Superseded() }
    }
}

/// What a unit of work was decided on has changed: it is begun anew.
struct Superseded: Error {}
#endif
