#if MariaDB
import DistributedCron

/// What the database can tell of a filter: it leaves out jobs that the filter leaves out, but not all of them.
///
/// A job's status depends on whether its runs have ended, a pause on the time, and texts are compared as Swift does it:
/// that is for ``JobFilter/matches(_:now:)``.
struct JobQuery {
    /// Jobs that one index gives in the order of their identities.
    struct Range {
        /// The table and its index, which the conditions are about.
        var table: String
        /// The job's identity in that table.
        var key = "j.id"
        var condition = "TRUE"
        var values: [SQLValue] = []

        /// What is selected from: the jobs that the index leads to.
        var source: String {
            self.key == "j.id"
                ? self.table : "\(self.table) STRAIGHT_JOIN jobs j FORCE INDEX (PRIMARY) ON j.id = \(self.key)"
        }

        static func index(_ name: String, _ condition: String = "TRUE", _ values: SQLValue...) -> Self {
            Self(table: "jobs j FORCE INDEX (\(name))", condition: condition, values: values)
        }

        static func label(_ name: String, _ value: String) -> Self {
            Self(
                table: "labels d FORCE INDEX (PRIMARY)",
                key: "d.job",
                condition: "d.name = ? AND d.value = ?",
                values: [.text(name), .text(value)]
            )
        }
    }

    /// The ways to the jobs: the ranges of each together hold all jobs of the filter.
    let ways: [[Range]]
    private var conditions: [String] = []
    private var values: [SQLValue] = []

    init(_ filter: JobFilter) {
        self.ways = Self.ways(filter)
        if let name = filter.name {
            self.require(filter.status == .finished ? "j.name = ?" : "j.reserved_name = ?", .text(name))
        }
        if let kind = filter.kind { self.require("j.kind = ?", .text(kind.rawValue)) }
        if filter.isPaused == true { self.require("j.has_pause = TRUE") }
        for (name, value) in filter.labels.sorted(by: { $0.key < $1.key }) {
            self.require(
                "EXISTS (SELECT 1 FROM labels l WHERE l.name = ? AND l.value = ? AND l.job = j.id)",
                .text(name),
                .text(value)
            )
        }
        // Other letters are not folded in the same way everywhere.
        if let query = filter.query, query.utf8.allSatisfy({ $0 < 0x80 }) {
            let pattern = SQLValue.text("%" + query.replacing(/[\\%_]/) { "\\\($0.output)" } + "%")
            let texts = ["j.name", "j.description", "v.command"]
            let likes = texts.map { "\($0) COLLATE utf8mb4_general_ci LIKE ?" }.joined(separator: " OR ")
            self.require("(\(likes))", pattern, pattern, pattern)
        }
    }

    private mutating func require(_ condition: String, _ values: SQLValue...) {
        self.conditions.append(condition)
        self.values += values
    }

    private static func ways(_ filter: JobFilter) -> [[Range]] {
        if let name = filter.name, filter.status != .finished {
            return [[.index("reserved_name", "j.reserved_name = ?", .text(name))]]
        }
        var ways: [[Range]] = []
        // What a job stands at: 0 is going on, 1 is exhausted, 2 is failing, 3 is removed.
        switch filter.status {
        case .finished: ways.append(Self.standings(1, 3))
        case .scheduled: ways.append(Self.standings(0, 1))
        case .error: ways.append(Self.standings(2))
        case nil: break
        }
        if let kind = filter.kind { ways.append([.index("kind", "j.kind = ?", .text(kind.rawValue))]) }
        if filter.isPaused == true { ways.append([.index("pauses", "j.has_pause = TRUE")]) }
        for (name, value) in filter.labels.sorted(by: { $0.key < $1.key }) { ways.append([.label(name, value)]) }
        return ways.isEmpty ? [[.index("PRIMARY")]] : ways
    }

    private static func standings(_ numbers: Int...) -> [Range] {
        numbers.map { .index("standing", "j.standing = ?", .int($0)) }
    }

    /// The statement that finds the next jobs of a range, in the order of their identities, up to one.
    func statement(
        _ range: Range,
        after cursor: JobID?,
        through last: JobID,
        limit: Int
    ) -> (sql: String, values: [SQLValue]) {
        let bounds = "\(range.key) > ? AND \(range.key) <= ?"
        let condition = ([range.condition, bounds] + self.conditions).joined(separator: " AND ")
        return (
            "\(JobRows.selection(from: range.source)) WHERE \(condition) ORDER BY \(range.key) LIMIT ?",
            range.values + [Self.start(cursor), .job(last)] + self.values + [.int(limit)]
        )
    }

    fileprivate static func start(_ cursor: JobID?) -> SQLValue { cursor.map { .job($0) } ?? .bytes([]) }
}

extension Session {
    /// The way with the fewest jobs; of those that have many, the one whose first thousand lie furthest apart.
    ///
    /// The server would choose by statistics, which know neither a label's value nor where a page begins.
    private func shortest(_ ways: [[JobQuery.Range]], after cursor: JobID?) throws -> [JobQuery.Range] {
        guard ways.count > 1 else { return ways[0] }
        let limit = 1_000
        var best = (way: ways[0], count: Int.max, reach: JobID(rawValue: 0))
        for way in ways where best.count > 0 {
            var (count, reach) = (0, JobID(rawValue: .max))
            for range in way {
                let found = try self.query(
                    """
                    SELECT COUNT(*), COALESCE(MAX(c.id), '') FROM (SELECT \(range.key) AS id FROM \(range.table)
                        WHERE \(range.condition) AND \(range.key) > ? ORDER BY \(range.key) LIMIT \(limit)) c
                    """,
                    range.values + [JobQuery.start(cursor)]
                ) { (count: try $0.int(0), last: try $0.job(1)) }
                guard let (found, last) = found.first else { continue }
                count += found
                if found == limit { reach = min(reach, last) }
            }
            let isMany = min(count, best.count) >= limit
            if isMany ? reach > best.reach : count < best.count { best = (way, count, reach) }
        }
        return best.way
    }

    /// The next jobs in the order of their identities, of which a filter may leave out some more.
    func jobs(_ query: JobQuery, after cursor: JobID?, limit: Int, _ schedules: Schedules) throws -> [Job] {
        var jobs: [Job] = []
        let way = try self.shortest(query.ways, after: cursor)
        var last = JobID(rawValue: .max)
        for range in way {
            let (sql, values) = query.statement(range, after: cursor, through: last, limit: limit)
            let found = try self.query(sql, values) { try JobRows.read($0, schedules) }
            jobs += found
            // What another range has after these is for the next page.
            if found.count == limit, let end = found.last { last = min(last, end.id) }
        }
        return way.count == 1 ? jobs : Array(jobs.sorted { $0.id < $1.id }.prefix(limit))
    }
}
#endif
