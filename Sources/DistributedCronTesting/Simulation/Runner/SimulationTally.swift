/// The sums over simulations of one seed after the other, and what is wrong with them together.
package struct SimulationTally: Sendable {
    /// In so many seeds every kind of fault has to happen.
    package static let batch = 100

    package private(set) var runs = 0
    package private(set) var hours = 0.0
    package private(set) var elapsed = Duration.zero
    package private(set) var instants = 0
    package private(set) var executions = 0
    package private(set) var faults: [FaultKind: Int] = [:]
    package private(set) var violations = 0
    /// How much is wrong with simulations together.
    package private(set) var failures = 0

    private let needsAllFaults: Bool
    /// The first seed that had a schedule, by the schedule's hash.
    private var seeds: [UInt64: UInt64] = [:]
    /// What has happened in the batch that is not complete yet.
    private var faultsOfBatch: Set<FaultKind> = []
    private var firstOfBatch: UInt64 = 0

    /// - Parameter needsAllFaults: Whether in each complete batch every kind of fault has to happen.
    package init(needsAllFaults: Bool) { self.needsAllFaults = needsAllFaults }

    /// How many different schedules there were.
    package var schedules: Int { self.seeds.count }

    /// Whether nothing was wrong with any simulation, nor with all of them together.
    package var isClean: Bool { self.violations == 0 && self.failures == 0 }

    /// Takes what came of the next seed.
    ///
    /// - Returns: What is wrong with it and those before together, each as a line.
    package mutating func add(_ outcome: Simulation.Outcome) -> [String] {
        let seed = outcome.plan.seed
        if self.runs % Self.batch == 0 { (self.faultsOfBatch, self.firstOfBatch) = ([], seed) }
        self.runs += 1
        self.hours += outcome.plan.hours
        self.elapsed += outcome.elapsed
        self.instants += outcome.instants
        self.executions += outcome.executions
        self.violations += outcome.violations.count
        self.faults.merge(outcome.faults, uniquingKeysWith: +)
        self.faultsOfBatch.formUnion(outcome.faults.keys)
        let lines = self.linesOfSchedule(outcome.traceHash, of: seed) + self.linesOfBatch(endingWith: seed)
        self.failures += lines.count
        return lines
    }

    /// A seed that does what another did shows nothing, and does not determine what happens.
    private mutating func linesOfSchedule(_ hash: UInt64, of seed: UInt64) -> [String] {
        guard let earlier = self.seeds[hash] else {
            self.seeds[hash] = seed
            return []
        }
        return ["seed \(seed): has the same schedule as seed \(earlier)"]
    }

    private func linesOfBatch(endingWith seed: UInt64) -> [String] {
        guard self.needsAllFaults, self.runs % Self.batch == 0 else { return [] }
        let missing = FaultKind.allCases.filter { !self.faultsOfBatch.contains($0) }
        return missing.map { "seeds \(self.firstOfBatch)..\(seed): \($0.rawValue) never happened" }
    }
}
