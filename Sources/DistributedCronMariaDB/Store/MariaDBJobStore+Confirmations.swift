#if MariaDB
public import DistributedCron

// The leases that workers have in the ledger while ZooKeeper is away.
extension MariaDBJobStore {
    /// Confirms for a while that a worker's slots are its own.
    public func confirm(_ worker: WorkerID, for length: Duration) async throws -> Bool {
        let milliseconds = Int64((length / .milliseconds(1)).rounded(.up))
        return try await self.work.write { session in
            try session.execute(
                """
                INSERT INTO confirmations (worker, confirmed_at, length_ms, written_at) VALUES (?, NOW(6), ?, NOW(6))
                ON DUPLICATE KEY UPDATE
                    confirmed_at = IF(revocations = 0, VALUES(confirmed_at), confirmed_at),
                    length_ms = IF(revocations = 0, GREATEST(length_ms, VALUES(length_ms)), length_ms),
                    written_at = IF(revocations = 0, VALUES(written_at), written_at)
                """,
                [.text(worker.rawValue), .int(milliseconds)]
            )
            // Locked, to see the row as it was written and not as the transaction found it.
            return try session.query(
                "SELECT revocations = 0 FROM confirmations WHERE worker = ? FOR UPDATE",
                [.text(worker.rawValue)]
            ) { try $0.bool(0) }.first ?? false
        }
    }

    /// Sees to it that workers are not confirmed any more.
    ///
    /// The token is not a condition of the writes: the leader that follows may write any of the slots first, so all of them
    /// would have to be written here, in the way of every claim. It is looked at in the transaction, which has waited for all
    /// that was committed on any node before it began; see ``JobStore/revokeConfirmations(of:token:)`` for why that is enough.
    public func revokeConfirmations(
        of workers: Set<WorkerID>,
        token: LeaderToken
    ) async throws -> [WorkerID: RevokedConfirmation] {
        guard !workers.isEmpty else { return [:] }
        // In one order everywhere, so that nobody waits in a circle.
        let names = workers.sorted().map { SQLValue.text($0.rawValue) }
        let places = Array(repeating: "?", count: names.count).joined(separator: ", ")
        return try await self.work.write { session in
            // Whether they were revoked before or not, the row changes, which Galera certifies against a confirmation.
            try session.executeBatch(
                """
                INSERT INTO confirmations (worker, length_ms, revocations, written_at) VALUES (?, 0, 1, NOW(6))
                ON DUPLICATE KEY UPDATE revocations = revocations + 1, written_at = VALUES(written_at)
                """,
                names.map { [$0] }
            )
            let now = try session.now()
            let rows = try session.query(
                """
                SELECT worker, confirmed_at, length_ms, revocations, written_at FROM confirmations
                WHERE worker IN (\(places)) FOR UPDATE
                """,
                names
            ) { row in
                (WorkerID(rawValue: try row.text(0)), try Self.confirmation(row).revoked(now: now))
            }
            // As late as can be: the leader that has followed this one may have come a moment ago.
            let isFollowed = try !session.query(
                """
                SELECT 1 FROM slots WHERE leader_incarnation > ? OR leader_incarnation = ? AND leader_sequence > ?
                LIMIT 1
                """,
                [.uint(token.incarnation), .uint(token.incarnation), .uint(token.sequence)]
            ) { try $0.int(0) }.isEmpty
            guard !isFollowed else { throw JobStoreError(.fenced, message: "leader \(token) was followed by another") }
            return Dictionary(rows) { $1 }
        }
    }

    /// The workers that are confirmed now.
    public func confirmedWorkers() async throws -> [ConfirmedWorker] {
        try await self.work.read { session in
            let now = try session.now()
            let rows = try session.query(
                """
                SELECT worker, confirmed_at, length_ms, revocations, written_at FROM confirmations
                WHERE revocations = 0 AND confirmed_at IS NOT NULL ORDER BY worker
                """
            ) { row in
                (worker: WorkerID(rawValue: try row.text(0)), end: try Self.confirmation(row).end(after: now))
            }
            return rows.compactMap { row in row.end.map { ConfirmedWorker(id: row.worker, until: $0) } }
        }
    }

    /// Reads the columns `worker, confirmed_at, length_ms, revocations, written_at`.
    private static func confirmation(_ row: ResultRow) throws -> WorkerConfirmation {
        WorkerConfirmation(
            confirmedAt: try row.optionalDate(1),
            length: .milliseconds(try row.int64(2)),
            revocations: try row.int(3),
            writtenAt: try row.date(4)
        )
    }
}
#endif
