#if MariaDB
import CMariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Moments as `DATETIME(6)` in UTC. Not `TIMESTAMP`, which ends in 2038 and depends on the session's zone.
extension MYSQL_TIME {
    private static let microsecondsOfDay: Int64 = 86_400_000_000
    private static let microsecondsFrom0001: Int64 = -62_135_596_800_000_000
    private static let microsecondsTo9999: Int64 = 253_402_300_799_999_999

    init(_ date: Date) {
        let exact = (date.timeIntervalSince1970 * 1_000_000).rounded()
        let last = Self.microsecondsTo9999
        let clamped = Int64(exactly: exact).map { min(max($0, Self.microsecondsFrom0001), last) }
        let microseconds = clamped ?? (exact < 0 ? Self.microsecondsFrom0001 : last)
        let day = microseconds.quotientAndRemainder(dividingBy: Self.microsecondsOfDay)
        let dayNumber = Int(day.remainder < 0 ? day.quotient - 1 : day.quotient)
        let rest = day.remainder < 0 ? day.remainder + Self.microsecondsOfDay : day.remainder
        let civil = CivilDate(dayNumber: dayNumber)
        let seconds = rest / 1_000_000
        self.init(
            year: UInt32(civil.year),
            month: UInt32(civil.month),
            day: UInt32(civil.day),
            hour: UInt32(seconds / 3_600),
            minute: UInt32(seconds / 60 % 60),
            second: UInt32(seconds % 60),
            second_part: UInt(rest % 1_000_000),
            neg: 0,
            time_type: MYSQL_TIMESTAMP_DATETIME
        )
    }

    /// The moment, or nil for one of MariaDB's zero dates.
    var date: Date? {
        guard self.month > 0, self.day > 0 else { return nil }
        let day = CivilDate(year: Int(self.year), month: Int(self.month), day: Int(self.day)).dayNumber
        let seconds = Int64(day) * 86_400 + Int64(self.hour) * 3_600 + Int64(self.minute) * 60 + Int64(self.second)
        return Date(timeIntervalSince1970: Double(seconds * 1_000_000 + Int64(self.second_part)) / 1_000_000)
    }
}
#endif
