import DistributedCron

/// What a job of the workload does when it is executed, told through its environment.
struct Behaviour: Sendable, Hashable {
    /// How long it takes at least and at most.
    var duration: ClosedRange<Duration>
    /// How many of a hundred attempts fail.
    var failures: Int
    /// How long it goes on after it was asked to end; nil if it does not listen.
    var reaction: Duration?

    init(duration: ClosedRange<Duration>, failures: Int, reaction: Duration?) {
        self.duration = duration
        self.failures = failures
        self.reaction = reaction
    }

    /// Reads what ``environment`` has written.
    init(_ environment: [String: String]) {
        func milliseconds(_ name: String) -> Duration? {
            environment[name].flatMap { Int($0) }.map { .milliseconds($0) }
        }
        let shortest = milliseconds("SHORTEST") ?? .seconds(1)
        self.init(
            duration: shortest...max(shortest, milliseconds("LONGEST") ?? shortest),
            failures: environment["FAILURES"].flatMap { Int($0) } ?? 0,
            reaction: milliseconds("REACTION")
        )
    }

    /// The variables that tell a job how to behave.
    var environment: [String: String] {
        var environment = [
            "SHORTEST": "\(self.duration.lowerBound.nanoseconds / 1_000_000)",
            "LONGEST": "\(self.duration.upperBound.nanoseconds / 1_000_000)",
            "FAILURES": "\(self.failures)",
        ]
        if let reaction = self.reaction { environment["REACTION"] = "\(reaction.nanoseconds / 1_000_000)" }
        return environment
    }
}
