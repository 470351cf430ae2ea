#if HTTP
import DistributedCron

/// Turns the body of a request into a job, or into all that is wrong with it.
struct JobRequestReader {
    private static let known = [
        "executable", "schedule", "type", "name", "description", "labels", "timezone", "dst", "seconds", "misfire",
        "concurrency", "recovery", "on_lapse", "on_outage", "retry", "timeout_s", "kill_grace_s", "deadline_s",
        "max_runs", "ends_at", "env", "cwd", "pause",
    ]
    private static let serverOwned = [
        "id", "status", "worker", "artifact", "state", "next_run_at", "last_run", "stats", "findings", "version",
        "created_at", "updated_at",
    ]
    private static let year = 31_536_000

    private var fields: FieldReader
    private let executable: PostedExecutable?
    private let existing: Existing?
    private var base64Problem: Problem?

    /// A job that is changed.
    struct Existing {
        let job: Job
        /// Whether what the body does not name stays as it is, instead of getting its default.
        let isPatch: Bool
        /// What the paths of the API begin with.
        let path: String
    }

    private init(_ fields: FieldReader, _ executable: PostedExecutable?, _ existing: Existing?) {
        self.fields = fields
        self.executable = executable
        self.existing = existing
    }

    /// Reads a job.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - executable: The executable in it, if it is a string.
    ///   - existing: The job that is changed, or nil for a new one.
    ///   - isLenient: Whether members that cannot be set are ignored instead of refused.
    /// - Returns: The job.
    /// - Throws: A problem that names every member that is wrong, except for what only ``JobService`` can see.
    static func read(
        _ json: JSONValue,
        executable: PostedExecutable?,
        existing: Existing? = nil,
        isLenient: Bool = false
    ) throws(Problem) -> JobInput {
        guard case .object(let members) = json else {
            throw Problem(.invalidField, "the body is \(json.kind); it must be an object")
        }
        var reader = Self(FieldReader(members, isLenient: isLenient), executable, existing)
        reader.fields.refuseMembers(except: Self.known, serverOwned: Self.serverOwned)
        let input = reader.input()
        if let problem = reader.base64Problem, reader.fields.items.isEmpty { throw problem }
        let items = reader.fields.items + (reader.base64Problem?.items ?? [])
        guard let input, items.isEmpty else { throw Problem(.invalidField, items) }
        return input
    }

    private mutating func input() -> JobInput? {
        let source = self.source()
        let schedule = self.fields.required("schedule", self.fields.string("schedule"))
        var request = JobRequest(schedule: schedule ?? "", executable: .command(""))
        request.timeZone = self.fields.string("timezone")
        if let dst = self.fields.choice("dst", ClockChangeRule.self) { request.dst = dst }
        if let seconds = self.fields.bool("seconds") { request.seconds = seconds }
        request.name = self.fields.string("name")
        request.description = self.fields.string("description")
        request.labels = self.fields.strings("labels") ?? [:]
        request.environment = self.fields.strings("env") ?? [:]
        request.workingDirectory = self.fields.string("cwd")
        request.policies = self.policies()
        request.pause = self.fields.nested("pause") { fields in
            fields.refuseMembers(except: ["until", "reason"])
            return Pause(until: fields.instant("until"), reason: fields.string("reason"))
        }
        guard schedule != nil, let source else { return nil }
        return JobInput(request: request, source: source, ignored: self.fields.ignored)
    }

    // MARK: What to run

    private mutating func source() -> JobInput.Source? {
        let kind = self.fields.required("type", self.fields.choice("type", Executable.Kind.self))
        guard let executable = self.executable else {
            if let existing = self.existing, existing.isPatch, self.fields.string("executable") == nil {
                return self.kept(existing.job.definition.executable, as: kind)
            }
            _ = self.fields.required("executable", self.fields.string("executable"))
            return nil
        }
        guard let kind else { return nil }
        switch (kind, executable) {
        case (.command, .text(let text)): return .settled(.command(text))
        case (.command, .file(_, let count)), (.command, .malformed(_, let count)):
            self.fields.note("executable", "the command has \(count) bytes, which are too many; it can be a script")
            return nil
        case (.closure, .text(let text)):
            if let current = self.existing?.job.definition.executable, current == .closure(text) {
                return .settled(.closure(text))
            }
            self.fields.note("type", "a closure is part of a program, which registers it; it cannot be posted")
            return nil
        case (.closure, _): return nil
        case (.script, .text(let text)), (.binary, .text(let text)): return self.file(text, kind)
        case (.script, .file(let artifact, _)): return .settled(.script(artifact))
        case (.binary, .file(let artifact, _)): return .settled(.binary(artifact))
        case (.script, .malformed(let error, _)), (.binary, .malformed(let error, _)):
            self.base64Problem = Self.problem(error, kind)
            return nil
        }
    }

    private mutating func file(_ text: String, _ kind: Executable.Kind) -> JobInput.Source? {
        if let existing = self.existing, Self.isAddress(text, of: existing.job.id, path: existing.path) {
            return self.kept(existing.job.definition.executable, as: kind)
        }
        do {
            let bytes = try Base64.decode(text)
            return kind == .script ? .script(bytes) : .binary(bytes)
        } catch {
            self.base64Problem = Self.problem(error, kind)
            return nil
        }
    }

    /// What the job runs now, as another kind of file if need be.
    private mutating func kept(_ executable: Executable, as kind: Executable.Kind?) -> JobInput.Source? {
        guard let kind else { return nil }
        switch (executable, kind) {
        case (.command(let text), .command): return .settled(.command(text))
        case (.closure(let name), .closure): return .settled(.closure(name))
        case (.script(let artifact), .script), (.binary(let artifact), .script): return .settled(.script(artifact))
        case (.script(let artifact), .binary), (.binary(let artifact), .binary): return .settled(.binary(artifact))
        default:
            self.fields.note("executable", "a job that becomes a \(kind.rawValue) needs an executable with the type")
            return nil
        }
    }

    /// Whether a text is where a job's file is shown, under whatever name the client knows the server by.
    private static func isAddress(_ text: String, of job: JobID, path: String) -> Bool {
        let isURL = text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("/")
        return isURL && text.hasSuffix(JobResource.artifactURL(job, baseURL: path))
    }

    private static func problem(_ error: Base64.Malformed, _ kind: Executable.Kind) -> Problem {
        Problem(
            .invalidBase64,
            [
                Problem.Item(
                    pointer: "/executable",
                    field: "executable",
                    column: error.column,
                    value: error.character,
                    allowed: "A-Z a-z 0-9 + / - _ and = at the end",
                    message: "\(error.message); a \(kind.rawValue) is posted as BASE64 of the file"
                )
            ]
        )
    }

    // MARK: How to run it

    private mutating func policies() -> JobPolicies {
        var policies = JobPolicies()
        policies.timeout = self.seconds("timeout_s", in: 1...Self.year)
        if let grace = self.seconds("kill_grace_s", in: 0...3_600) { policies.killGrace = grace }
        policies.deadline = self.seconds("deadline_s", in: 1...Self.year)
        policies.maxRuns = self.fields.integer("max_runs", in: 1...1_000_000_000)
        policies.endsAt = self.fields.instant("ends_at")
        if let choice = self.fields.choice("concurrency", ConcurrencyPolicy.self) { policies.concurrency = choice }
        if let choice = self.fields.choice("recovery", RecoveryPolicy.self) { policies.recovery = choice }
        if let choice = self.fields.choice("on_lapse", LapseConduct.self), !self.repeatsDefault(choice, of: policies) {
            policies.onLapse = choice
        }
        if let choice = self.fields.choice("on_outage", OutagePolicy.self) { policies.onOutage = choice }
        if let misfire = self.misfire() { policies.misfire = misfire }
        if let retry = self.retry() { policies.retry = retry }
        return policies
    }

    /// Whether what replaces a job that has chosen no conduct names the one that follows from the rest of it.
    ///
    /// Then it says what the job was shown with, and no more: who sends back what was read has chosen nothing. A patch has.
    private func repeatsDefault(_ conduct: LapseConduct, of policies: JobPolicies) -> Bool {
        guard let existing = self.existing, !existing.isPatch else { return false }
        return existing.job.definition.policies.onLapseChoice == nil && conduct == policies.onLapse
    }

    private mutating func misfire() -> MisfirePolicy? {
        self.fields.nested("misfire") { fields in
            fields.refuseMembers(except: ["policy", "limit", "window_s"])
            let defaults = MisfirePolicy()
            return MisfirePolicy(
                fields.choice("policy", MisfirePolicy.Choice.self) ?? defaults.choice,
                limit: fields.integer("limit", in: 1...1_000) ?? defaults.limit,
                windowSeconds: Int64(fields.integer("window_s", in: 0...Self.year) ?? Int(defaults.windowSeconds))
            )
        }
    }

    private mutating func retry() -> RetryPolicy? {
        self.fields.nested("retry") { fields in
            fields.refuseMembers(except: ["max", "backoff_s", "max_backoff_s", "jitter"])
            let defaults = RetryPolicy()
            return RetryPolicy(
                max: fields.integer("max", in: 0...1_000) ?? defaults.max,
                backoffSeconds: fields.integer("backoff_s", in: 0...86_400) ?? defaults.backoffSeconds,
                maxBackoffSeconds: fields.integer("max_backoff_s", in: 0...86_400) ?? defaults.maxBackoffSeconds,
                jitter: fields.number("jitter", in: 0...1) ?? defaults.jitter
            )
        }
    }

    private mutating func seconds(_ name: String, in range: ClosedRange<Int>) -> Duration? {
        self.fields.integer(name, in: range).map { .seconds($0) }
    }
}
#endif
