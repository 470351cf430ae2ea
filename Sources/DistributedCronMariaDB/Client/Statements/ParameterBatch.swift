#if MariaDB
import CMariaDB

/// The values of many executions that are sent together, column by column.
///
/// In an array numbers lie one after another, but characters and moments are reached through an array of addresses:
/// undocumented, measured with Connector/C 3.3.
struct ParameterBatch {
    /// How many bytes of values are sent together at most: well below the server's `max_allowed_packet` of 16 MiB.
    private static let byteLimit = 2_000_000
    /// How many rows are sent together at most: more are not faster.
    private static let rowLimit = 1_000

    let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let rows: ArraySlice<[SQLValue]>
    private let arena: Arena

    /// Parts of some rows that can each be sent together.
    static func parts(of rows: [[SQLValue]]) -> [ArraySlice<[SQLValue]>] {
        var parts: [ArraySlice<[SQLValue]>] = []
        var start = 0
        var size = 0
        for (index, row) in rows.enumerated() {
            let rowSize = row.reduce(0) { $0 + $1.size }
            if index - start == Self.rowLimit || (index > start && size + rowSize > Self.byteLimit) {
                parts.append(rows[start..<index])
                start = index
                size = 0
            }
            size += rowSize
        }
        if start < rows.count { parts.append(rows[start...]) }
        return parts
    }

    /// Lays out rows.
    ///
    /// - Parameters:
    ///   - rows: At least one row; all have a value for each of the columns.
    ///   - columns: How many values a row has.
    ///   - arena: Where they lie.
    /// - Throws: ``MariaDBError`` of the kind `wrongType` if a column has values of several types.
    init(_ rows: ArraySlice<[SQLValue]>, columns: Int, arena: Arena) throws {
        self.rows = rows
        self.arena = arena
        self.binds = arena.zeroed(MYSQL_BIND.self, count: columns)
        for column in 0..<columns { try self.lay(column) }
    }

    private func lay(_ column: Int) throws {
        let indicators = self.arena.zeroed(CChar.self, count: self.rows.count)
        var sample: SQLValue?
        for (index, row) in self.rows.enumerated() {
            if row[column] == .null {
                indicators[index] = CChar(STMT_INDICATOR_NULL.rawValue)
            } else if sample == nil {
                sample = row[column]
            }
        }
        let bind = self.binds + column
        switch sample {
        case .int:
            try self.numbers(column, bind, MYSQL_TYPE_LONGLONG) { if case .int(let value) = $0 { value } else { nil } }
        case .uint:
            bind.pointee.is_unsigned = 1
            try self.numbers(column, bind, MYSQL_TYPE_LONGLONG) { if case .uint(let value) = $0 { value } else { nil } }
        case .double:
            try self.numbers(column, bind, MYSQL_TYPE_DOUBLE) { if case .double(let value) = $0 { value } else { nil } }
        case .date: try self.dates(column, bind)
        case .bytes: try self.bytes(column, bind, MYSQL_TYPE_BLOB)
        // A column of nothing but NULL is of any type.
        case .text, .null, nil: try self.bytes(column, bind, MYSQL_TYPE_STRING)
        }
        distcron_mariadb_set_indicators(bind, indicators)
    }

    private func numbers<Number: BitwiseCopyable>(
        _ column: Int,
        _ bind: UnsafeMutablePointer<MYSQL_BIND>,
        _ type: enum_field_types,
        _ number: (SQLValue) -> Number?
    ) throws {
        let values = self.arena.zeroed(Number.self, count: self.rows.count)
        for (index, row) in self.rows.enumerated() where row[column] != .null {
            guard let value = number(row[column]) else { throw self.mixed(column) }
            values[index] = value
        }
        bind.pointee.buffer_type = type
        bind.pointee.buffer = UnsafeMutableRawPointer(values)
    }

    private func dates(_ column: Int, _ bind: UnsafeMutablePointer<MYSQL_BIND>) throws {
        let values = self.arena.zeroed(MYSQL_TIME.self, count: self.rows.count)
        let addresses = self.arena.zeroed(UnsafeMutablePointer<MYSQL_TIME>?.self, count: self.rows.count)
        for (index, row) in self.rows.enumerated() {
            addresses[index] = values + index
            if row[column] == .null { continue }
            guard case .date(let date) = row[column] else { throw self.mixed(column) }
            values[index] = MYSQL_TIME(date)
        }
        bind.pointee.buffer_type = MYSQL_TYPE_DATETIME
        bind.pointee.buffer = UnsafeMutableRawPointer(addresses)
    }

    private func bytes(
        _ column: Int,
        _ bind: UnsafeMutablePointer<MYSQL_BIND>,
        _ type: enum_field_types
    ) throws {
        let addresses = self.arena.zeroed(UnsafeMutablePointer<CChar>?.self, count: self.rows.count)
        let lengths = self.arena.zeroed(UInt.self, count: self.rows.count)
        for (index, row) in self.rows.enumerated() {
            switch row[column] {
            case .null: continue
            case .text(var text) where type == MYSQL_TYPE_STRING:
                text.withUTF8 { bytes in
                    addresses[index] = self.arena.copy(bytes)
                    lengths[index] = UInt(bytes.count)
                }
            case .bytes(let bytes) where type == MYSQL_TYPE_BLOB:
                addresses[index] = bytes.withUnsafeBufferPointer { self.arena.copy($0) }
                lengths[index] = UInt(bytes.count)
            default: throw self.mixed(column)
            }
        }
        bind.pointee.buffer_type = type
        bind.pointee.buffer = UnsafeMutableRawPointer(addresses)
        bind.pointee.length = lengths
    }

    private func mixed(_ column: Int) -> MariaDBError {
        MariaDBError(kind: .wrongType, message: "column \(column) of a batch has values of several types")
    }
}

extension SQLValue {
    /// About how many bytes the value takes on its way.
    fileprivate var size: Int {
        switch self {
        case .null: 1
        case .text(let text): text.utf8.count + 9
        case .bytes(let bytes): bytes.count + 9
        case .int, .uint, .double, .date: 12
        }
    }
}
#endif
