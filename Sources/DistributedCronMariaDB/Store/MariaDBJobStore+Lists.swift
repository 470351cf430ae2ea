#if MariaDB
public import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MariaDBJobStore {
    /// Lists jobs.
    public func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int) async throws -> [Job] {
        let query = JobQuery(filter)
        var jobs: [Job] = []
        var cursor = cursor
        while true {
            let (start, count) = (cursor, limit - jobs.count)
            let (page, now) = try await self.work.read { session in
                let now = Instant(floor: try session.now())
                return (try session.jobs(query, after: start, limit: count, self.schedules), now)
            }
            jobs += page.filter { filter.matches($0, now: now) }
            guard jobs.count < limit, page.count == count, let last = page.last else { return jobs }
            cursor = last.id
        }
    }

    /// Lists runs.
    public func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) async throws -> [Run] {
        let (sql, values) = RunQuery(filter, before: cursor).statement(limit: limit)
        return try await self.work.read { try $0.query(sql, values) { try RunRows.read($0) } }
    }

    /// Counts what has become of jobs lately.
    public func statistics(of jobs: [JobID], since: Instant) async throws -> [JobID: JobStatistics] {
        try await self.work.read { session in
            var statistics: [JobID: JobStatistics] = [:]
            for job in jobs {
                let isKnown = try !session.query("SELECT 1 FROM jobs WHERE id = ?", [.job(job)]) { try $0.int(0) }
                    .isEmpty
                if isKnown { statistics[job] = try session.statistics(of: job, since: since) }
            }
            return statistics
        }
    }

    /// Lists the artifacts that jobs refer to.
    public func artifacts(after cursor: JobID?, limit: Int) async throws -> ArtifactReferences {
        try await self.work.read(ofOneMoment: true) { session in
            let jobs = try session.query(
                "SELECT id FROM jobs WHERE id > ? ORDER BY id LIMIT ?",
                [cursor.map { .job($0) } ?? .bytes([]), .int(limit)]
            ) { try $0.job(0) }
            guard let first = jobs.first, let last = jobs.last else {
                return ArtifactReferences(digests: [], last: nil)
            }
            let digests = try session.query(
                """
                SELECT digest FROM versions WHERE job BETWEEN ? AND ? AND digest IS NOT NULL
                UNION SELECT digest FROM full_outputs WHERE job BETWEEN ? AND ?
                """,
                [.job(first), .job(last), .job(first), .job(last)]
            ) { try $0.digest(0) }
            return ArtifactReferences(digests: Set(digests), last: jobs.count < limit ? nil : last)
        }
    }
}

extension Session {
    fileprivate func statistics(of job: JobID, since: Instant) throws -> JobStatistics {
        let runs = try self.query(
            "SELECT \(RunRows.columns) FROM runs r WHERE r.job = ? AND r.scheduled_at >= ? "
                + "ORDER BY r.scheduled_at, r.trigger_id",
            [.job(job), .instant(since)]
        ) { try RunRows.read($0) }
        var statistics = JobStatistics(of: runs, since: since)
        guard statistics.lastRun == nil else { return statistics }
        statistics.lastRun = try self.query(
            """
            SELECT \(RunRows.columns) FROM runs r WHERE r.job = ? AND r.scheduled_at < ?
                AND (r.started_at IS NOT NULL OR r.state IN ('failed', 'timed_out', 'lost'))
            ORDER BY r.scheduled_at DESC, r.trigger_id DESC LIMIT 1
            """,
            [.job(job), .instant(since)]
        ) { try RunRows.read($0) }.first
        return statistics
    }
}
#endif
