import ArgumentParser
import DistributedCronTesting

// Of all of it, because streams of the C library have no names that are the same everywhere.
import Foundation

/// Simulates whole clusters that fail in every way, one for each seed, and judges them.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Scripts/simulate",
        abstract: "Simulates whole clusters in which everything goes wrong, and judges what they do.",
        usage: """
            Scripts/simulate --seeds A..B [--hours H] [--mode safety|liveness] [--fault NAME ...] [--verbose]
            Scripts/simulate --seed N [--hours H] [--mode safety|liveness] [--fault NAME ...] [--trace] [--history FILE]
            Scripts/simulate --seed N --replay COUNT [--hours H] [--mode safety|liveness] [--fault NAME ...]
            Scripts/simulate --small-scope
            """,
        discussion: """
            A seed determines a simulation: the cluster's size, its jobs, the date, what goes wrong and when, and the \
            order of every step. Standard output has one line for each seed that failed, with the command that replays \
            it, and a last line with the sums. Exit code 0 means that nothing failed, 1 that something did, and 64 that \
            the arguments are wrong.

            Of every complete batch of 100 seeds each kind of fault has to have happened at least once, or the batch \
            fails; not with --fault. No two seeds may have the same schedule.

            --small-scope draws nothing: it goes through every interleaving of two workers, one slot and one job, and \
            prints a line for each of the worlds that differ in the job's policies and in what may go wrong.

            DISTCRON_SIMULATE names a program that was built before; without it the script builds one, optimised.
            """
    )

    @OptionGroup(title: "What to simulate") var choice: SeedChoice
    @OptionGroup(title: "How") var conditions: Conditions

    @Flag(help: "Print the readable history of the seed.")
    var trace = false

    @Flag(
        help: ArgumentHelp(
            "Say on standard error which seed begins.",
            discussion: "A seed that ends the process, or never comes to its end, is one of the last that began."
        )
    )
    var verbose = false

    @Option(help: ArgumentHelp("Write the history of the seed for a checker, as JSON Lines.", valueName: "file"))
    var history: String?

    @Option(
        help: ArgumentHelp(
            "Run the seed so many times, each in a process of its own; it fails unless all have the same trace-hash.",
            valueName: "count"
        )
    )
    var replay: Int?

    func validate() throws {
        let isSingle = self.choice.seed != nil
        guard isSingle || !self.trace else { throw ValidationError("--trace is for one seed: use --seed.") }
        guard isSingle || self.history == nil else { throw ValidationError("--history is for one seed: use --seed.") }
        guard !self.choice.smallScope || self.conditions.areDefaults else {
            throw ValidationError("--small-scope has worlds of its own: use it without other options.")
        }
        guard !self.verbose || (!self.choice.smallScope && self.replay == nil) else {
            throw ValidationError(
                "--verbose is for seeds that run in this process: not for --small-scope and --replay."
            )
        }
        guard let replay = self.replay else { return }
        guard isSingle else { throw ValidationError("--replay is for one seed: use --seed.") }
        guard (2...10_000).contains(replay) else { throw ValidationError("--replay must be 2 to 10000.") }
        guard !self.trace, self.history == nil else {
            throw ValidationError("--replay compares runs; use --trace and --history without it.")
        }
    }

    func run() async throws {
        let isClean: Bool
        if self.choice.smallScope {
            isClean = await SmallScopeSearches(explorations: SmallScopeExploration.whole).run()
        } else if let replay = self.replay, let seed = self.choice.seed {
            isClean = try Replay(count: replay, seed: seed, conditions: self.conditions).run()
        } else {
            isClean = try await self.simulate()
        }
        guard isClean else { throw ExitCode(1) }
    }

    /// - Returns: Whether nothing failed.
    private func simulate() async throws -> Bool {
        let (conditions, isTracing, isRecording) = (self.conditions, self.trace, self.history != nil)
        let isVerbose = self.verbose
        // Before the simulation, which would have been in vain.
        let file = try self.history.map { try HistoryFile($0) }
        let report = Report(conditions: conditions, isSingle: self.choice.seed != nil)
        let runner = SimulationRunner(self.choice.range) { seed in
            if isVerbose { FileHandle.standardError.write(Data("seed \(seed) begins\n".utf8)) }
            return Simulation(conditions.plan(of: seed), isTracing: isTracing, isRecording: isRecording)
        }
        await runner.run { outcome in
            file?.write(outcome.records)
            report.add(outcome)
        }
        try file?.finish()
        return report.finish()
    }
}
