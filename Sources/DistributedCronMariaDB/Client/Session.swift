#if MariaDB
import CMariaDB

/// What a unit of work does with its connection: synchronous, on the connection's own queue.
package final class Session {
    /// The host that the connection leads to.
    let host: MariaDBConfiguration.Host
    let socket: ConnectionSocket
    private let configuration: MariaDBConfiguration
    private let raw: UnsafeMutablePointer<MYSQL>
    /// The connection's number in the server.
    private let number: UInt
    /// The address of this end as the server sees it, which no other connection of that server has.
    private var address = ""
    private var statements = StatementCache()
    private var isClosed = false
    /// Whether a statement outside a transaction is one of its own.
    private var isAutocommitting = true
    /// Whether the connection can be used again.
    private(set) var isUsable = true

    /// Whether the server is a node of a Galera cluster.
    package private(set) var isGalera = false

    /// The `host:port` that the connection leads to.
    package var node: String { self.host.description }

    /// Connects to a server and sets the session up, which blocks.
    ///
    /// - Throws: ``MariaDBError``, whose message names the host.
    init(_ host: MariaDBConfiguration.Host, _ configuration: MariaDBConfiguration) throws {
        self.host = host
        self.configuration = configuration
        self.raw = try Self.connect(host, configuration)
        self.socket = ConnectionSocket(Int32(mysql_get_socket(self.raw)))
        self.number = mysql_thread_id(self.raw)
        do {
            try self.setUp()
        } catch let error as MariaDBError {
            throw error.at(host)
        }
    }

    deinit { self.close() }

    // MARK: Statements

    /// Executes a prepared statement.
    ///
    /// - Returns: How many rows matched, changed or not; inserted and deleted rows match.
    @discardableResult
    package func execute(_ sql: String, _ values: [SQLValue] = []) throws -> Int {
        try self.prepared(sql) { try $0.execute(values) }
    }

    /// Executes a prepared statement for many rows of values, many of them in one round trip.
    ///
    /// - Returns: How many rows matched in total.
    @discardableResult
    package func executeBatch(_ sql: String, _ rows: [[SQLValue]]) throws -> Int {
        if rows.count == 1 { return try self.execute(sql, rows[0]) }
        return try self.prepared(sql) { statement in
            try ParameterBatch.parts(of: rows).reduce(0) { try $0 + statement.executeBatch($1) }
        }
    }

    /// Executes a prepared statement and reads the rows of its result.
    package func query<Value>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ read: (ResultRow) throws -> Value
    ) throws -> [Value] {
        try self.prepared(sql) { try $0.query(values, read) }
    }

    /// Executes what cannot be prepared: `START TRANSACTION`, `COMMIT`, `SET`, definitions.
    ///
    /// - Returns: How many rows matched.
    @discardableResult
    package func command(_ sql: String) throws -> Int {
        _ = try self.rows(of: sql)
        // "All bits set" stands for "not known".
        let count = mysql_affected_rows(self.raw)
        return count == .max ? 0 : Int(count)
    }

    /// Has each statement be a transaction of its own, or the next ones begin one that lasts until it is committed.
    func setAutocommit(_ isOn: Bool) throws {
        guard isOn != self.isAutocommitting else { return }
        try self.command("SET autocommit = \(isOn ? 1 : 0)")
        self.isAutocommitting = isOn
    }

    private func prepared<Value>(_ sql: String, _ body: (PreparedStatement) throws -> Value) throws -> Value {
        do {
            return try body(try self.statements.statement(sql, on: self.raw))
        } catch let error as MariaDBError {
            self.statements.forget(sql)
            throw self.noting(error)
        }
    }

    /// The rows of a statement that is sent as text, as characters.
    private func rows(of sql: String) throws -> [[String]] {
        var text = sql
        let isDone = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { mysql_real_query(self.raw, $0.baseAddress, UInt($0.count)) == 0 }
        }
        guard isDone else { throw self.noting(MariaDBError(of: self.raw)) }
        guard let result = mysql_store_result(self.raw) else {
            guard mysql_errno(self.raw) == 0 else { throw self.noting(MariaDBError(of: self.raw)) }
            return []
        }
        defer { mysql_free_result(result) }
        var rows: [[String]] = []
        while let row = mysql_fetch_row(result) {
            rows.append((0..<Int(mysql_num_fields(result))).map { row[$0].map { String(cString: $0) } ?? "" })
        }
        return rows
    }

    private func noting(_ error: MariaDBError) -> MariaDBError {
        if error.isLost || error.kind == .notReady { self.isUsable = false }
        return error
    }

    // MARK: Life

    /// Ends what a unit of work has left open, so that the next begins with nothing.
    func settle() {
        guard self.isUsable, self.raw.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS) != 0 else { return }
        do {
            try self.command("ROLLBACK")
        } catch {
            self.isUsable = false
        }
    }

    /// Whether the server answers.
    func isAlive() -> Bool {
        if mysql_ping(self.raw) != 0 { self.isUsable = false }
        return self.isUsable
    }

    /// Ends the connection in the server as well, which does not notice while it is at work on a statement.
    func kill() {
        guard let other = try? Self(self.host, self.configuration) else { return }
        // It may be gone already, and the other connection may have found another server, where the number is another's.
        let sql = "SELECT 1 FROM information_schema.processlist WHERE id = \(self.number) AND host = ?"
        if let found = try? other.query(sql, [.text(self.address)], { $0.isNull(0) }), !found.isEmpty {
            _ = try? other.command("KILL CONNECTION \(self.number)")
        }
        other.close()
    }

    /// Closes the connection.
    func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.isUsable = false
        self.statements.removeAll()
        self.socket.release()
        mysql_close(self.raw)
    }

    // MARK: Setting up

    private func setUp() throws {
        if case .required = self.configuration.tls, mysql_get_ssl_cipher(self.raw) == nil {
            // libmariadb falls back to an open connection with a server that has no TLS (MDEV-28634).
            throw MariaDBError(kind: .configuration, message: "the server does not offer TLS, and tls=required")
        }
        try self.command("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try self.command(
            """
            SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE',
                innodb_lock_wait_timeout = 5, idle_transaction_timeout = 30
            """
        )
        do {
            try self.command("SET SESSION innodb_snapshot_isolation = ON")
        } catch let error as MariaDBError where error.number == 1193 {
            // Older than 10.11.8. Nothing depends on it: what is decided stands in the conditions of the writes.
        }
        let ownRow = "SELECT host FROM information_schema.processlist WHERE id = CONNECTION_ID()"
        self.address = try self.rows(of: ownRow).first?.first ?? ""
        guard try self.rows(of: "SHOW VARIABLES LIKE 'wsrep_on'").first?.last == "ON" else { return }
        self.isGalera = true
        guard self.configuration.needsReadyNode else { return }
        guard try self.rows(of: "SHOW STATUS LIKE 'wsrep_ready'").first?.last == "ON" else {
            throw MariaDBError(kind: .notReady, message: "wsrep_ready is OFF")
        }
        // Reads of what another node has committed see it.
        try self.command("SET SESSION wsrep_sync_wait = 1")
    }

    private static func connect(
        _ host: MariaDBConfiguration.Host,
        _ configuration: MariaDBConfiguration
    ) throws -> UnsafeMutablePointer<MYSQL> {
        Library.start()
        guard let raw = mysql_init(nil) else {
            throw MariaDBError(kind: .other, message: "libmariadb has no memory for a connection")
        }
        let connectTimeout = UInt32(max(configuration.connectTimeout.components.seconds, 1))
        let statementTimeout = UInt32(max(configuration.statementTimeout.components.seconds, 1))
        distcron_mariadb_set_number(raw, MYSQL_OPT_CONNECT_TIMEOUT, connectTimeout)
        distcron_mariadb_set_number(raw, MYSQL_OPT_READ_TIMEOUT, statementTimeout)
        distcron_mariadb_set_number(raw, MYSQL_OPT_WRITE_TIMEOUT, statementTimeout)
        // TCP also for `localhost`, which libmariadb takes for the server's Unix socket.
        distcron_mariadb_set_number(raw, MYSQL_OPT_PROTOCOL, UInt32(MYSQL_PROTOCOL_TCP.rawValue))
        distcron_mariadb_set_text(raw, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        // A new connection by itself would lose the transaction and the session's settings without a word.
        distcron_mariadb_set_flag(raw, MYSQL_OPT_RECONNECT, 0)
        // A server could ask for the client's files.
        distcron_mariadb_set_number(raw, MYSQL_OPT_LOCAL_INFILE, 0)
        if case .required(let authority) = configuration.tls {
            distcron_mariadb_set_flag(raw, MYSQL_OPT_SSL_ENFORCE, 1)
            distcron_mariadb_set_flag(raw, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, 1)
            if let authority { distcron_mariadb_set_text(raw, MYSQL_OPT_SSL_CA, authority) }
        }
        guard
            mysql_real_connect(
                raw,
                host.name,
                configuration.user,
                configuration.password,
                configuration.database,
                UInt32(host.port),
                nil,
                UInt(CLIENT_FOUND_ROWS)
            ) != nil
        else {
            let error = MariaDBError(of: raw)
            mysql_close(raw)
            // Whoever hangs up before the greeting is not a server that lost something.
            throw error.isLost
                ? MariaDBError(kind: .unreachable, number: error.number, message: error.message).at(host)
                : error.at(host)
        }
        return raw
    }
}

extension MariaDBError {
    /// The same error, with the host in its message.
    func at(_ host: MariaDBConfiguration.Host) -> Self {
        Self(kind: self.kind, number: self.number, sqlState: self.sqlState, message: "\(host): \(self.message)")
    }
}
#endif
