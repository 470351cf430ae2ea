#if MariaDB
import CMariaDB

/// Where libmariadb puts the values of the row that is being read.
final class ResultColumns {
    /// How a column's values are kept.
    enum Kind { case signed, unsigned, double, date, text, bytes }

    let kinds: [Kind]
    private let names: [String]
    private let arena = Arena()
    private let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let lengths: UnsafeMutablePointer<UInt>
    private let nulls: UnsafeMutablePointer<my_bool>

    /// Makes room for the rows of a result that has been stored, so that the length of the longest values is known.
    init(of statement: UnsafeMutablePointer<MYSQL_STMT>) {
        let fields = UnsafeBufferPointer(
            start: mariadb_stmt_fetch_fields(statement),
            count: Int(mysql_stmt_field_count(statement))
        )
        self.kinds = fields.map(Self.kind)
        self.names = fields.map { String(cString: $0.name) }
        self.binds = self.arena.zeroed(MYSQL_BIND.self, count: fields.count)
        self.lengths = self.arena.zeroed(UInt.self, count: fields.count)
        self.nulls = self.arena.zeroed(my_bool.self, count: fields.count)
        for (index, field) in fields.enumerated() {
            let bind = self.binds + index
            bind.pointee.length = self.lengths + index
            bind.pointee.is_null = self.nulls + index
            switch self.kinds[index] {
            case .signed, .unsigned:
                bind.pointee.buffer_type = MYSQL_TYPE_LONGLONG
                bind.pointee.is_unsigned = self.kinds[index] == .unsigned ? 1 : 0
                bind.pointee.buffer = UnsafeMutableRawPointer(self.arena.zeroed(Int64.self, count: 1))
            case .double:
                bind.pointee.buffer_type = MYSQL_TYPE_DOUBLE
                bind.pointee.buffer = UnsafeMutableRawPointer(self.arena.zeroed(Double.self, count: 1))
            case .date:
                bind.pointee.buffer_type = MYSQL_TYPE_DATETIME
                bind.pointee.buffer = UnsafeMutableRawPointer(self.arena.zeroed(MYSQL_TIME.self, count: 1))
            case .text, .bytes:
                // A string, also for numbers and times that are read as characters.
                bind.pointee.buffer_type = self.kinds[index] == .text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB
                let capacity = max(Int(field.max_length), 64)
                bind.pointee.buffer = UnsafeMutableRawPointer(self.arena.zeroed(UInt8.self, count: capacity))
                bind.pointee.buffer_length = UInt(capacity)
            }
        }
    }

    /// Has a statement write its rows here.
    func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
        mysql_stmt_bind_result(statement, self.binds) == 0
    }

    private static func kind(of field: MYSQL_FIELD) -> Kind {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            field.flags & UInt32(UNSIGNED_FLAG) != 0 ? .unsigned : .signed
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .double
        // A sum of whole numbers is a decimal without decimals.
        case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: field.decimals == 0 ? .signed : .double
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATE: .date
        case MYSQL_TYPE_TIME: .text
        // 63 is the number of the character set `binary`.
        default: field.charsetnr == 63 ? .bytes : .text
        }
    }

    // MARK: Reading

    func isNull(_ column: Int) -> Bool { self.nulls[column] != 0 }

    /// The place of a value.
    ///
    /// - Throws: ``MariaDBError`` if it is NULL.
    func place<Value>(_ column: Int, as type: Value.Type) throws -> Value {
        guard !self.isNull(column), let buffer = self.binds[column].buffer else {
            throw MariaDBError(kind: .wrongType, message: "column \(self.names[column]) is NULL")
        }
        return buffer.load(as: type)
    }

    /// The characters or bytes of a value.
    ///
    /// - Throws: ``MariaDBError`` if it is NULL.
    func bytes(_ column: Int) throws -> UnsafeRawBufferPointer {
        guard !self.isNull(column), let buffer = self.binds[column].buffer else {
            throw MariaDBError(kind: .wrongType, message: "column \(self.names[column]) is NULL")
        }
        return UnsafeRawBufferPointer(
            start: buffer,
            count: Int(min(self.lengths[column], self.binds[column].buffer_length))
        )
    }

    func wrongType(_ column: Int, _ wanted: String) -> MariaDBError {
        MariaDBError(
            kind: .wrongType,
            message: "column \(self.names[column]) holds \(self.kinds[column]) and not \(wanted)"
        )
    }
}
#endif
