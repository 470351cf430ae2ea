#if MariaDB
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
    package func isNull(_ column: Int) -> Bool { true }

    package func int(_ column: Int) throws -> Int { throw MariaDBError.missing }
    package func int64(_ column: Int) throws -> Int64 { throw MariaDBError.missing }
    package func uint64(_ column: Int) throws -> UInt64 { throw MariaDBError.missing }
    package func bool(_ column: Int) throws -> Bool { throw MariaDBError.missing }
    package func double(_ column: Int) throws -> Double { throw MariaDBError.missing }
    package func text(_ column: Int) throws -> String { throw MariaDBError.missing }
    package func bytes(_ column: Int) throws -> [UInt8] { throw MariaDBError.missing }
    package func date(_ column: Int) throws -> Date { throw MariaDBError.missing }

    package func optionalInt(_ column: Int) throws -> Int? { throw MariaDBError.missing }
    package func optionalInt64(_ column: Int) throws -> Int64? { throw MariaDBError.missing }
    package func optionalUInt64(_ column: Int) throws -> UInt64? { throw MariaDBError.missing }
    package func optionalBool(_ column: Int) throws -> Bool? { throw MariaDBError.missing }
    package func optionalDouble(_ column: Int) throws -> Double? { throw MariaDBError.missing }
    package func optionalText(_ column: Int) throws -> String? { throw MariaDBError.missing }
    package func optionalBytes(_ column: Int) throws -> [UInt8]? { throw MariaDBError.missing }
    package func optionalDate(_ column: Int) throws -> Date? { throw MariaDBError.missing }
}
#endif
