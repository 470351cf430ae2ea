import DistributedCronTesting

@main
struct Simulate {
    static func main() {
        let seed = UInt64(CommandLine.arguments[1]) ?? 1
        let last = UInt64(CommandLine.arguments[2]) ?? 1
        for seed in seed...last {
            let plan = SimulationPlan(seed: seed, hours: 1, mode: seed % 2 == 0 ? .safety : .liveness)
            let outcome = Simulation(plan, isTracing: CommandLine.arguments.count > 3).run()
            for line in outcome.history { print(line) }
            print(seed, outcome.traceHash, outcome.instants, outcome.executions, outcome.steps)
            for violation in outcome.violations.prefix(3) { print(violation) }
        }
    }
}
