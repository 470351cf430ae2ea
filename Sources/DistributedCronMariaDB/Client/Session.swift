#if MariaDB
/// What a unit of work does with its connection: synchronous, on the connection's own queue.
package final class Session {
    /// The `host:port` that the connection leads to.
    package var node: String { "" }

    /// Whether the server is a node of a Galera cluster.
    package var isGalera: Bool { false }

    /// Executes a prepared statement.
    ///
    /// - Returns: How many rows matched, changed or not; inserted and deleted rows match.
    @discardableResult
    package func execute(_ sql: String, _ values: [SQLValue] = []) throws -> Int { throw MariaDBError.missing }

    /// Executes a prepared statement for many rows of values, many of them in one round trip.
    ///
    /// - Returns: How many rows matched in total.
    @discardableResult
    package func executeBatch(_ sql: String, _ rows: [[SQLValue]]) throws -> Int { throw MariaDBError.missing }

    /// Executes a prepared statement and reads the rows of its result.
    package func query<Value>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ read: (ResultRow) throws -> Value
    ) throws -> [Value] { throw MariaDBError.missing }

    /// Executes what cannot be prepared: `START TRANSACTION`, `COMMIT`, `SET`, definitions.
    package func command(_ sql: String) throws { throw MariaDBError.missing }
}
#endif
