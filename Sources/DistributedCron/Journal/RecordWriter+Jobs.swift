extension RecordWriter {
    mutating func id(_ id: JobID) {
        self.fixed(UInt64(truncatingIfNeeded: id.rawValue >> 64))
        self.fixed(UInt64(truncatingIfNeeded: id.rawValue))
    }

    mutating func instant(_ instant: Instant) { self.signed(instant.epochSeconds) }

    mutating func duration(_ duration: Duration) {
        self.signed(duration.components.seconds)
        self.signed(duration.components.attoseconds)
    }

    mutating func texts(_ texts: [String: String]) {
        self.list(texts.sorted { $0.key < $1.key }) { writer, pair in
            writer.text(pair.key)
            writer.text(pair.value)
        }
    }

    /// What versions say of outages and lapses, as far as one says more than the default: after them, where older programs
    /// do not look.
    mutating func laterPolicies(of versions: [JobVersion]) {
        let outages = versions.map(\.definition.policies.onOutage)
        let lapses = versions.map(\.definition.policies.onLapseChoice)
        let choosesLapse = lapses.contains { $0 != nil }
        guard choosesLapse || outages.contains(where: { $0 != .hold }) else { return }
        self.list(outages) { $0.text($1.rawValue) }
        guard choosesLapse else { return }
        self.list(lapses) { writer, lapse in writer.optional(lapse) { $0.text($1.rawValue) } }
    }

    mutating func version(_ version: JobVersion) {
        self.int(version.number)
        self.instant(version.effectiveFrom)
        self.optional(version.effectiveTo) { $0.instant($1) }
        self.optional(version.pause) { writer, pause in
            writer.optional(pause.until) { $0.instant($1) }
            writer.optional(pause.reason) { $0.text($1) }
        }
        self.definition(version.definition)
    }

    private mutating func definition(_ definition: JobDefinition) {
        let schedule = definition.schedule
        self.text(schedule.text)
        self.text(schedule.zone.name)
        self.text(schedule.dst.rawValue)
        self.bool(schedule.seconds)
        self.optional(schedule.anchor) { $0.instant($1) }
        self.optional(schedule.hashKey) { $0.text($1) }
        self.executable(definition.executable)
        self.texts(definition.environment)
        self.optional(definition.workingDirectory) { $0.text($1) }
        // Most jobs have the defaults.
        self.optional(definition.policies == JobPolicies() ? nil : definition.policies) { $0.policies($1) }
    }

    mutating func executable(_ executable: Executable) {
        self.text(executable.kind.rawValue)
        switch executable {
        case .command(let text), .closure(let text): self.text(text)
        case .script(let artifact), .binary(let artifact): self.artifact(artifact)
        }
    }

    mutating func artifact(_ artifact: Artifact) {
        self.text(artifact.digest.hexadecimal)
        self.int(artifact.size)
    }

    private mutating func policies(_ policies: JobPolicies) {
        self.text(policies.misfire.choice.rawValue)
        self.int(policies.misfire.limit)
        self.signed(policies.misfire.windowSeconds)
        self.text(policies.concurrency.rawValue)
        self.text(policies.recovery.rawValue)
        self.int(policies.retry.max)
        self.int(policies.retry.backoffSeconds)
        self.int(policies.retry.maxBackoffSeconds)
        self.double(policies.retry.jitter)
        self.optional(policies.timeout) { $0.duration($1) }
        self.duration(policies.killGrace)
        self.optional(policies.deadline) { $0.duration($1) }
        self.optional(policies.maxRuns) { $0.int($1) }
        self.optional(policies.endsAt) { $0.instant($1) }
    }
}
