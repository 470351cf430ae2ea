public import DistributedCron

/// Runs that neither ended nor slept on a ``CronClock`` although it stood still for long.
public struct UnsettledRuns: Error, Sendable, CustomStringConvertible {
    /// Some of the runs; none if the cron itself did not come to rest.
    public let runs: [Run]

    /// What to look at.
    public var description: String {
        let names = self.runs.map { "\($0.id) (\($0.state))" }.joined(separator: ", ")
        let unended = names.isEmpty ? "the cron has not come to rest" : "these runs have not ended: \(names)"
        return "after \(CronClock.patience) of real time \(unended). What a closure waits for "
            + "has to come by itself, or it has to sleep on the test's clock."
    }
}
