import ArgumentParser
import DistributedCronProcess

/// How the runs of a new job behave.
struct PolicyOptions: ParsableArguments {
    @Option(help: "An instant that meets a run in progress: allow, skip, queue or replace.")
    var concurrency: String?
    @Option(help: "Instants that are late: latest, all or skip.")
    var misfire: String?
    @Option(help: "How many late instants run at most.")
    var misfireLimit: String?
    @Option(help: ArgumentHelp("How late instants may be.", valueName: "span"))
    var misfireWindow: String?
    @Option(help: "A run whose worker died: rerun or at_most_once.")
    var recovery: String?
    @Option(help: "When its worker loses touch with the cluster: stop, or finish (only with at_most_once and allow).")
    var onLapse: String?
    @Option(help: "While ZooKeeper is away: hold, or lease to go on while the ledger confirms the worker.")
    var onOutage: String?
    @Option(help: ArgumentHelp("How often a run is tried again after a failure.", valueName: "number"))
    var retryMax: String?
    @Option(help: ArgumentHelp("The pause before the first retry; each further one doubles it.", valueName: "span"))
    var retryBackoff: String?
    @Option(help: ArgumentHelp("The longest pause before a retry.", valueName: "span"))
    var retryMaxBackoff: String?
    @Option(help: ArgumentHelp("How much of the pause is random, 0 to 1.", valueName: "part"))
    var retryJitter: String?
    @Option(help: ArgumentHelp("How long each attempt may take.", valueName: "span"))
    var timeout: String?
    @Option(help: ArgumentHelp("How long an attempt has from SIGTERM to SIGKILL.", valueName: "span"))
    var killGrace: String?
    @Option(help: ArgumentHelp("How long after its instant an attempt may begin.", valueName: "span"))
    var deadline: String?
    @Option(help: ArgumentHelp("After how many runs the schedule ends.", valueName: "number"))
    var maxRuns: String?
    @Option(help: ArgumentHelp("When the schedule ends, RFC 3339.", valueName: "time"))
    var endsAt: String?

    /// Writes what was given.
    ///
    /// - Throws: ``Failure`` if a value is not what it must be.
    func write(to changes: inout JobChanges) throws(Failure) {
        try changes.set("misfire.policy", self.misfire)
        try changes.set("misfire.limit", self.misfireLimit)
        try changes.set("misfire.window_s", self.misfireWindow)
        try changes.set("concurrency", self.concurrency)
        try changes.set("recovery", self.recovery)
        try changes.set("on_lapse", self.onLapse)
        try changes.set("on_outage", self.onOutage)
        try changes.set("retry.max", self.retryMax)
        try changes.set("retry.backoff_s", self.retryBackoff)
        try changes.set("retry.max_backoff_s", self.retryMaxBackoff)
        try changes.set("retry.jitter", self.retryJitter)
        try changes.set("timeout_s", self.timeout)
        try changes.set("kill_grace_s", self.killGrace)
        try changes.set("deadline_s", self.deadline)
        try changes.set("max_runs", self.maxRuns)
        try changes.set("ends_at", self.endsAt)
    }
}
