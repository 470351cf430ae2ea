import DistributedCron
import DistributedCronTesting
import Foundation

/// Prints what came of each seed that failed, and the sums.
final class Report: Sendable {
    private let conditions: Conditions
    private let isSingle: Bool
    private let start = ContinuousClock.now
    private let tally: Lock<SimulationTally>

    /// - Parameters:
    ///   - conditions: What the seeds were simulated with.
    ///   - isSingle: Whether there is one seed, of which more is said.
    init(conditions: Conditions, isSingle: Bool) {
        self.conditions = conditions
        self.isSingle = isSingle
        // Who names faults wants no others.
        self.tally = Lock(SimulationTally(needsAllFaults: conditions.fault.isEmpty))
    }

    /// Takes what came of the next seed.
    func add(_ outcome: Simulation.Outcome) {
        for line in outcome.history { print(line) }
        if let violation = outcome.violations.first { print(self.line(of: violation, in: outcome.plan)) }
        if self.isSingle { print("trace-hash=\(Self.hexadecimal(outcome.traceHash))") }
        for line in self.tally.withLock({ $0.add(outcome) }) { print(line) }
        // Whoever reads along wants to know at once.
        fflush(nil)
    }

    /// Prints the last line.
    ///
    /// - Returns: Whether nothing failed.
    func finish() -> Bool {
        let sums = self.tally.withLock { $0 }
        let seconds = (ContinuousClock.now - self.start).seconds
        let groups: [(String, String)] = [
            ("runs", "\(sums.runs)"),
            ("cluster-hours", Self.decimal(sums.hours)),
            ("instants", "\(sums.instants)"),
            ("executions", "\(sums.executions)"),
            ("schedules", "\(sums.schedules)"),
            ("violations", "\(sums.violations)"),
            ("failures", "\(sums.failures)"),
            ("seconds", Self.decimal(seconds)),
            ("simulated-seconds-per-second", "\(Int(sums.elapsed.seconds / max(seconds, 0.001)))"),
        ]
        let faults = sums.faults.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value)" }
        print("\(groups.map { "\($0)=\($1)" }.joined(separator: " ")) faults: \(faults.joined(separator: " "))")
        return sums.isClean
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
