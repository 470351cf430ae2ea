#if MariaDB
import DistributedCron

/// How the database finds the runs of a filter, newest first.
struct RunQuery {
    private var conditions: [String] = []
    private var values: [SQLValue] = []
    private let index: String

    init(_ filter: RunFilter, before cursor: RunID?) {
        self.index = Self.index(filter)
        if let job = filter.job { self.require("r.job = ?", .job(job)) }
        if self.index == "open" { self.require("r.open_slot IS NOT NULL") }
        if !filter.states.isEmpty {
            // In a fixed order, so that the same filter is the same statement.
            let states = RunState.allCases.filter { filter.states.contains($0) }
            self.require("r.state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
        }
        if let worker = filter.worker { self.require("r.worker = ?", .text(worker.rawValue)) }
        if let trigger = filter.trigger {
            let first = TriggerID.firstBackfill.rawValue
            switch trigger {
            case .schedule: self.require("r.trigger_id = 0")
            case .manual: self.require("r.trigger_id > 0 AND r.trigger_id < \(first)")
            case .backfill: self.require("r.trigger_id >= \(first)")
            }
        }
        if let since = filter.since { self.require("r.scheduled_at >= ?", .instant(since)) }
        if let until = filter.until { self.require("r.scheduled_at < ?", .instant(until)) }
        guard let cursor else { return }
        self.require("r.scheduled_at <= ?", .instant(cursor.scheduledAt))
        self.require(
            "(r.scheduled_at < ? OR r.trigger_id < ? OR r.trigger_id = ? AND r.job < ?)",
            .instant(cursor.scheduledAt),
            .uint(cursor.trigger.rawValue),
            .uint(cursor.trigger.rawValue),
            .job(cursor.job)
        )
    }

    private mutating func require(_ condition: String, _ bound: SQLValue...) {
        self.conditions.append(condition)
        self.values += bound
    }

    /// Runs that have not ended are few among those of a month, and often there are none: they are sorted, not looked for.
    ///
    /// An index of the other rare ones, failed ones above all, would nearly double what the insertion of runs costs.
    private static func index(_ filter: RunFilter) -> String {
        if filter.job != nil { return "PRIMARY" }
        return filter.states.isEmpty || filter.states.contains(where: \.isTerminal) ? "newest" : "open"
    }

    /// The statement that finds the next runs, and its values.
    func statement(limit: Int) -> (sql: String, values: [SQLValue]) {
        let condition = self.conditions.isEmpty ? "" : "WHERE \(self.conditions.joined(separator: " AND "))"
        return (
            """
            SELECT \(RunRows.columns) FROM runs r FORCE INDEX (\(self.index)) \(condition)
            ORDER BY r.scheduled_at DESC, r.trigger_id DESC, r.job DESC LIMIT ?
            """,
            self.values + [.int(limit)]
        )
    }
}
#endif
