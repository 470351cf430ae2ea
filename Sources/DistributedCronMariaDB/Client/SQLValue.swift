#if MariaDB
#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One value for a placeholder of a statement.
package enum SQLValue: Sendable, Hashable {
    /// No value, for a column of any type.
    case null
    /// A signed integer.
    case int(Int64)
    /// An unsigned integer.
    case uint(UInt64)
    /// A floating-point number.
    case double(Double)
    /// Characters.
    case text(String)
    /// Bytes without a character set.
    case bytes([UInt8])
    /// A moment, as `DATETIME(6)` in UTC: rounded to the microsecond, and clamped to the years 1 to 9999.
    case date(Date)
}
#endif
