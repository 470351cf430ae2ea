extension RecordReader {
    mutating func id() throws(Malformed) -> JobID {
        let high = try self.fixed()
        return JobID(rawValue: UInt128(high) << 64 | UInt128(try self.fixed()))
    }

    mutating func instant() throws(Malformed) -> Instant { Instant(epochSeconds: try self.signed()) }

    mutating func duration() throws(Malformed) -> Duration {
        Duration(secondsComponent: try self.signed(), attosecondsComponent: try self.signed())
    }

    mutating func texts() throws(Malformed) -> [String: String] {
        let pairs = try self.list { reader throws(Malformed) in (try reader.text(), try reader.text()) }
        return Dictionary(pairs) { $1 }
    }

    /// Reads one of the values of an enumeration.
    mutating func choice<Value: RawRepresentable<String>>(_ type: Value.Type) throws(Malformed) -> Value {
        let text = try self.text()
        guard let value = Value(rawValue: text) else { throw Malformed(what: "\(text) is no \(type)") }
        return value
    }

    mutating func version(_ schedules: inout ScheduleCache) throws(Malformed) -> JobVersion {
        let number = try self.int()
        let effectiveFrom = try self.instant()
        let effectiveTo = try self.optional { reader throws(Malformed) in try reader.instant() }
        let pause = try self.optional { reader throws(Malformed) in
            Pause(
                until: try reader.optional { reader throws(Malformed) in try reader.instant() },
                reason: try reader.optional { reader throws(Malformed) in try reader.text() }
            )
        }
        return JobVersion(
            number: number,
            effectiveFrom: effectiveFrom,
            effectiveTo: effectiveTo,
            definition: try self.definition(&schedules),
            pause: pause
        )
    }

    /// What versions say of outages and lapses; a record that ends before has the defaults.
    mutating func laterPolicies(of versions: inout [JobVersion]) throws(Malformed) {
        guard !self.isAtEnd else { return }
        let outages = try self.list { reader throws(Malformed) in try reader.choice(OutagePolicy.self) }
        guard outages.count == versions.count else { throw Malformed(what: "outage policies of other versions") }
        for index in versions.indices { versions[index].definition.policies.onOutage = outages[index] }
        guard !self.isAtEnd else { return }
        let lapses = try self.list { reader throws(Malformed) in
            try reader.optional { reader throws(Malformed) in try reader.choice(LapseConduct.self) }
        }
        guard lapses.count == versions.count else { throw Malformed(what: "lapse policies of other versions") }
        for index in versions.indices { versions[index].definition.policies.onLapseChoice = lapses[index] }
    }

    private mutating func definition(_ schedules: inout ScheduleCache) throws(Malformed) -> JobDefinition {
        let key = ScheduleCache.Key(
            text: try self.text(),
            zone: try self.text(),
            dst: try self.choice(ClockChangeRule.self),
            seconds: try self.bool(),
            anchor: try self.optional { reader throws(Malformed) in try reader.instant() },
            hashKey: try self.optional { reader throws(Malformed) in try reader.text() }
        )
        let schedule: Schedule
        do throws(ScheduleCache.Unreadable) {
            schedule = try schedules.schedule(key)
        } catch {
            throw Malformed(what: error.description)
        }
        let executable = try self.executable()
        let environment = try self.texts()
        let directory = try self.optional { reader throws(Malformed) in try reader.text() }
        let policies = try self.optional { reader throws(Malformed) in try reader.policies() }
        return JobDefinition(
            schedule: schedule,
            executable: executable,
            policies: policies ?? JobPolicies(),
            environment: environment,
            workingDirectory: directory
        )
    }

    mutating func executable() throws(Malformed) -> Executable {
        switch try self.choice(Executable.Kind.self) {
        case .command: .command(try self.text())
        case .closure: .closure(try self.text())
        case .script: .script(try self.artifact())
        case .binary: .binary(try self.artifact())
        }
    }

    mutating func artifact() throws(Malformed) -> Artifact {
        guard let digest = ArtifactDigest(hexadecimal: try self.text()) else { throw Malformed(what: "no digest") }
        return Artifact(digest: digest, size: try self.int())
    }

    private mutating func policies() throws(Malformed) -> JobPolicies {
        var policies = JobPolicies()
        policies.misfire = MisfirePolicy(
            try self.choice(MisfirePolicy.Choice.self),
            limit: try self.int(),
            windowSeconds: try self.signed()
        )
        policies.concurrency = try self.choice(ConcurrencyPolicy.self)
        policies.recovery = try self.choice(RecoveryPolicy.self)
        policies.retry = RetryPolicy(
            max: try self.int(),
            backoffSeconds: try self.int(),
            maxBackoffSeconds: try self.int(),
            jitter: try self.double()
        )
        policies.timeout = try self.optional { reader throws(Malformed) in try reader.duration() }
        policies.killGrace = try self.duration()
        policies.deadline = try self.optional { reader throws(Malformed) in try reader.duration() }
        policies.maxRuns = try self.optional { reader throws(Malformed) in try reader.int() }
        policies.endsAt = try self.optional { reader throws(Malformed) in try reader.instant() }
        return policies
    }
}
