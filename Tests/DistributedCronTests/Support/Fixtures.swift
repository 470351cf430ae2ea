import DistributedCron
import Foundation

extension JobDefinition {
    /// A command on a schedule in UTC, with some policies changed.
    static func command(
        _ schedule: String,
        seconds: Bool = false,
        _ change: (inout JobPolicies) -> Void = { _ in }
    ) throws -> JobDefinition {
        var policies = JobPolicies()
        change(&policies)
        return JobDefinition(
            schedule: try Schedule(schedule, seconds: seconds),
            executable: .command("true"),
            policies: policies
        )
    }
}

extension Instant {
    /// 2026-03-02T00:00:00Z, a Monday, and some seconds.
    static func monday(_ hours: Int64 = 0, _ minutes: Int64 = 0, _ seconds: Int64 = 0) -> Instant {
        Instant(epochSeconds: 1_772_409_600 + hours * 3_600 + minutes * 60 + seconds)
    }
}

extension JobID {
    /// Some identity.
    static func test(_ number: Int) -> JobID { JobID(rawValue: UInt128(number)) }
}

extension WorkerID {
    static let one = WorkerID(rawValue: "w-1")
    static let two = WorkerID(rawValue: "w-2")
    static let three = WorkerID(rawValue: "w-3")
}
