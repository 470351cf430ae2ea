#if MariaDB
import CMariaDB

/// The statements that are prepared on one connection; those that were not used for longest go first.
struct StatementCache {
    /// How many a connection keeps; the server's limit, `max_prepared_stmt_count`, is 16,382 for all connections.
    private static let limit = 128

    private var statements: [String: (statement: PreparedStatement, lastUse: Int)] = [:]
    private var uses = 0

    /// The statement, prepared now if it is not yet.
    mutating func statement(_ sql: String, on connection: UnsafeMutablePointer<MYSQL>) throws -> PreparedStatement {
        self.uses += 1
        if let known = self.statements[sql]?.statement {
            self.statements[sql]?.lastUse = self.uses
            return known
        }
        if self.statements.count >= Self.limit,
            let oldest = self.statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            self.statements[oldest.key] = nil
        }
        let statement = try PreparedStatement(sql, on: connection)
        self.statements[sql] = (statement, self.uses)
        return statement
    }

    /// Forgets a statement whose last execution failed: how it left libmariadb's books is not documented.
    mutating func forget(_ sql: String) { self.statements[sql] = nil }

    mutating func removeAll() { self.statements = [:] }
}
#endif
