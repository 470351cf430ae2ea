import DistributedCron
import DistributedCronTesting
import Foundation

/// Prints what came of each seed that failed, and the sums.
final class Report: Sendable {
    /// In so many seeds every kind of fault has to happen.
    private static let batch = 100

    private struct Sums {
        var runs = 0
        var hours = 0.0
        var elapsed = Duration.zero
        var instants = 0
        var executions = 0
        var schedules: Set<UInt64> = []
        var faults: [FaultKind: Int] = [:]
        var violations = 0
        var failures = 0
        /// What has happened in the batch that is not complete yet.
        var batch: Set<FaultKind> = []
        var batchStart: UInt64 = 0
    }
    private let conditions: Conditions
    private let isSingle: Bool
    private let start = ContinuousClock.now
    private let sums = Lock(Sums())

    /// - Parameters:
    ///   - conditions: What the seeds were simulated with.
    ///   - isSingle: Whether there is one seed, of which more is said.
    init(conditions: Conditions, isSingle: Bool) {
        self.conditions = conditions
        self.isSingle = isSingle
    }

    /// Takes what came of the next seed.
    func add(_ outcome: Simulation.Outcome) {
        for line in outcome.history { print(line) }
        if let violation = outcome.violations.first { print(self.line(of: violation, in: outcome.plan)) }
        if self.isSingle { print("trace-hash=\(Self.hexadecimal(outcome.traceHash))") }
        let missing = self.sums.withLock { sums in
            if sums.runs % Self.batch == 0 { (sums.batch, sums.batchStart) = ([], outcome.plan.seed) }
            sums.runs += 1
            sums.hours += outcome.plan.hours
            sums.elapsed += outcome.elapsed
            sums.instants += outcome.instants
            sums.executions += outcome.executions
            sums.schedules.insert(outcome.traceHash)
            sums.violations += outcome.violations.count
            sums.faults.merge(outcome.faults, uniquingKeysWith: +)
            sums.batch.formUnion(outcome.faults.keys)
            guard sums.runs % Self.batch == 0, self.conditions.fault.isEmpty else { return [FaultKind]() }
            let missing = FaultKind.allCases.filter { !sums.batch.contains($0) }
            sums.failures += missing.count
            return missing
        }
        let first = self.sums.withLock { $0.batchStart }
        for kind in missing { print("seeds \(first)..\(outcome.plan.seed): \(kind.rawValue) never happened") }
        // Whoever reads along wants to know at once.
        fflush(nil)
    }

    /// Prints the last line.
    ///
    /// - Returns: Whether nothing failed.
    func finish() -> Bool {
        let sums = self.sums.withLock { $0 }
        let seconds = (ContinuousClock.now - self.start).seconds
        let groups: [(String, String)] = [
            ("runs", "\(sums.runs)"),
            ("cluster-hours", Self.decimal(sums.hours)),
            ("instants", "\(sums.instants)"),
            ("executions", "\(sums.executions)"),
            ("schedules", "\(sums.schedules.count)"),
            ("violations", "\(sums.violations)"),
            ("failures", "\(sums.failures)"),
            ("seconds", Self.decimal(seconds)),
            ("simulated-seconds-per-second", "\(Int(sums.elapsed.seconds / max(seconds, 0.001)))"),
        ]
        let faults = sums.faults.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value)" }
        print("\(groups.map { "\($0)=\($1)" }.joined(separator: " ")) faults: \(faults.joined(separator: " "))")
        return sums.violations == 0 && sums.failures == 0
    }

    private func line(of violation: Violation, in plan: SimulationPlan) -> String {
        let milliseconds = violation.at.nanoseconds / 1_000_000
        let fraction = "\(milliseconds % 1_000 + 1_000)".dropFirst()
        let time = "\(Instant(floor: plan.origin + violation.at.seconds)) (+\(milliseconds / 1_000).\(fraction) s)"
        let replay = "Scripts/simulate \(self.conditions.arguments(for: plan).joined(separator: " ")) --trace"
        let seed = "seed \(plan.seed) (\(plan.mode.rawValue))"
        return "\(seed): \(violation.invariant) at \(time): \(violation.detail); replay: \(replay)"
    }

    /// A number with up to two digits after its point.
    private static func decimal(_ number: Double) -> String {
        let text = "\((number * 100).rounded() / 100)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func hexadecimal(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
