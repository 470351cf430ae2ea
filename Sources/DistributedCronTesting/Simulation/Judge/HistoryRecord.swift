import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One line of a history that a checker judges, which knows nothing of this system: JSON Lines, times in seconds since
/// 1970-01-01T00:00:00Z.
enum HistoryRecord {
    /// The promise of some versions of a job, one record for each: the same `id`, the same rules.
    struct Promise: Encodable {
        let type = "job"
        var id: String
        var instants: [Int64]
        /// The first second of the version, which promises no other instants.
        var from: Int64
        /// The first second that is not of the version any more.
        var to: Int64?
        /// How many seconds after its instant the first attempt may begin; more where something was broken.
        var epsilon: Double
        /// `at-least-once` or `at-most-once`.
        var policy: String
        /// `allow`, `forbid` or `replace`.
        var concurrency: String
        /// How long an attempt may take, in seconds.
        var duration: Double
        /// The reasons for which an instant may be recorded without having run.
        var acceptSkips: [String]

        enum CodingKeys: String, CodingKey {
            case type, id, instants, from, to, epsilon, policy, concurrency, duration
            case acceptSkips = "accept_skips"
        }
    }

    /// An attempt, as its process tells it.
    struct Start: Encodable {
        let type = "run"
        var job: String
        var instant: Int64
        var attempt: Int
        var node: String
        var start: Double
        var end: Double?
        /// 128 + n where signal n ended it.
        var exit: Int32?
        /// Of one that has not ended: when it was last known to be alive.
        var lastSeen: Double?
        var fence: UInt64

        enum CodingKeys: String, CodingKey {
            case type, job, instant, attempt, node, start, end, exit, fence
            case lastSeen = "last_seen"
        }
    }

    /// What the ledger says of an instant that was not run.
    struct Skip: Encodable {
        let type = "skip"
        var job: String
        var instant: Int64
        var reason: String
    }

    /// Something was broken.
    struct Fault: Encodable {
        let type = "fault"
        var name: String
        var start: Double
        var end: Double
    }

    /// Nothing was observed any more.
    struct Read: Encodable {
        let type = "read"
        var time: Double
    }
}
