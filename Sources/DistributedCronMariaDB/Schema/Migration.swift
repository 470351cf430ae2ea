#if MariaDB
/// One numbered step from one schema to the next, compiled in.
///
/// Steps are never changed once released: what they get wrong, a later one mends. Each expands or contracts, and a column
/// is contracted only by the version after the one that stopped using it, so that two neighbouring versions of the
/// program can work on one database side by side.
package struct Migration: Sendable {
    /// The number of the schema that the step leads to, from 1.
    package let number: Int
    /// What it is for.
    package let name: String
    /// The statements in their order.
    ///
    /// MariaDB commits each by itself, so each has to bear being run again after a crash.
    package let statements: [String]
}

extension Migration {
    /// Every step, oldest first.
    package static let all = [Self.first, Self.second]

    /// The schema that this program was written for.
    package static var newest: Int { self.all.count }

    private static let options = """
        ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin
        """

    /// Instants are seconds since 1970, as in the identities of runs; what was measured is DATETIME(6) in UTC.
    ///
    /// There are no foreign keys: they would take locks on what a claim must not wait for.
    private static let first = Migration(
        number: 1,
        name: "jobs, slots and the ledger",
        statements: [
            """
            CREATE TABLE IF NOT EXISTS cluster (
                id CHAR(36) CHARACTER SET ascii NOT NULL PRIMARY KEY,
                slot_count INT UNSIGNED NOT NULL,
                created_at DATETIME(6) NOT NULL
            ) \(Self.options)
            """,
            // `id` numbers the slots of all pools; `unit` is the unit of work that wrote the row last.
            """
            CREATE TABLE IF NOT EXISTS slots (
                id INT UNSIGNED NOT NULL PRIMARY KEY,
                pool VARCHAR(64) CHARACTER SET ascii NOT NULL,
                place INT UNSIGNED NOT NULL,
                worker VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
                leader_incarnation BIGINT UNSIGNED NOT NULL DEFAULT 0,
                leader_sequence BIGINT UNSIGNED NOT NULL DEFAULT 0,
                accounted_until BIGINT NOT NULL,
                claim_sequence BIGINT UNSIGNED NOT NULL DEFAULT 0,
                revision BIGINT UNSIGNED NOT NULL DEFAULT 0,
                unit BINARY(16) NULL,
                UNIQUE KEY place (pool, place)
            ) \(Self.options)
            """,
            // `reserved_name` is the name until the job is removed; `ends_at` is the end of the current version; `retries`
            // is written by whatever may only happen while the job is not removed, so that the two are in each other's way.
            """
            CREATE TABLE IF NOT EXISTS jobs (
                id BINARY(16) NOT NULL PRIMARY KEY,
                slot INT UNSIGNED NOT NULL,
                revision BIGINT UNSIGNED NOT NULL,
                name VARCHAR(255) NULL,
                reserved_name VARCHAR(255) NULL,
                description MEDIUMTEXT NULL,
                labels MEDIUMTEXT NULL,
                kind ENUM('command', 'script', 'binary', 'closure') NOT NULL,
                has_pause BOOLEAN NOT NULL,
                version INT UNSIGNED NOT NULL,
                ends_at BIGINT NULL,
                is_removed BOOLEAN NOT NULL DEFAULT FALSE,
                is_exhausted BOOLEAN NOT NULL DEFAULT FALSE,
                is_failing BOOLEAN NOT NULL DEFAULT FALSE,
                standing TINYINT UNSIGNED AS
                    (IF(is_removed, 3, IF(is_failing, 2, IF(is_exhausted, 1, 0)))) STORED,
                started_runs BIGINT UNSIGNED NOT NULL DEFAULT 0,
                retries BIGINT UNSIGNED NOT NULL DEFAULT 0,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NOT NULL,
                UNIQUE KEY reserved_name (reserved_name),
                KEY changes (slot, revision),
                KEY standing (standing, id),
                KEY kind (kind, id),
                KEY pauses (has_pause, id)
            ) \(Self.options)
            """,
            """
            CREATE TABLE IF NOT EXISTS versions (
                job BINARY(16) NOT NULL,
                number INT UNSIGNED NOT NULL,
                effective_from BIGINT NOT NULL,
                effective_to BIGINT NULL,
                has_pause BOOLEAN NOT NULL,
                paused_until BIGINT NULL,
                pause_reason MEDIUMTEXT NULL,
                schedule VARCHAR(512) CHARACTER SET ascii NOT NULL,
                time_zone VARCHAR(255) NOT NULL,
                dst VARCHAR(16) CHARACTER SET ascii NOT NULL,
                has_seconds BOOLEAN NOT NULL,
                anchor BIGINT NULL,
                hash_key VARCHAR(512) NULL,
                kind ENUM('command', 'script', 'binary', 'closure') NOT NULL,
                command MEDIUMTEXT NULL,
                digest BINARY(32) NULL,
                size BIGINT UNSIGNED NULL,
                environment MEDIUMTEXT NULL,
                working_directory MEDIUMTEXT NULL,
                policies TEXT NULL,
                PRIMARY KEY (job, number)
            ) \(Self.options)
            """,
            """
            CREATE TABLE IF NOT EXISTS labels (
                name VARCHAR(128) NOT NULL,
                value VARCHAR(128) NOT NULL,
                job BINARY(16) NOT NULL,
                PRIMARY KEY (name, value, job),
                KEY job (job)
            ) \(Self.options)
            """,
            // `open_slot` is the job's slot until the run has ended.
            """
            CREATE TABLE IF NOT EXISTS runs (
                job BINARY(16) NOT NULL,
                scheduled_at BIGINT NOT NULL,
                trigger_id BIGINT UNSIGNED NOT NULL,
                version INT UNSIGNED NOT NULL,
                state ENUM('pending', 'claimed', 'starting', 'running', 'succeeded', 'failed', 'timed_out',
                    'cancelled', 'lost', 'skipped', 'missed') NOT NULL,
                open_slot INT UNSIGNED NULL,
                reason VARCHAR(32) CHARACTER SET ascii NULL,
                detail MEDIUMTEXT NULL,
                attempt INT UNSIGNED NOT NULL,
                worker VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                epoch BIGINT UNSIGNED NOT NULL,
                started_at DATETIME(6) NULL,
                finished_at DATETIME(6) NULL,
                exit_code INT NULL,
                failures INT UNSIGNED NOT NULL,
                not_before BIGINT NULL,
                cancellation VARCHAR(32) CHARACTER SET ascii NULL,
                request_reason MEDIUMTEXT NULL,
                request_environment MEDIUMTEXT NULL,
                PRIMARY KEY (job, scheduled_at, trigger_id),
                KEY newest (scheduled_at, trigger_id, job),
                KEY open (open_slot)
            ) \(Self.options)
            """,
            // What recognises a request that comes again: its run, or the last of those of a backfill.
            """
            CREATE TABLE IF NOT EXISTS manual_runs (
                job BINARY(16) NOT NULL,
                trigger_id BIGINT UNSIGNED NOT NULL,
                scheduled_at BIGINT NOT NULL,
                PRIMARY KEY (job, trigger_id),
                KEY age (scheduled_at)
            ) \(Self.options)
            """,
            """
            CREATE TABLE IF NOT EXISTS attempts (
                job BINARY(16) NOT NULL,
                scheduled_at BIGINT NOT NULL,
                trigger_id BIGINT UNSIGNED NOT NULL,
                number INT UNSIGNED NOT NULL,
                epoch BIGINT UNSIGNED NOT NULL,
                worker VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                outcome ENUM('exited', 'signaled', 'failed', 'timed_out', 'cancelled', 'not_started', 'expired', 'lost')
                    NOT NULL,
                code INT NULL,
                message MEDIUMTEXT NULL,
                started_at DATETIME(6) NULL,
                finished_at DATETIME(6) NOT NULL,
                output MEDIUMBLOB NULL,
                output_limit INT UNSIGNED NOT NULL,
                output_dropped BIGINT UNSIGNED NOT NULL,
                cancellation VARCHAR(32) CHARACTER SET ascii NULL,
                retry_at BIGINT NULL,
                PRIMARY KEY (job, scheduled_at, trigger_id, number, epoch)
            ) \(Self.options)
            """,
            // The attempts that wrote more than is kept with them: few among many.
            """
            CREATE TABLE IF NOT EXISTS full_outputs (
                job BINARY(16) NOT NULL,
                scheduled_at BIGINT NOT NULL,
                trigger_id BIGINT UNSIGNED NOT NULL,
                number INT UNSIGNED NOT NULL,
                epoch BIGINT UNSIGNED NOT NULL,
                digest BINARY(32) NOT NULL,
                size BIGINT UNSIGNED NOT NULL,
                PRIMARY KEY (job, scheduled_at, trigger_id, number, epoch)
            ) \(Self.options)
            """,
            """
            CREATE TABLE IF NOT EXISTS gaps (
                job BINARY(16) NOT NULL,
                first_at BIGINT NOT NULL,
                version INT UNSIGNED NOT NULL,
                last_at BIGINT NOT NULL,
                count BIGINT UNSIGNED NOT NULL,
                reason VARCHAR(32) CHARACTER SET ascii NOT NULL,
                PRIMARY KEY (job, first_at, version),
                KEY age (last_at)
            ) \(Self.options)
            """,
            """
            CREATE TABLE IF NOT EXISTS requests (
                idempotency_key VARCHAR(255) NOT NULL PRIMARY KEY,
                fingerprint VARBINARY(64) NOT NULL,
                job BINARY(16) NOT NULL,
                made_at DATETIME(6) NOT NULL,
                KEY age (made_at)
            ) \(Self.options)
            """,
            // The units of work that were committed lately, and those that never will be; see `UnitOfWork`.
            """
            CREATE TABLE IF NOT EXISTS units (
                id BINARY(16) NOT NULL PRIMARY KEY,
                is_void BOOLEAN NOT NULL DEFAULT FALSE
            ) \(Self.options)
            """,
        ]
    )

    /// The leases that workers have in the ledger while ZooKeeper is away, and those that were revoked.
    ///
    /// A program of the schema before neither asks for one nor revokes any: managers are upgraded before workers.
    private static let second = Migration(
        number: 2,
        name: "confirmations of workers",
        statements: [
            """
            CREATE TABLE IF NOT EXISTS confirmations (
                worker VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                confirmed_at DATETIME(6) NULL,
                length_ms BIGINT UNSIGNED NOT NULL,
                revocations INT UNSIGNED NOT NULL DEFAULT 0,
                written_at DATETIME(6) NOT NULL,
                KEY age (written_at)
            ) \(Self.options)
            """
        ]
    )
}
#endif
