import DistributedCronTesting
import Testing

/// What fails many simulations together, and with it `Scripts/simulate`.
@Suite("The sums over simulations")
struct SimulationTallyTests {
    /// What comes of seeds in each of which every kind of fault has happened.
    private static func outcomes(_ seeds: ClosedRange<UInt64>) -> [Simulation.Outcome] {
        // One is simulated, and shortly; the others differ in what counts here.
        let plan = SimulationPlan(seed: 0, hours: 0.001, mode: .safety, only: [])
        let simulated = Simulation(plan).run()
        return seeds.map { seed in
            var outcome = simulated
            outcome.plan.seed = seed
            outcome.traceHash = seed
            outcome.violations = []
            outcome.faults = Dictionary(uniqueKeysWithValues: FaultKind.allCases.map { ($0, 2) })
            return outcome
        }
    }

    /// One that a simulation has.
    private static func violation() -> [Violation] {
        let plan = SimulationPlan(seed: 0, hours: 0.001, mode: .safety, only: [])
        return Simulation(plan).run(on: SimulationEngine(seed: plan.seed, stepLimit: 100)) {
            while true { await Task.yield() }
        }.violations
    }

    /// What is said of some outcomes together, and the sums.
    private static func tally(
        _ outcomes: [Simulation.Outcome],
        needsAllFaults: Bool = true
    ) -> (lines: [String], sums: SimulationTally) {
        var tally = SimulationTally(needsAllFaults: needsAllFaults)
        let lines = outcomes.flatMap { tally.add($0) }
        return (lines, tally)
    }

    @Test("Seeds in which everything happens, and nothing is violated, pass")
    func cleanSeedsPass() {
        let (lines, sums) = Self.tally(Self.outcomes(1...250))
        #expect(lines == [])
        #expect(sums.isClean)
        #expect(sums.runs == 250)
        #expect(sums.schedules == 250)
        #expect(sums.faults[.linkCut] == 500)
    }

    @Test("One violation fails them all")
    func violationsFail() {
        var outcomes = Self.outcomes(1...3)
        outcomes[1].violations = Self.violation()
        let (lines, sums) = Self.tally(outcomes)
        // Each seed says itself what was violated in it.
        #expect(lines == [])
        #expect(sums.violations == 1)
        #expect(!sums.isClean)
    }

    @Test("A fault that never happens in a complete batch fails it, whatever happens in the others")
    func faultsHaveToHappen() {
        var outcomes = Self.outcomes(1...299)
        for index in 100...298 { outcomes[index].faults[.diskFull] = nil }
        let (lines, sums) = Self.tally(outcomes)
        // Of the last 99, which are no batch yet, nothing is asked.
        #expect(lines == ["seeds 101..200: disk-full never happened"])
        #expect(sums.failures == 1)
        #expect(!sums.isClean)
        let (none, chosen) = Self.tally(outcomes, needsAllFaults: false)
        #expect(none == [])
        #expect(chosen.isClean)
    }

    @Test("Two seeds with one schedule fail, also if they are far from each other")
    func schedulesDiffer() {
        var outcomes = Self.outcomes(1...120)
        outcomes[119].traceHash = outcomes[4].traceHash
        let (lines, sums) = Self.tally(outcomes)
        #expect(lines == ["seed 120: has the same schedule as seed 5"])
        #expect(sums.schedules == 119)
        #expect(!sums.isClean)
    }
}
