import ArgumentParser
import DistributedCronTesting

/// What a seed does not decide, because the user has.
struct Conditions: ParsableArguments {
    @Option(help: ArgumentHelp("How long each cluster runs, in hours; fractions are allowed.", valueName: "H"))
    var hours = 1.0

    @Option(
        help: ArgumentHelp(
            "What is judged: safety, with faults to the end; or liveness, with an end in which all has to come right.",
            discussion: "Without it even seeds are safety and odd seeds liveness."
        )
    )
    var mode: SimulationPlan.Mode?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The only faults that may strike, instead of what the seed has drawn.", valueName: "name")
    )
    var fault: [FaultKind] = []

    @Option(help: ArgumentHelp("How many workers there are, instead of what the seed has drawn.", valueName: "n"))
    var workers: Int?

    @Option(help: ArgumentHelp("How many managers there are.", valueName: "n"))
    var managers: Int?

    @Option(help: ArgumentHelp("How many API servers there are.", valueName: "n"))
    var servers: Int?

    @Option(help: ArgumentHelp("How many jobs are posted at the beginning.", valueName: "n"))
    var jobs: Int?

    func validate() throws {
        guard self.hours > 0, self.hours <= 100_000 else {
            throw ValidationError("--hours must be more than 0 and at most 100000.")
        }
        let sizes = [("workers", self.workers), ("managers", self.managers), ("servers", self.servers)]
        for (name, size) in sizes where size.map({ !(1...100).contains($0) }) ?? false {
            throw ValidationError("--\(name) must be 1 to 100.")
        }
        guard self.jobs.map({ (1...1_000_000).contains($0) }) ?? true else {
            throw ValidationError("--jobs must be 1 to 1000000.")
        }
    }

    /// Whether the user has decided nothing.
    var areDefaults: Bool {
        self.hours == 1 && self.mode == nil && self.fault.isEmpty
            && [self.workers, self.managers, self.servers, self.jobs].allSatisfy { $0 == nil }
    }

    /// What is simulated for a seed.
    func plan(of seed: UInt64) -> SimulationPlan {
        let mode = self.mode ?? (seed.isMultiple(of: 2) ? .safety : .liveness)
        let only = self.fault.isEmpty ? nil : self.fault.sorted()
        var plan = SimulationPlan(seed: seed, hours: self.hours, mode: mode, only: only)
        plan.workers = self.workers ?? plan.workers
        plan.managers = self.managers ?? plan.managers
        plan.servers = self.servers ?? plan.servers
        plan.jobs = self.jobs ?? plan.jobs
        return plan
    }

    /// The arguments with which a seed is simulated in the same way.
    func arguments(for plan: SimulationPlan) -> [String] {
        var arguments = ["--seed", "\(plan.seed)", "--hours", self.hoursText, "--mode", plan.mode.rawValue]
        if !self.fault.isEmpty { arguments += ["--fault"] + self.fault.sorted().map(\.rawValue) }
        let sizes = [
            ("workers", self.workers), ("managers", self.managers), ("servers", self.servers), ("jobs", self.jobs),
        ]
        for (name, size) in sizes { arguments += size.map { ["--\(name)", "\($0)"] } ?? [] }
        return arguments
    }

    private var hoursText: String {
        let text = "\(self.hours)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension SimulationPlan.Mode: ExpressibleByArgument {}

extension FaultKind: ExpressibleByArgument {}
