#if MariaDB
import DistributedCron
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Transactions that happen once, whatever becomes of the connection.
///
/// A transaction that loses against another, or whose connection breaks before it was to be committed, has not happened
/// and is begun anew. If the connection breaks while it commits, nobody knows whether it has. So each writes a row with an
/// identity of its own, and the outcome is found out by writing the same identity once more, as void: the database
/// takes it only if it has not got the first, and once it has taken the second the first can never be committed, even by
/// a server that is still at work on it.
struct UnitOfWork: Sendable {
    /// How often a unit is begun.
    private static let tries = 8
    /// For how long a unit is begun anew, so that whoever has asked for it hears of a server that does not answer.
    private static let patience = Duration.seconds(10)
    /// For how long the row of a unit is kept.
    static let memory = Duration.seconds(86_400)

    let pool: ConnectionPool
    let clock: any Clock<Duration>
    let identities: IdentitySource
    /// The store's clock in place of the database's own, for tests that move it.
    let wallClock: (any WallClock)?
    let logger: Logger

    /// The outcome of a COMMIT was not told.
    private struct Unknown<Answer: Sendable>: Error {
        let answer: Answer
        let error: MariaDBError
    }

    /// Does something in one transaction.
    ///
    /// - Parameters:
    ///   - locksGaps: Whether what is looked for and not there is kept from coming: not for deletions, in whose way
    ///     nobody is who adds something.
    ///   - body: What to do. It may be done several times; all but the last have then not happened.
    /// - Returns: What the body has returned, once that is committed.
    /// - Throws: What the body throws: nothing is written then. ``JobStoreError``; `CancellationError`.
    func write<Answer: Sendable>(
        locksGaps: Bool = true,
        _ body: @Sendable (Session) throws -> Answer
    ) async throws -> Answer {
        try await self.repeating {
            let id = self.identities.jobID(at: SystemWallClock().now)
            do {
                return try await self.pool.withSession { session in
                    try self.begin(id, session, locksGaps: locksGaps)
                    let outcome = Result { try body(session) }
                    if case .failure(let error as MariaDBError) = outcome, error.isRetryable || error.isLost {
                        throw error
                    }
                    // Any other error may be one only because what was written before is gone.
                    if session.isGalera { try self.confirm(id, session) }
                    let answer = try outcome.get()
                    do {
                        try session.command("COMMIT")
                    } catch let error as MariaDBError where !error.isRetryable || session.isGalera {
                        // A node that loses its cluster just then may call a conflict what the others have taken.
                        throw Unknown(answer: answer, error: error)
                    }
                    return answer
                }
            } catch let unknown as Unknown<Answer> {
                self.logger.notice("The outcome of a commit was lost", metadata: ["error": "\(unknown.error)"])
                guard try await self.wasCommitted(id) else { throw Superseded() }
                return unknown.answer
            }
        }
    }

    /// Reads several things of one moment, or one thing.
    func read<Answer: Sendable>(
        ofOneMoment: Bool = false,
        _ body: @Sendable (Session) throws -> Answer
    ) async throws -> Answer {
        try await self.repeating {
            try await self.pool.withSession { session in
                try session.setAutocommit(true)
                try self.setClock(session)
                if ofOneMoment { try session.command("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") }
                let answer = try body(session)
                if ofOneMoment { try session.command("COMMIT") }
                return answer
            }
        }
    }

    private func begin(_ id: JobID, _ session: Session, locksGaps: Bool) throws {
        try self.setClock(session)
        if session.isGalera { try session.setAutocommit(false) }
        // For the next transaction alone.
        if !locksGaps { try session.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED") }
        // Also where a statement would begin one: this waits for what other nodes have committed.
        try session.command("START TRANSACTION")
        try session.execute("INSERT INTO units (id) VALUES (?)", [.job(id)])
    }

    /// Makes sure that the transaction is still the one that was begun.
    private func confirm(_ id: JobID, _ session: Session) throws {
        // As text: only prepared statements are answered in spite of a rollback.
        let row = "id = UNHEX(REPLACE('\(id)', '-', ''))"
        guard try session.command("UPDATE units SET is_void = is_void WHERE \(row)") == 1 else {
            throw MariaDBError(
                kind: .conflict,
                message: "the node has rolled the transaction back, and has not said so"
            )
        }
    }

    private func setClock(_ session: Session) throws {
        guard let now = self.wallClock?.now else { return }
        let microseconds = Int64((now.timeIntervalSince1970 * 1_000_000).rounded())
        let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
        try session.command("SET timestamp = \(microseconds / 1_000_000).\(fraction)")
    }

    /// Finds out whether a unit was committed, and sees to it that it never will be if it was not.
    private func wasCommitted(_ id: JobID) async throws -> Bool {
        try await self.repeating {
            try await self.pool.withSession { session in
                try session.setAutocommit(true)
                do {
                    try session.execute("INSERT INTO units (id, is_void) VALUES (?, TRUE)", [.job(id)])
                } catch let error as MariaDBError where error.isDuplicate {
                    // It was committed, or the answer to an earlier try to void it was lost as well.
                }
                let found = try session.query("SELECT is_void FROM units WHERE id = ?", [.job(id)]) { try $0.bool(0) }
                guard let isVoid = found.first else { throw Superseded() }
                return !isVoid
            }
        }
    }

    /// Does something until it is neither in another's way nor without a connection.
    private func repeating<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        let time = Stopwatch(self.clock)
        var pause = 0.05
        var failure = JobStoreError(.unavailable, message: "what it depends on kept changing")
        for _ in 0..<Self.tries {
            do {
                return try await body()
            } catch is Superseded {
                // Somebody else has got on with it, so there is nothing to wait for.
                try Task.checkCancellation()
                continue
            } catch let error as MariaDBError {
                failure = error.asJobStoreError
                guard error.isRetryable || error.isLost, time.elapsed < Self.patience else { throw failure }
            } catch let error as UnreadableRow {
                throw JobStoreError(.unavailable, message: error.description)
            } catch let error as ScheduleCache.Unreadable {
                throw JobStoreError(.unavailable, message: error.description)
            }
            // At random, so that those who were in each other's way are not so again.
            try await self.clock.sleep(for: .seconds(Double.random(in: pause / 4...pause)))
            pause = min(pause * 2, 1)
        }
        throw failure
    }
}
#endif
