#if MariaDB
import CMariaDB

/// A statement that the server has prepared for one connection.
final class PreparedStatement {
    private let raw: UnsafeMutablePointer<MYSQL_STMT>
    private let parameterCount: Int

    /// Has a statement prepared.
    init(_ sql: String, on connection: UnsafeMutablePointer<MYSQL>) throws {
        guard let raw = mysql_stmt_init(connection) else { throw MariaDBError(of: connection) }
        var text = sql
        let isPrepared = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                mysql_stmt_prepare(raw, $0.baseAddress, UInt($0.count)) == 0
            }
        }
        guard isPrepared else {
            // Before all properties are set, so that `deinit` does not close it again.
            let error = MariaDBError(of: raw)
            mysql_stmt_close(raw)
            throw error
        }
        distcron_mariadb_measure_results(raw)
        self.raw = raw
        self.parameterCount = Int(mysql_stmt_param_count(raw))
    }

    deinit { mysql_stmt_close(self.raw) }

    /// Executes the statement for one row of values.
    ///
    /// - Returns: How many rows matched.
    func execute(_ values: [SQLValue]) throws -> Int {
        let arena = Arena()
        try self.send(values, arena)
        return try self.finish()
    }

    /// Executes the statement for some rows of values, in one round trip.
    ///
    /// - Returns: How many rows matched in total.
    func executeBatch(_ rows: ArraySlice<[SQLValue]>) throws -> Int {
        for row in rows { try self.check(row) }
        let arena = Arena()
        let batch = try ParameterBatch(rows, columns: self.parameterCount, arena: arena)
        // Before the values are bound, because it decides how they are read.
        distcron_mariadb_set_array_size(self.raw, UInt32(rows.count))
        guard mysql_stmt_bind_param(self.raw, batch.binds) == 0 else { throw MariaDBError(of: self.raw) }
        // Until here, because the addresses are kept: what they point to has to outlive the execution.
        try withExtendedLifetime(arena) {
            guard mysql_stmt_execute(self.raw) == 0 else { throw MariaDBError(of: self.raw) }
        }
        return try self.finish()
    }

    /// Executes the statement and reads its rows.
    func query<Value>(_ values: [SQLValue], _ read: (ResultRow) throws -> Value) throws -> [Value] {
        let arena = Arena()
        try self.send(values, arena)
        guard mysql_stmt_store_result(self.raw) == 0 else { throw MariaDBError(of: self.raw) }
        defer { mysql_stmt_free_result(self.raw) }
        let count = Int(mysql_stmt_num_rows(self.raw))
        guard count > 0 else { return [] }
        let columns = ResultColumns(of: self.raw)
        guard columns.bind(to: self.raw) else { throw MariaDBError(of: self.raw) }
        var answer: [Value] = []
        answer.reserveCapacity(count)
        while true {
            switch mysql_stmt_fetch(self.raw) {
            case 0: answer.append(try read(ResultRow(columns: columns)))
            case MYSQL_NO_DATA: return answer
            case MYSQL_DATA_TRUNCATED:
                throw MariaDBError(kind: .wrongType, message: "a value of a result is larger than its column allows")
            default: throw MariaDBError(of: self.raw)
            }
        }
    }

    private func send(_ values: [SQLValue], _ arena: Arena) throws {
        try self.check(values)
        let row = ParameterRow(values, arena: arena)
        distcron_mariadb_set_array_size(self.raw, 0)
        guard mysql_stmt_bind_param(self.raw, row.binds) == 0 else { throw MariaDBError(of: self.raw) }
        try withExtendedLifetime(arena) {
            guard mysql_stmt_execute(self.raw) == 0 else { throw MariaDBError(of: self.raw) }
        }
    }

    /// What an execution without rows has done; a result that nobody reads is thrown away.
    private func finish() throws -> Int {
        if mysql_stmt_field_count(self.raw) > 0 {
            guard mysql_stmt_store_result(self.raw) == 0 else { throw MariaDBError(of: self.raw) }
            mysql_stmt_free_result(self.raw)
        }
        // "All bits set" stands for "not known".
        let count = mysql_stmt_affected_rows(self.raw)
        return count == .max ? 0 : Int(count)
    }

    private func check(_ values: [SQLValue]) throws {
        guard values.count == self.parameterCount else {
            throw MariaDBError(
                kind: .wrongType,
                message: "a statement has \(self.parameterCount) placeholders and was given \(values.count) values"
            )
        }
    }
}

extension MariaDBError {
    /// What went wrong with a connection last.
    init(of connection: UnsafeMutablePointer<MYSQL>) {
        self.init(
            number: Int(mysql_errno(connection)),
            sqlState: String(cString: mysql_sqlstate(connection)),
            message: String(cString: mysql_error(connection))
        )
    }

    /// What went wrong with a statement last.
    init(of statement: UnsafeMutablePointer<MYSQL_STMT>) {
        self.init(
            number: Int(mysql_stmt_errno(statement)),
            sqlState: String(cString: mysql_stmt_sqlstate(statement)),
            message: String(cString: mysql_stmt_error(statement))
        )
    }

    private init(number: Int, sqlState: String, message: String) {
        self.init(
            kind: Kind(number: number, message: message),
            number: number,
            sqlState: sqlState,
            message: message.isEmpty ? "MariaDB reports an error without a text" : message
        )
    }
}
#endif
