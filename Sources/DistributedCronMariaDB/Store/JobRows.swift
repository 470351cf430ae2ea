#if MariaDB
import DistributedCron

/// How jobs and their versions are read and written.
enum JobRows {
    /// Selects jobs with their current versions, as the aliases `j`, `v` and `s`, in the order of an index.
    ///
    /// - Parameter source: The jobs, as `j`, by the index.
    /// - Returns: The statement, without its conditions.
    static func selection(from source: String = "jobs j FORCE INDEX (PRIMARY)") -> String {
        """
        SELECT j.id, s.pool, s.place, j.name, j.description, j.labels, j.created_at, j.updated_at, j.is_removed,
            j.is_exhausted, j.is_failing, j.started_runs,
            (SELECT COUNT(*) FROM runs r FORCE INDEX (open) WHERE r.open_slot = j.slot AND r.job = j.id),
            \(VersionRows.columns)
        FROM \(source) STRAIGHT_JOIN versions v ON v.job = j.id AND v.number = j.version
            STRAIGHT_JOIN slots s ON s.id = j.slot
        """
    }

    static func read(_ row: ResultRow, _ schedules: Schedules) throws -> Job {
        var progress = JobProgress()
        progress.isRemoved = try row.bool(8)
        progress.isExhausted = try row.bool(9)
        progress.isFailing = try row.bool(10)
        progress.startedRuns = try row.int(11)
        progress.openRuns = try row.int(12)
        return Job(
            id: try row.job(0),
            slot: SlotID(pool: PoolID(rawValue: try row.text(1)), index: try row.int(2)),
            name: try row.optionalText(3),
            description: try row.optionalText(4),
            labels: try row.texts(5),
            version: try VersionRows.read(row, at: 13, schedules),
            progress: progress,
            createdAt: try row.date(6),
            updatedAt: try row.date(7)
        )
    }

    static let insertion = """
        INSERT INTO jobs (id, slot, revision, name, reserved_name, description, labels, kind, has_pause, version,
            created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
        """

    static func values(_ job: Job, slot: Int, revision: Revision) throws -> [SQLValue] {
        [
            .job(job.id),
            .int(slot),
            .uint(revision.rawValue),
            .text(job.name),
            .text(job.name),
            .text(job.description),
            try .texts(job.labels),
            .text(job.definition.executable.kind.rawValue),
            .bool(job.version.pause != nil),
            .date(job.createdAt),
            .date(job.updatedAt),
        ]
    }

    static let labelInsertion = "INSERT INTO labels (name, value, job) VALUES (?, ?, ?)"

    static func labelValues(_ labels: [String: String], of job: JobID) -> [[SQLValue]] {
        labels.sorted { $0.key < $1.key }.map { [.text($0.key), .text($0.value), .job(job)] }
    }
}

/// How versions are read and written.
enum VersionRows {
    private static let names = [
        "number", "effective_from", "effective_to", "has_pause", "paused_until", "pause_reason", "schedule",
        "time_zone", "dst", "has_seconds", "anchor", "hash_key", "kind", "command", "digest", "size", "environment",
        "working_directory", "policies",
    ]
    /// How many columns a version is read from.
    static let width = Self.names.count

    /// The columns of a version, of the table or alias `v`.
    static let columns = Self.names.map { "v.\($0)" }.joined(separator: ", ")

    static let insertion = """
        INSERT INTO versions (job, \(Self.names.joined(separator: ", ")))
        VALUES (\(Array(repeating: "?", count: Self.names.count + 1).joined(separator: ", ")))
        """

    static func values(_ version: JobVersion, of job: JobID) throws -> [SQLValue] {
        let definition = version.definition
        let schedule = definition.schedule
        let command: String?
        switch definition.executable {
        case .command(let text), .closure(let text): command = text
        case .script, .binary: command = nil
        }
        let artifact = definition.executable.artifact
        return [
            .job(job),
            .int(version.number),
            .instant(version.effectiveFrom),
            .instant(version.effectiveTo),
            .bool(version.pause != nil),
            .instant(version.pause?.until),
            .text(version.pause?.reason),
            .text(schedule.text),
            .text(schedule.zone.name),
            .text(schedule.dst.rawValue),
            .bool(schedule.seconds),
            .instant(schedule.anchor),
            .text(schedule.hashKey),
            .text(definition.executable.kind.rawValue),
            .text(command),
            .digest(artifact?.digest),
            artifact.map { .int($0.size) } ?? .null,
            try .texts(definition.environment),
            .text(definition.workingDirectory),
            .text(try StoredPolicies.text(definition.policies)),
        ]
    }

    /// Reads a version from ``columns``.
    static func read(_ row: ResultRow, at first: Int = 0, _ schedules: Schedules) throws -> JobVersion {
        JobVersion(
            number: try row.int(first),
            effectiveFrom: try row.instant(first + 1),
            effectiveTo: try row.optionalInstant(first + 2),
            definition: try Self.readDefinition(row, at: first, schedules),
            pause: try row.bool(first + 3)
                ? Pause(until: try row.optionalInstant(first + 4), reason: try row.optionalText(first + 5)) : nil
        )
    }

    /// Reads the definition of a version from ``columns``.
    static func readDefinition(_ row: ResultRow, at first: Int, _ schedules: Schedules) throws -> JobDefinition {
        let schedule = try schedules.schedule(
            ScheduleCache.Key(
                text: try row.text(first + 6),
                zone: try row.text(first + 7),
                dst: try row.choice(first + 8, as: ClockChangeRule.self),
                seconds: try row.bool(first + 9),
                anchor: try row.optionalInstant(first + 10),
                hashKey: try row.optionalText(first + 11)
            )
        )
        let executable: Executable
        switch try row.choice(first + 12, as: Executable.Kind.self) {
        case .command: executable = .command(try row.text(first + 13))
        case .closure: executable = .closure(try row.text(first + 13))
        case .script: executable = .script(try Self.artifact(row, at: first + 14))
        case .binary: executable = .binary(try Self.artifact(row, at: first + 14))
        }
        return JobDefinition(
            schedule: schedule,
            executable: executable,
            policies: try row.optionalText(first + 18).map { try StoredPolicies.policies($0) } ?? JobPolicies(),
            environment: try row.texts(first + 16),
            workingDirectory: try row.optionalText(first + 17)
        )
    }

    private static func artifact(_ row: ResultRow, at first: Int) throws -> Artifact {
        Artifact(digest: try row.digest(first), size: try row.int(first + 1))
    }
}

/// The schedules of a store's jobs, compiled once.
final class Schedules: Sendable {
    private let cache = Lock(ScheduleCache())

    func schedule(_ key: ScheduleCache.Key) throws(ScheduleCache.Unreadable) -> Schedule {
        try self.cache.withLock { cache throws(ScheduleCache.Unreadable) in try cache.schedule(key) }
    }
}
#endif
