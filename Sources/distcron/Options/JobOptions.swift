import ArgumentParser
import DistributedCronHTTP
import DistributedCronProcess

/// When a new job runs, where, and what it is called.
struct JobOptions: ParsableArguments {
    @Option(help: "When to run: five fields, a macro, @every 90s or @at <RFC 3339>.")
    var schedule: String?
    @Option(help: "The IANA time zone in which the schedule is read.")
    var tz: String?
    @Option(help: "What happens when clocks change: debian, skip or wall.")
    var dst: String?
    @Flag(help: "The schedule begins with a field for seconds.")
    var seconds = false
    @Option(help: "A name, unique among jobs.")
    var name: String?
    @Option(help: "What it is for.")
    var description: String?
    @Option(help: ArgumentHelp("A label; may be given more than once.", valueName: "key=value"))
    var label: [String] = []
    @Option(help: ArgumentHelp("A variable of its environment; may be given more than once.", valueName: "key=value"))
    var env: [String] = []
    @Option(help: ArgumentHelp("Where it runs; a private directory unless named.", valueName: "directory"))
    var cwd: String?
    @Flag(help: "Begin paused.")
    var paused = false
    @Option(help: ArgumentHelp("Begin paused, until a time of RFC 3339.", valueName: "time"))
    var pauseUntil: String?
    @Option(help: ArgumentHelp("Begin paused, for a reason.", valueName: "text"))
    var pauseReason: String?

    /// Writes what was given, except for the schedule.
    ///
    /// - Throws: ``Failure`` if a value is not what it must be.
    func write(to changes: inout JobChanges) throws(Failure) {
        try changes.set("name", self.name)
        try changes.set("description", self.description)
        try changes.setTexts("labels", self.label)
        try changes.set("timezone", self.tz)
        try changes.set("dst", self.dst)
        if self.seconds { changes.set(["seconds"], true) }
        try changes.setTexts("env", self.env)
        try changes.set("cwd", self.cwd)
        if self.paused { changes.set(["pause"], [:]) }
        try changes.set("pause.until", self.pauseUntil)
        try changes.set("pause.reason", self.pauseReason)
    }
}
