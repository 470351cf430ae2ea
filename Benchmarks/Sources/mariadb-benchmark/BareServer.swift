#if MariaDB
import CBareMariaDB
import DistributedCron
import DistributedCronMariaDB

/// A connection of a program that uses libmariadb without anything between: what the server allows.
final class BareServer {
    /// The values of one placeholder in all rows.
    enum Column {
        case numbers([Int64])
        /// So many bytes for each row, one row after the other.
        case bytes([UInt8], width: Int)
    }

    /// A statement failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let connection: OpaquePointer

    init(_ configuration: MariaDBConfiguration) throws {
        let opened = Self.withServer(configuration) { distcron_bare_open($0) }
        guard let opened else { throw Failure(description: "\(configuration) does not let a bare client in") }
        self.connection = opened
    }

    deinit { distcron_bare_close(self.connection) }

    /// Executes a statement without placeholders.
    func command(_ sql: String) throws {
        guard distcron_bare_command(self.connection, sql) == 0 else { throw self.failure(sql) }
    }

    /// The number that a statement finds.
    func number(_ sql: String) throws -> Int {
        let number = distcron_bare_number(self.connection, sql)
        guard number >= 0 else { throw self.failure(sql) }
        return Int(number)
    }

    /// Writes rows with statements of many rows each.
    ///
    /// - Parameters:
    ///   - head: The beginning of the statement, up to `VALUES`.
    ///   - tuple: One row of it, with a placeholder for each of the columns.
    ///   - columns: The values.
    ///   - count: How many rows there are.
    ///   - tail: What follows the rows in a statement.
    /// - Throws: ``Failure``.
    func write(_ head: String, _ tuple: String, _ columns: [Column], count: Int, tail: String = "") throws {
        var raw: [distcron_bare_column] = []
        var owners: [AnyObject] = []
        for column in columns {
            switch column {
            case .numbers(let numbers):
                let owner = Storage(numbers)
                owners.append(owner)
                raw.append(distcron_bare_column(numbers: owner.base, bytes: nil, width: 0))
            case .bytes(let bytes, let width):
                let owner = Storage(bytes)
                owners.append(owner)
                raw.append(distcron_bare_column(numbers: nil, bytes: owner.base, width: width))
            }
        }
        let status = withExtendedLifetime(owners) {
            distcron_bare_write(
                self.connection,
                head,
                tuple,
                tail,
                raw,
                UInt32(raw.count),
                count,
                Self.rowsPerStatement
            )
        }
        guard status == 0 else { throw self.failure(head) }
    }

    /// How many single rows clients commit in a second, each on a thread and a connection of its own.
    static func commits(
        _ configuration: MariaDBConfiguration,
        _ sql: String,
        clients: Int,
        each count: Int
    ) throws -> Double {
        let rate = Self.withServer(configuration) { distcron_bare_commits($0, sql, UInt32(clients), UInt32(count)) }
        guard rate > 0 else { throw Failure(description: "\(clients) bare clients cannot commit: \(sql)") }
        return rate
    }

    /// Few round trips, and far from the 65,535 placeholders that a statement may have.
    private static let rowsPerStatement = 1_000

    private func failure(_ sql: String) -> Failure {
        Failure(description: "\(String(cString: distcron_bare_error(self.connection))): \(sql.prefix(200))")
    }

    private static func withServer<Answer>(
        _ configuration: MariaDBConfiguration,
        _ body: (UnsafePointer<distcron_bare_server>) -> Answer
    ) -> Answer {
        let host = configuration.hosts[0]
        return host.name.withCString { name in
            configuration.user.withCString { user in
                configuration.password.withCString { password in
                    configuration.database.withCString { database in
                        var server = distcron_bare_server(
                            host: name,
                            port: UInt32(host.port),
                            user: user,
                            password: password,
                            database: database
                        )
                        return body(&server)
                    }
                }
            }
        }
    }
}

/// Values at an address that stays.
private final class Storage<Value> {
    let base: UnsafePointer<Value>
    private let buffer: UnsafeMutableBufferPointer<Value>

    init(_ values: [Value]) {
        self.buffer = .allocate(capacity: max(1, values.count))
        _ = self.buffer.initialize(from: values)
        self.base = UnsafePointer(self.buffer.baseAddress ?? .allocate(capacity: 1))
    }

    deinit { self.buffer.deallocate() }
}
#endif
