#if MariaDB
import CMariaDB

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A row while it is being read; it is valid only inside the closure that it is given to.
///
/// Columns count from zero. Reading a NULL where a value is wanted, or a value of another type, throws a
/// ``MariaDBError`` that names the column.
package struct ResultRow {
    let columns: ResultColumns

    package func isNull(_ column: Int) -> Bool { self.columns.isNull(column) }

    package func int(_ column: Int) throws -> Int { Int(try self.int64(column)) }

    package func int64(_ column: Int) throws -> Int64 {
        switch self.columns.kinds[column] {
        case .signed: return try self.columns.place(column, as: Int64.self)
        case .unsigned:
            guard let value = Int64(exactly: try self.columns.place(column, as: UInt64.self)) else { break }
            return value
        default: break
        }
        throw self.columns.wrongType(column, "a signed integer")
    }

    package func uint64(_ column: Int) throws -> UInt64 {
        switch self.columns.kinds[column] {
        case .unsigned: return try self.columns.place(column, as: UInt64.self)
        case .signed:
            guard let value = UInt64(exactly: try self.columns.place(column, as: Int64.self)) else { break }
            return value
        default: break
        }
        throw self.columns.wrongType(column, "an unsigned integer")
    }

    package func bool(_ column: Int) throws -> Bool { try self.int64(column) != 0 }

    package func double(_ column: Int) throws -> Double {
        guard self.columns.kinds[column] == .double else { return Double(try self.int64(column)) }
        return try self.columns.place(column, as: Double.self)
    }

    package func text(_ column: Int) throws -> String {
        guard self.columns.kinds[column] == .text else { throw self.columns.wrongType(column, "text") }
        return String(decoding: try self.columns.bytes(column), as: UTF8.self)
    }

    package func bytes(_ column: Int) throws -> [UInt8] {
        switch self.columns.kinds[column] {
        case .bytes, .text: Array(try self.columns.bytes(column))
        default: throw self.columns.wrongType(column, "bytes")
        }
    }

    package func date(_ column: Int) throws -> Date {
        guard self.columns.kinds[column] == .date,
            let date = try self.columns.place(column, as: MYSQL_TIME.self).date
        else { throw self.columns.wrongType(column, "a moment") }
        return date
    }

    package func optionalInt(_ column: Int) throws -> Int? { self.isNull(column) ? nil : try self.int(column) }
    package func optionalInt64(_ column: Int) throws -> Int64? { self.isNull(column) ? nil : try self.int64(column) }
    package func optionalUInt64(_ column: Int) throws -> UInt64? { self.isNull(column) ? nil : try self.uint64(column) }
    package func optionalBool(_ column: Int) throws -> Bool? { self.isNull(column) ? nil : try self.bool(column) }
    package func optionalDouble(_ column: Int) throws -> Double? { self.isNull(column) ? nil : try self.double(column) }
    package func optionalText(_ column: Int) throws -> String? { self.isNull(column) ? nil : try self.text(column) }
    package func optionalBytes(_ column: Int) throws -> [UInt8]? { self.isNull(column) ? nil : try self.bytes(column) }
    package func optionalDate(_ column: Int) throws -> Date? { self.isNull(column) ? nil : try self.date(column) }
}
#endif
