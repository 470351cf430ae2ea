#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import Foundation

/// Claims of many instants and the ends of their runs, against a bare client that writes the same rows.
struct LedgerMeasurement {
    private static let rounds = 9
    private static let worker = WorkerID(rawValue: "w-00000000000000000000000000000001")
    private static let insertion = """
        INSERT INTO bare_runs (job, scheduled_at, open_slot, trigger_id, version, state, attempt, worker, epoch, failures)
        VALUES
        """

    let database: Database

    /// What one round writes: the same for the store and for the bare client.
    private struct Rows {
        var claims: [SlotClaim] = []
        var runs: [Run] { self.claims.flatMap(\.runs) }
    }

    func run() async throws {
        let store = self.database.store
        try await Fleet(count: Fleet.dueCount).create(in: store, concurrency: 256)
        var jobs: [SlotID: [JobID]] = [:]
        var last: JobID?
        repeat {
            let page = try await store.jobs(after: last, limit: 1_000)
            for job in page { jobs[job.slot, default: []].append(job.id) }
            last = page.last?.id
        } while last != nil
        let owners = Dictionary(uniqueKeysWithValues: try await store.slots().map { ($0.id, Self.worker) })
        _ = try await store.assign(owners, token: LeaderToken(incarnation: 1, sequence: 1))
        try self.database.bare.command("CREATE TABLE bare_runs LIKE runs")
        try self.database.bare.command("CREATE TABLE bare_attempts LIKE attempts")

        var rounds: [(claim: Double, inserting: Double, recording: Double, writing: Double)] = []
        for round in 0...Self.rounds {
            // Each round accounts for one more second, which has to have come.
            try await Task.sleep(for: .seconds(1.1))
            let rows = Rows(claims: try await self.claims(jobs))
            // In turns, because the second finds what the first has left in the server's log.
            let isFirst = round.isMultiple(of: 2)
            let before = isFirst ? nil : try self.insert(rows.runs)
            let claim = try await self.claim(rows)
            let inserting = try before ?? self.insert(rows.runs)
            let earlier = isFirst ? nil : try self.write(rows.runs)
            let recording = try await self.record(rows.runs)
            rounds.append((claim, inserting, recording, try earlier ?? self.write(rows.runs)))
        }
        rounds.removeFirst()
        let count = Fleet.dueCount
        Report.line("claim of \(count) due instants", rounds.map(\.claim).median * 1_000, "ms")
        Report.line("peer: bare insertion of their rows", rounds.map(\.inserting).median * 1_000, "ms")
        Report.ratio("claim to bare insertion", rounds.map { $0.claim / $0.inserting }, "aim: at most 3")
        Report.line("\(count) starts and ends recorded", rounds.map(\.recording).median * 1_000, "ms")
        Report.line("peer: bare writing of their rows", rounds.map(\.writing).median * 1_000, "ms")
        Report.ratio("recording to bare writing", rounds.map { $0.recording / $0.writing }, "aim: at most 3")
    }

    private func claims(_ jobs: [SlotID: [JobID]]) async throws -> [SlotClaim] {
        try await self.database.store.slots().map { slot in
            let instant = slot.accountedUntil + 1
            var claim = SlotClaim(
                slot: slot.id,
                worker: Self.worker,
                epoch: slot.epoch,
                revision: slot.revision,
                from: slot.accountedUntil,
                to: instant
            )
            claim.runs = (jobs[slot.id] ?? []).map { job in
                Run(
                    id: RunID(job: job, scheduledAt: instant),
                    version: 1,
                    state: .claimed,
                    attempt: 1,
                    worker: Self.worker,
                    epoch: slot.epoch
                )
            }
            return claim
        }
    }

    private func claim(_ rows: Rows) async throws -> Double {
        var outcomes: [ClaimOutcome] = []
        let seconds = try await Report.seconds { outcomes = try await self.database.store.claim(rows.claims) }
        guard outcomes.allSatisfy({ $0 == .committed }) else {
            throw BareServer.Failure(description: "a claim was refused")
        }
        return seconds
    }

    private func insert(_ runs: [Run]) throws -> Double {
        let columns = Self.columns(runs)
        return try Self.seconds {
            try self.database.bare.command("START TRANSACTION")
            try self.database.bare.write(
                Self.insertion,
                "(?, ?, ?, 0, 1, 'claimed', 1, '\(Self.worker.rawValue)', 1, 0)",
                columns,
                count: runs.count
            )
            try self.database.bare.command("COMMIT")
        }
    }

    private func record(_ runs: [Run]) async throws -> Double {
        let now = Date()
        let starts = Dictionary(uniqueKeysWithValues: runs.map { (AttemptKey(of: $0), now) })
        let ends = runs.map { run in
            Attempt(
                run: run.id,
                number: 1,
                worker: Self.worker,
                epoch: run.epoch,
                report: AttemptReport(outcome: .exited(0), startedAt: now, finishedAt: now)
            )
        }
        return try await Report.seconds { _ = try await self.database.store.record(starts: starts, ends: ends) }
    }

    /// Each run's row as it is in the end, and its attempt's.
    private func write(_ runs: [Run]) throws -> Double {
        let columns = Self.columns(runs)
        return try Self.seconds {
            try self.database.bare.command("START TRANSACTION")
            try self.database.bare.write(
                Self.insertion,
                "(?, ?, ?, 0, 1, 'succeeded', 1, '\(Self.worker.rawValue)', 1, 0)",
                columns,
                count: runs.count,
                tail: """
                     ON DUPLICATE KEY UPDATE state = 'succeeded', open_slot = NULL, started_at = NOW(6),
                        finished_at = NOW(6), exit_code = 0
                    """
            )
            try self.database.bare.write(
                """
                INSERT INTO bare_attempts (job, scheduled_at, trigger_id, number, epoch, worker, outcome, code, started_at,
                    finished_at, output_limit, output_dropped) VALUES
                """,
                "(?, ?, 0, 1, 1, '\(Self.worker.rawValue)', 'exited', 0, NOW(6), NOW(6), 65536, 0)",
                Array(columns.prefix(2)),
                count: runs.count
            )
            try self.database.bare.command("COMMIT")
        }
    }

    private static func columns(_ runs: [Run]) -> [BareServer.Column] {
        [
            .bytes(runs.flatMap(\.id.job.bytes), width: 16),
            .numbers(runs.map(\.id.scheduledAt.epochSeconds)),
            .numbers(runs.map { Int64(SlotID(of: $0.id.job, count: 1_024).index) }),
        ]
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
#endif
