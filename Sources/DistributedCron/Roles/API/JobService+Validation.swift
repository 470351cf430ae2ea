extension JobService {
    private typealias Issue = JobRequestError.Issue

    /// Checks all of a request.
    ///
    /// What the job has had all along may have passed meanwhile.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - job: The job that is changed, or nil for a new one.
    ///   - hashKey: What the schedule's `H` fields are chosen by.
    ///   - anchor: From when `@every` counts.
    ///   - now: After when the schedule must have an instant, and the job's times must be.
    /// - Returns: The compiled schedule.
    /// - Throws: ``JobRequestError`` with everything that is wrong.
    func validate(
        _ request: JobRequest,
        replacing job: Job? = nil,
        hashKey: String,
        anchor: Instant,
        now: Instant
    ) throws -> Schedule {
        var issues = self.executableIssues(request.executable)
        issues += self.descriptionIssues(request)
        issues += Self.systemLabelIssues(request, replacing: job)
        issues += self.environmentIssues(request.environment, field: "env")
        issues += Self.policyIssues(request.policies)
        if let directory = request.workingDirectory,
            let problem = AttemptEnvironment.problem(withWorkingDirectory: directory)
        {
            issues.append(Issue(field: "cwd", message: problem))
        }
        issues += Self.timeIssues(request, replacing: job, now: now)
        var zone = self.timeZone
        do {
            if let name = request.timeZone { zone = try Zone.named(name) }
        } catch {
            issues.append(Issue(field: "timezone", message: error.description))
        }
        do {
            let schedule = try Schedule(
                request.schedule,
                zone: zone,
                dst: request.dst,
                seconds: request.seconds,
                hashKey: hashKey,
                anchor: anchor
            )
            if job.map(request.keepsSchedule) != true, schedule.next(after: now) == nil {
                issues.append(Issue(field: "schedule", message: "every instant of \(request.schedule) has passed"))
            }
            guard issues.isEmpty else { throw JobRequestError(issues: issues) }
            return schedule
        } catch let error as ScheduleError {
            issues.append(Issue(field: "schedule", message: error.message, schedule: error))
            throw JobRequestError(issues: issues)
        }
    }

    private func executableIssues(_ executable: Executable) -> [Issue] {
        let problem: String? =
            switch executable {
            case .command(let command): self.problem(withCommand: command)
            case .script(let artifact), .binary(let artifact):
                artifact.size > self.limits.artifactBytes
                    ? "the file has \(artifact.size) bytes; at most \(self.limits.artifactBytes) are allowed" : nil
            case .closure(let name): name.isEmpty ? "the closure has no name" : nil
            }
        return problem.map { [Issue(field: "executable", message: $0)] } ?? []
    }

    private func problem(withCommand command: String) -> String? {
        if command.allSatisfy(\.isWhitespace) { return "the command is empty" }
        if command.utf8.count > self.limits.commandBytes {
            return "the command has \(command.utf8.count) bytes; at most \(self.limits.commandBytes) are allowed, "
                + "and what is longer can be a script"
        }
        return command.utf8.contains(0) ? "the command contains a NUL character, which no command line can" : nil
    }

    private func descriptionIssues(_ request: JobRequest) -> [Issue] {
        var issues: [Issue] = []
        if let name = request.name, let problem = self.problem(withName: name) {
            issues.append(Issue(field: "name", message: problem))
        }
        if let description = request.description, description.utf8.count > self.limits.descriptionBytes {
            let message = "it has \(description.utf8.count) bytes; at most \(self.limits.descriptionBytes) are allowed"
            issues.append(Issue(field: "description", message: message))
        }
        let ownLabels = request.labels.keys.count { !$0.hasPrefix(JobRequest.systemLabelPrefix) }
        if ownLabels > self.limits.labels {
            let message = "there are \(ownLabels) labels; at most \(self.limits.labels) are allowed"
            issues.append(Issue(field: "labels", message: message))
        }
        for (key, value) in request.labels.sorted(by: { $0.key < $1.key }) {
            let texts = [key, value]
            guard key.isEmpty || texts.contains(where: { $0.utf8.count > 128 || Self.hasControl($0) }) else { continue }
            let message =
                "the label \(key.debugDescription) must have a key, and at most 128 bytes without control "
                + "characters in key and value"
            issues.append(Issue(field: "labels", message: message))
        }
        return issues
    }

    private static func systemLabelIssues(_ request: JobRequest, replacing job: Job?) -> [Issue] {
        let keys = request.labels.keys.filter { key in
            key.hasPrefix(JobRequest.systemLabelPrefix) && request.labels[key] != job?.labels[key]
        }
        return keys.sorted().map { key in
            let message =
                "the label \(key.debugDescription) is the system's, as all that begin with "
                + "\(JobRequest.systemLabelPrefix) are"
            return Issue(field: "labels", message: message)
        }
    }

    private func problem(withName name: String) -> String? {
        if name.isEmpty { return "the name is empty; leave it out for a job without one" }
        if name.utf8.count > self.limits.nameBytes {
            return "the name has \(name.utf8.count) bytes; at most \(self.limits.nameBytes) are allowed"
        }
        if Self.hasControl(name) { return "the name contains a control character" }
        return JobID(name) == nil ? nil : "the name looks like a job's identity"
    }

    private static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// What is wrong with variables that a user names.
    func environmentIssues(_ environment: [String: String], field: String) -> [JobRequestError.Issue] {
        var issues: [Issue] = []
        let bytes = environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 2 }
        if environment.count > self.limits.variables || bytes > self.limits.environmentBytes {
            let message =
                "there are \(environment.count) variables of \(bytes) bytes; at most \(self.limits.variables) of "
                + "\(self.limits.environmentBytes) bytes are allowed"
            issues.append(Issue(field: field, message: message))
        }
        if let problem = AttemptEnvironment.problem(with: environment) {
            issues.append(Issue(field: field, message: problem))
        }
        return issues
    }

    private static func timeIssues(_ request: JobRequest, replacing job: Job?, now: Instant) -> [Issue] {
        var issues: [Issue] = []
        if let until = request.pause?.until, until <= now {
            issues.append(Issue(field: "pause", message: "until \(until) has passed; name a time after \(now)"))
        }
        if let end = request.policies.endsAt, end <= now, end != job?.definition.policies.endsAt {
            issues.append(Issue(field: "ends_at", message: "\(end) has passed; name a time after \(now)"))
        }
        return issues
    }

    private static func policyIssues(_ policies: JobPolicies) -> [Issue] {
        var issues: [Issue] = []
        func check(_ isRight: Bool, _ field: String, _ message: String) {
            if !isRight { issues.append(Issue(field: field, message: message)) }
        }
        let year = Int64(366 * 86_400)
        check((1...1_000).contains(policies.misfire.limit), "misfire/limit", "it must be 1 to 1,000")
        check(
            (0...year).contains(policies.misfire.windowSeconds),
            "misfire/window_s",
            "it must be 0 to \(year) seconds"
        )
        check((0...1_000).contains(policies.retry.max), "retry/max", "it must be 0 to 1,000")
        check((0...86_400).contains(policies.retry.backoffSeconds), "retry/backoff_s", "it must be 0 to 86,400 seconds")
        check(
            (0...86_400).contains(policies.retry.maxBackoffSeconds),
            "retry/max_backoff_s",
            "it must be 0 to 86,400 seconds"
        )
        check((0...1).contains(policies.retry.jitter), "retry/jitter", "it must be 0 to 1")
        for (field, duration, least) in [
            ("timeout_s", policies.timeout, 1), ("kill_grace_s", policies.killGrace, 0),
            ("deadline_s", policies.deadline, 1),
        ] as [(String, Duration?, Int64)] {
            guard let seconds = duration?.components.seconds else { continue }
            check((least...year).contains(seconds), field, "it must be \(least) to \(year) seconds")
        }
        check(
            policies.onLapseChoice != .finish || policies.mayFinishAfterLapse,
            "on_lapse",
            "on_lapse cannot be finish with recovery \(policies.recovery.rawValue) and concurrency "
                + "\(policies.concurrency.rawValue), only with at_most_once and allow; make it stop, or null for the default"
        )
        if let most = policies.maxRuns {
            check(most >= 1, "max_runs", "it must be at least 1; leave it out for no end")
        }
        return issues
    }
}
