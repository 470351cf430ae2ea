#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB
import Foundation

/// A database with a great many jobs, made faster than through the store, of rows that look like the store's.
///
/// One job is created through the store, and its rows are copied for the others, with what distinguishes them.
struct MillionJobs {
    private static let chunk = 50_000
    /// How many runs the first job has: one a minute for a month.
    private static let historyCount = 43_200

    let database: Database
    let count: Int
    private let fleet: Fleet

    init(database: Database, count: Int) {
        self.database = database
        self.count = count
        self.fleet = Fleet(count: count)
    }

    /// Makes the jobs, unless they are there, and returns their identities in order.
    func make() async throws -> [JobID] {
        let bare = self.database.bare
        let ids = self.identities()
        if try bare.number("SELECT COUNT(*) FROM jobs") == self.count { return ids }
        let template = try await self.database.store.createJob(
            JobDraft(
                id: ids[0],
                name: "template",
                labels: ["team": "billing"],
                definition: try self.fleet.draft(0).definition
            )
        )
        let base = Int64(template.createdAt.timeIntervalSince1970 * 1_000_000)
        try bare.command("SET SESSION unique_checks = 0")
        try bare.command("DROP TABLE IF EXISTS fleet")
        try bare.command(
            """
            CREATE TABLE fleet (number INT UNSIGNED NOT NULL PRIMARY KEY, id BINARY(16) NOT NULL, slot INT UNSIGNED NOT NULL,
                revision BIGINT UNSIGNED NOT NULL) ENGINE = InnoDB
            """
        )
        let seconds = try Self.seconds {
            for first in stride(from: 0, to: self.count, by: Self.chunk) {
                let numbers = first..<min(first + Self.chunk, self.count)
                let columns: [BareServer.Column] = [
                    .numbers(numbers.map { Int64($0) }),
                    .bytes(numbers.flatMap { ids[$0].bytes }, width: 16),
                    .numbers(numbers.map { Int64(SlotID(of: ids[$0], count: 1_024).index) }),
                    .numbers(numbers.map { base + Int64($0) }),
                ]
                try bare.write("INSERT INTO fleet VALUES ", "(?, ?, ?, ?)", columns, count: numbers.count)
                try self.fill("f.number BETWEEN \(max(1, numbers.lowerBound)) AND \(numbers.upperBound - 1)")
            }
            try bare.command("UPDATE slots SET revision = \(base + Int64(self.count))")
            try self.fillHistory()
            for table in ["jobs", "versions", "labels", "runs"] { try bare.command("ANALYZE TABLE \(table)") }
        }
        Report.line("\(self.count) jobs and as many runs loaded", seconds, "s", "not a measurement of the store")
        try await self.check(ids)
        return ids
    }

    /// The same in every run of the benchmark, so that a database can be used again.
    private func identities() -> [JobID] {
        struct Generator: RandomNumberGenerator {
            var state: UInt64 = 7
            mutating func next() -> UInt64 {
                self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return self.state ^ self.state >> 29
            }
        }
        var generator = Generator()
        return (0..<self.count).map { number in
            // As RFC 9562 5.7 has it: milliseconds, the version, 12 bits, the variant, 62 bits.
            let upper = UInt64(1_772_000_000_000 + number) << 16 | 0x7000 | generator.next() & 0xFFF
            let lower = 1 << 63 | generator.next() >> 2
            return JobID(rawValue: UInt128(upper) << 64 | UInt128(lower))
        }
    }

    private func fill(_ condition: String) throws {
        // One job in 100 is over, one in 100 is paused, one in 1,000 fails, and one in 10,000 has a label that is rare.
        try self.database.bare.command(
            """
            INSERT INTO jobs (id, slot, revision, name, reserved_name, description, labels, kind, has_pause, version,
                ends_at, is_removed, is_exhausted, is_failing, started_runs, created_at, updated_at)
            SELECT f.id, f.slot, f.revision, CONCAT('nightly-report-', f.number),
                IF(f.number % 500 = 9, NULL, CONCAT('nightly-report-', f.number)), t.description,
                IF(f.number % 10000 = 3, '{"team":"billing","tier":"gold"}', t.labels),
                IF(f.number % 1000 = 5, 'closure', t.kind), f.number % 100 = 7, t.version, t.ends_at, f.number % 500 = 9,
                f.number % 100 = 11, f.number % 1000 = 13, 1, t.created_at, t.updated_at
            FROM fleet f JOIN jobs t ON t.reserved_name = 'template' WHERE \(condition)
            """
        )
        try self.database.bare.command(
            """
            INSERT INTO versions (job, number, effective_from, effective_to, has_pause, paused_until, pause_reason, schedule,
                time_zone, dst, has_seconds, anchor, hash_key, kind, command, digest, size, environment, working_directory,
                policies)
            SELECT f.id, t.number, t.effective_from, t.effective_to, f.number % 100 = 7, NULL, NULL,
                IF(f.number < \(Fleet.dueCount), '0 3 * * *', CONCAT(f.number % 60, ' ', f.number DIV 60 % 24, ' ',
                    f.number DIV 1440 % 31 + 1, ' 1 *')),
                t.time_zone, t.dst, t.has_seconds, t.anchor, t.hash_key, IF(f.number % 1000 = 5, 'closure', t.kind),
                CONCAT('/usr/local/bin/report --customer ', f.number), t.digest, t.size, t.environment,
                t.working_directory, t.policies
            FROM fleet f JOIN jobs j ON j.reserved_name = 'template' JOIN versions t ON t.job = j.id WHERE \(condition)
            """
        )
        try self.database.bare.command(
            "INSERT INTO labels (name, value, job) SELECT 'team', 'billing', f.id FROM fleet f WHERE \(condition)"
        )
        try self.database.bare.command(
            "INSERT INTO labels (name, value, job) SELECT 'tier', 'gold', f.id FROM fleet f "
                + "WHERE \(condition) AND f.number % 10000 = 3"
        )
        // One run of each job within the last 23 days; some failed, and some were asked for by hand.
        try self.database.bare.command(
            """
            INSERT INTO runs (job, scheduled_at, trigger_id, version, state, reason, attempt, worker, epoch, started_at,
                finished_at, exit_code, failures, request_environment)
            SELECT f.id, UNIX_TIMESTAMP(t.created_at) DIV 1 - 2 * f.number, IF(f.number % 10000 = 17, f.number, 0), 1,
                CASE WHEN f.number % 1000 = 13 THEN 'failed' WHEN f.number % 10000 = 19 THEN 'lost' ELSE 'succeeded' END,
                IF(f.number % 1000 = 13, 'exit', NULL), 1,
                CONCAT('w-', LPAD(IF(f.number % 10000 = 23, 99, f.number % 16), 32, '0')), 1,
                t.created_at - INTERVAL 2 * f.number SECOND, t.created_at - INTERVAL 2 * f.number SECOND,
                IF(f.number % 1000 = 13, 1, 0), IF(f.number % 1000 = 13, 1, 0), IF(f.number % 10000 = 17, '{}', NULL)
            FROM fleet f JOIN jobs t ON t.reserved_name = 'template' WHERE \(condition)
            """
        )
        try self.database.bare.command(
            """
            INSERT INTO manual_runs (job, trigger_id, scheduled_at)
            SELECT f.id, f.number, UNIX_TIMESTAMP(t.created_at) DIV 1 - 2 * f.number
            FROM fleet f JOIN jobs t ON t.reserved_name = 'template' WHERE \(condition) AND f.number % 10000 = 17
            """
        )
    }

    /// The runs of one job that runs every minute.
    private func fillHistory() throws {
        try self.database.bare.command(
            """
            INSERT INTO runs (job, scheduled_at, trigger_id, version, state, reason, attempt, worker, epoch, started_at,
                finished_at, exit_code, failures)
            SELECT t.id, UNIX_TIMESTAMP(t.created_at) DIV 1 - 60 * q.seq, 0, 1, IF(q.seq % 10000 = 7, 'failed', 'succeeded'),
                IF(q.seq % 10000 = 7, 'exit', NULL), 1, CONCAT('w-', LPAD(q.seq % 16, 32, '0')), 1,
                t.created_at - INTERVAL 60 * q.seq SECOND, t.created_at - INTERVAL 60 * q.seq SECOND,
                IF(q.seq % 10000 = 7, 1, 0), 0
            FROM seq_1_to_\(Self.historyCount) q JOIN jobs t ON t.reserved_name = 'template'
            """
        )
    }

    /// What was made is what the store would have made.
    private func check(_ ids: [JobID]) async throws {
        for number in [1, self.count / 2, self.count - 2] {
            let job = try await self.database.store.job(ids[number])
            let draft = try self.fleet.draft(number)
            let isAlike = job?.name == draft.name && job?.labels == draft.labels && job?.definition == draft.definition
            guard isAlike else { throw BareServer.Failure(description: "job \(number) is not as the store makes it") }
        }
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
#endif
