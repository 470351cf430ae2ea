#if MariaDB
import DistributedCron

/// What the database can tell of a filter: it leaves out jobs that the filter leaves out, but not all of them.
///
/// A job's status depends on whether its runs have ended, a pause on the time, and texts are compared as Swift does it:
/// that is for ``JobFilter/matches(_:now:)``.
struct JobQuery {
    /// Jobs that one index gives in the order of their identities.
    private struct Range {
        let index: String
        let condition: String
    }

    private let ranges: [Range]
    private var conditions = ["j.id > ?"]
    private var values: [SQLValue] = []

    init(_ filter: JobFilter) {
        self.ranges = Self.ranges(filter)
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

    // What a job stands at: 0 is going on, 1 is exhausted, 2 is failing, 3 is removed.
    private static func ranges(_ filter: JobFilter) -> [Range] {
        switch filter.status {
        case .finished: return Self.standings(1, 3)
        case _ where filter.name != nil: return [Range(index: "reserved_name", condition: "TRUE")]
        case .scheduled: return Self.standings(0, 1)
        case .error: return Self.standings(2)
        case nil: break
        }
        if filter.kind != nil { return [Range(index: "kind", condition: "TRUE")] }
        return [Range(index: filter.isPaused == true ? "pauses" : "PRIMARY", condition: "TRUE")]
    }

    private static func standings(_ numbers: Int...) -> [Range] {
        numbers.map { Range(index: "standing", condition: "j.standing = \($0)") }
    }

    /// The statements that together find the next jobs, each of which gives some in the order of their identities.
    func statements(after cursor: JobID?, limit: Int) -> [(sql: String, values: [SQLValue])] {
        self.ranges.map { range in
            let condition = ([range.condition] + self.conditions).joined(separator: " AND ")
            return (
                "\(JobRows.selection(using: range.index)) WHERE \(condition) ORDER BY j.id LIMIT ?",
                [cursor.map { .job($0) } ?? .bytes([])] + self.values + [.int(limit)]
            )
        }
    }
}

extension Session {
    /// The next jobs in the order of their identities, of which a filter may leave out some more.
    func jobs(_ query: JobQuery, after cursor: JobID?, limit: Int, _ schedules: Schedules) throws -> [Job] {
        var jobs: [Job] = []
        let statements = query.statements(after: cursor, limit: limit)
        for (sql, values) in statements {
            jobs += try self.query(sql, values) { try JobRows.read($0, schedules) }
        }
        return statements.count == 1 ? jobs : Array(jobs.sorted { $0.id < $1.id }.prefix(limit))
    }
}
#endif
