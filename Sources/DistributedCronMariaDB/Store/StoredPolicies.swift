#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job's policies as one JSON object that names what differs from the defaults.
///
/// Times are in seconds. Most jobs have the defaults, which are stored as NULL.
struct StoredPolicies: Codable {
    var misfire: String?
    var misfireLimit: Int?
    var misfireWindow: Int64?
    var concurrency: String?
    var recovery: String?
    var onLapse: String?
    var onOutage: String?
    var retries: Int?
    var retryPause: Int?
    var retryMaxPause: Int?
    var retryJitter: Double?
    var timeout: Double?
    var killGrace: Double?
    var deadline: Double?
    var maxRuns: Int?
    var endsAt: Int64?

    /// The object, or nil for the defaults.
    static func text(_ policies: JobPolicies) throws -> String? {
        let defaults = JobPolicies()
        guard policies != defaults else { return nil }
        var stored = Self()
        func difference<Value: Equatable>(_ path: KeyPath<JobPolicies, Value>) -> Value? {
            policies[keyPath: path] == defaults[keyPath: path] ? nil : policies[keyPath: path]
        }
        stored.misfire = difference(\.misfire.choice)?.rawValue
        stored.misfireLimit = difference(\.misfire.limit)
        stored.misfireWindow = difference(\.misfire.windowSeconds)
        stored.concurrency = difference(\.concurrency)?.rawValue
        stored.recovery = difference(\.recovery)?.rawValue
        stored.onLapse = policies.onLapseChoice?.rawValue
        stored.onOutage = difference(\.onOutage)?.rawValue
        stored.retries = difference(\.retry.max)
        stored.retryPause = difference(\.retry.backoffSeconds)
        stored.retryMaxPause = difference(\.retry.maxBackoffSeconds)
        stored.retryJitter = difference(\.retry.jitter)
        stored.timeout = policies.timeout.map { $0 / .seconds(1) }
        stored.killGrace = difference(\.killGrace).map { $0 / .seconds(1) }
        stored.deadline = policies.deadline.map { $0 / .seconds(1) }
        stored.maxRuns = policies.maxRuns
        stored.endsAt = policies.endsAt?.epochSeconds
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(stored), as: UTF8.self)
    }

    /// The policies that an object names.
    static func policies(_ text: String) throws -> JobPolicies {
        guard let stored = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
            throw UnreadableRow(what: "\(text.prefix(40)) as policies")
        }
        var policies = JobPolicies()
        policies.misfire = MisfirePolicy(
            try choice(stored.misfire, else: policies.misfire.choice),
            limit: stored.misfireLimit ?? policies.misfire.limit,
            windowSeconds: stored.misfireWindow ?? policies.misfire.windowSeconds
        )
        policies.concurrency = try choice(stored.concurrency, else: policies.concurrency)
        policies.recovery = try choice(stored.recovery, else: policies.recovery)
        policies.onLapseChoice = try stored.onLapse.map { try choice($0, else: LapseConduct.stop) }
        policies.onOutage = try choice(stored.onOutage, else: policies.onOutage)
        policies.retry = RetryPolicy(
            max: stored.retries ?? policies.retry.max,
            backoffSeconds: stored.retryPause ?? policies.retry.backoffSeconds,
            maxBackoffSeconds: stored.retryMaxPause ?? policies.retry.maxBackoffSeconds,
            jitter: stored.retryJitter ?? policies.retry.jitter
        )
        policies.timeout = stored.timeout.map(duration)
        policies.killGrace = stored.killGrace.map(duration) ?? policies.killGrace
        policies.deadline = stored.deadline.map(duration)
        policies.maxRuns = stored.maxRuns
        policies.endsAt = stored.endsAt.map { Instant(epochSeconds: $0) }
        return policies
    }
}

/// A duration of so many seconds, to the nanosecond: a fraction of a second is seldom exact in binary.
private func duration(_ seconds: Double) -> Duration {
    let whole = seconds.rounded(.towardZero)
    return .seconds(Int64(whole)) + .nanoseconds(Int64(((seconds - whole) * 1_000_000_000).rounded()))
}

private func choice<Value: RawRepresentable<String>>(_ text: String?, else standard: Value) throws -> Value {
    guard let text else { return standard }
    guard let value = Value(rawValue: text) else { throw UnreadableRow(what: "\(text) as \(Value.self)") }
    return value
}
#endif
